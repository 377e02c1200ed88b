import { defineLedger } from './define.ts';
import { choice, day, DEVICE, number, refer, REMARK, text } from './fields.ts';

/** 热电联产机组. */
export const chpUnit = defineLedger({
  id: 'chp-unit',
  order: 12,
  label: { zh: '热电联产机组', en: 'CHP unit' },
  code: '{source}.CHP{nn}',
  fields: {
    name: text('名称', 'Name', { required: true }),
    source: refer('heat-source', '热源', 'Heat source', { required: true }),
    kind: choice(
      '型式',
      'Kind',
      [
        ['extraction', '抽凝', 'Extraction condensing'],
        ['back-pressure', '背压', 'Back pressure'],
        ['gas-turbine', '燃气轮机', 'Gas turbine'],
        ['engine', '内燃机', 'Engine'],
      ],
      { required: true },
    ),
    ratedPower: number('额定发电功率', 'Rated electric output', 'MW', [0, 1500], { required: true }),
    ratedHeat: number('额定供热功率', 'Rated heat output', 'MW', [0, 1500], { required: true }),
    extractionFlow: number('额定抽汽量', 'Rated extraction', 't/h', [0, 3000]),
    extractionPressure: number('抽汽压力', 'Extraction pressure', 'MPa', [0, 10]),
    minimumPower: number('最小技术出力', 'Minimum output', 'MW', [0, 1500]),
    gridName: text('电网机组编号', 'Number at the grid', { maxLength: 60, level: 3, class: 'operation' }),
    commissioned: day('投运日期', 'Commissioned'),
    overhaulDue: day('大修到期', 'Overhaul due'),
    ...DEVICE,
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'source', 'kind', 'gridName', 'commissioned'] },
    { label: { zh: '出力', en: 'Output' }, fields: ['ratedPower', 'ratedHeat', 'minimumPower', 'extractionFlow', 'extractionPressure'] },
    { label: { zh: '设备', en: 'Equipment' }, fields: ['maker', 'model', 'serial', 'overhaulDue', 'remark'] },
  ],
  title: 'name',
  columns: ['name', 'source', 'kind', 'ratedPower', 'ratedHeat'],
  checks: [
    {
      field: 'ratedPower',
      atLeast: { field: 'minimumPower', times: 1 },
      text: { zh: '额定发电功率不低于最小技术出力', en: 'the rated output is not below the minimum output' },
    },
  ],
});
