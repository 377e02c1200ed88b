import { defineLedger } from './define.ts';
import { choice, count, geo, number, refer, REMARK, text } from './fields.ts';

/** 楼栋 (smart-heating 6.1.1.1 a 4 and b 4). */
export const building = defineLedger({
  id: 'building',
  order: 31,
  label: { zh: '楼栋', en: 'Building' },
  code: 'BLD{nnnn}',
  fields: {
    name: text('名称', 'Name', { required: true }),
    community: refer('community', '小区', 'Community', { required: true }),
    unit: refer('unit', '机组', 'Unit', { required: true }),
    kind: choice(
      '类别',
      'Kind',
      [
        ['residential', '居住建筑', 'Residential'],
        ['public', '公共建筑', 'Public'],
      ],
      { required: true },
    ),
    location: geo('坐标', 'Location', 'Point'),
    floors: count('层数', 'Floors', 200),
    entrances: count('单元数', 'Entrances', 50),
    heatedArea: number('供热面积', 'Heated area', 'm2', [0, 500_000]),
    households: count('户数', 'Households', 5000),
    builtIn: count('建成年份', 'Built in', 2200),
    insulation: choice('节能标准', 'Insulation', [
      ['none', '非节能', 'None'],
      ['50', '50%', '50 %'],
      ['65', '65%', '65 %'],
      ['75', '75%', '75 %'],
    ]),
    heatIndex: number('热指标', 'Heat index', 'W/m2', [5, 150]),
    emitter: choice('散热方式', 'Emitter', [
      ['radiator', '散热器', 'Radiator'],
      ['floor', '地暖', 'Floor heating'],
    ]),
    meter: text('热表编号', 'Heat meter no.', { maxLength: 60 }),
    valve: choice('入口阀门', 'Inlet valve', [
      ['control', '电动调节阀', 'Control valve'],
      ['balance', '平衡阀', 'Balancing valve'],
      ['manual', '手动阀', 'Manual valve'],
    ]),
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'community', 'unit', 'kind', 'location', 'builtIn'] },
    { label: { zh: '规模', en: 'Size' }, fields: ['floors', 'entrances', 'households', 'heatedArea'] },
    { label: { zh: '热工', en: 'Heat' }, fields: ['insulation', 'heatIndex', 'emitter', 'meter', 'valve', 'remark'] },
  ],
  title: 'name',
  columns: ['name', 'community', 'unit', 'kind', 'heatedArea', 'households'],
});
