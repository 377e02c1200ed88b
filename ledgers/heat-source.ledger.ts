import { defineLedger } from './define.ts';
import { choice, count, day, FUELS, geo, number, refer, REMARK, text } from './fields.ts';

/** 热源 (smart-heating 6.1.1.1 a 2): basics, rated load, circulation pumps. */
export const heatSource = defineLedger({
  id: 'heat-source',
  order: 10,
  label: { zh: '热源', en: 'Heat source' },
  code: 'SRC{nnn}',
  fields: {
    name: text('名称', 'Name', { required: true, unique: true }),
    enterprise: refer('enterprise', '企业', 'Enterprise', { required: true }),
    kind: choice(
      '类型',
      'Kind',
      [
        ['chp', '热电厂', 'CHP plant'],
        ['boiler-house', '锅炉房', 'Boiler house'],
        ['industrial', '工业余热', 'Industrial waste heat'],
        ['other', '其它', 'Other'],
      ],
      { required: true },
    ),
    fuel: choice('燃料', 'Fuel', FUELS),
    address: text('地址', 'Address'),
    location: geo('坐标', 'Location', 'Point'),
    commissioned: day('投运日期', 'Commissioned'),
    ratedHeat: number('额定热负荷', 'Rated heat load', 'MW', [0, 5000], { required: true }),
    boilers: count('锅炉台数', 'Boilers', 100),
    circulationPumps: count('循环泵台数', 'Circulation pumps', 100),
    circulationFlow: number('循环泵额定流量', 'Rated flow of the circulation pumps', 't/h', [0, 100_000]),
    circulationHead: number('循环泵扬程', 'Head of the circulation pumps', 'm', [0, 500]),
    makeUpCapacity: number('补水能力', 'Make-up capacity', 't/h', [0, 10_000]),
    holdingPressure: number('定压', 'Holding pressure', 'MPa', [0, 2.5]),
    designSupply: number('设计供水温度', 'Design supply temperature', '°C', [0, 180]),
    designReturn: number('设计回水温度', 'Design return temperature', '°C', [0, 120]),
    designPressure: number('设计压力', 'Design pressure', 'MPa', [0, 4]),
    heatedArea: number('供热面积', 'Heated area', 'm2', [0, 1e9]),
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'enterprise', 'kind', 'fuel', 'address', 'location', 'commissioned'] },
    { label: { zh: '热工', en: 'Heat' }, fields: ['ratedHeat', 'heatedArea', 'designSupply', 'designReturn', 'designPressure'] },
    {
      label: { zh: '设备', en: 'Equipment' },
      fields: ['boilers', 'circulationPumps', 'circulationFlow', 'circulationHead', 'makeUpCapacity', 'holdingPressure', 'remark'],
    },
  ],
  title: 'name',
  columns: ['name', 'kind', 'ratedHeat', 'circulationPumps', 'heatedArea'],
  checks: [
    {
      field: 'designSupply',
      moreThan: { field: 'designReturn', times: 1 },
      text: { zh: '设计供水温度应高于回水温度', en: 'the design supply temperature is above the return temperature' },
    },
  ],
});
