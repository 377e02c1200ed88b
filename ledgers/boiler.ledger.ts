import { defineLedger } from './define.ts';
import { choice, day, DEVICE, FUELS, number, refer, REMARK, text } from './fields.ts';

/** 锅炉 (smart-heating 6.1.1.1 a 2). */
export const boiler = defineLedger({
  id: 'boiler',
  order: 11,
  label: { zh: '锅炉', en: 'Boiler' },
  code: '{source}.BLR{nn}',
  fields: {
    name: text('名称', 'Name', { required: true }),
    source: refer('heat-source', '热源', 'Heat source', { required: true }),
    medium: choice('介质', 'Medium', [
      ['hot-water', '热水', 'Hot water'],
      ['steam', '蒸汽', 'Steam'],
    ]),
    fuel: choice('燃料', 'Fuel', FUELS, { required: true }),
    ratedHeat: number('额定热功率', 'Rated heat output', 'MW', [0, 500], { required: true }),
    ratedPressure: number('额定压力', 'Rated pressure', 'MPa', [0, 30]),
    ratedSupply: number('额定出水温度', 'Rated supply temperature', '°C', [0, 600]),
    efficiency: number('设计效率', 'Design efficiency', '%', [0, 110]),
    registration: text('特种设备登记号', 'Registration of special equipment', { maxLength: 60 }),
    inspectionDue: day('检验到期', 'Inspection due'),
    commissioned: day('投运日期', 'Commissioned'),
    ...DEVICE,
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'source', 'medium', 'fuel', 'commissioned'] },
    { label: { zh: '热工', en: 'Heat' }, fields: ['ratedHeat', 'ratedPressure', 'ratedSupply', 'efficiency'] },
    { label: { zh: '设备', en: 'Equipment' }, fields: ['maker', 'model', 'serial', 'registration', 'inspectionDue', 'remark'] },
  ],
  title: 'name',
  columns: ['name', 'source', 'fuel', 'ratedHeat', 'inspectionDue'],
});
