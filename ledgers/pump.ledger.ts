import { defineLedger } from './define.ts';
import { choice, day, DEVICE, number, refer, REMARK, text, yesNo } from './fields.ts';

/** 水泵 (smart-heating 5.1, 6.1.1.1 a 2). */
export const pump = defineLedger({
  id: 'pump',
  order: 13,
  label: { zh: '水泵', en: 'Pump' },
  code: 'PMP{nnn}',
  fields: {
    name: text('名称', 'Name', { required: true }),
    duty: choice(
      '用途',
      'Duty',
      [
        ['circulation', '循环', 'Circulation'],
        ['make-up', '补水', 'Make-up'],
        ['booster', '加压', 'Booster'],
        ['sump', '排水', 'Sump'],
      ],
      { required: true },
    ),
    source: refer('heat-source', '热源', 'Heat source'),
    station: refer('station', '热力站', 'Station'),
    unit: refer('unit', '机组', 'Unit'),
    ratedFlow: number('额定流量', 'Rated flow', 'm3/h', [0, 20_000], { required: true }),
    head: number('扬程', 'Head', 'm', [0, 500], { required: true }),
    power: number('电机功率', 'Motor power', 'kW', [0, 5000]),
    speed: number('额定转速', 'Rated speed', 'r/min', [0, 6000]),
    variableSpeed: yesNo('变频控制', 'Variable speed'),
    selfDiagnosis: yesNo('故障自诊断', 'Diagnoses its faults'),
    automatic: yesNo('自动补水', 'Makes up by itself'),
    commissioned: day('投运日期', 'Commissioned'),
    ...DEVICE,
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'duty', 'source', 'station', 'unit', 'commissioned'] },
    { label: { zh: '参数', en: 'Ratings' }, fields: ['ratedFlow', 'head', 'power', 'speed'] },
    { label: { zh: '智能功能', en: 'Smart functions' }, fields: ['variableSpeed', 'selfDiagnosis', 'automatic'] },
    { label: { zh: '设备', en: 'Equipment' }, fields: ['maker', 'model', 'serial', 'remark'] },
  ],
  title: 'name',
  columns: ['name', 'duty', 'station', 'ratedFlow', 'head', 'power'],
  checks: [
    {
      when: { duty: ['circulation', 'make-up', 'booster'] },
      field: 'variableSpeed',
      equals: true,
      text: { zh: '水泵应支持变频控制 (smart-heating 5.1)', en: 'pumps have variable speed (smart-heating 5.1)' },
    },
    {
      when: { duty: ['circulation', 'make-up', 'booster'] },
      field: 'selfDiagnosis',
      equals: true,
      text: { zh: '水泵应具备故障自诊断 (smart-heating 5.1)', en: 'pumps diagnose their faults (smart-heating 5.1)' },
    },
    {
      when: { duty: ['make-up'] },
      field: 'automatic',
      equals: true,
      text: { zh: '补水泵应自动补水 (smart-heating 5.1)', en: 'a make-up pump works by itself (smart-heating 5.1)' },
    },
  ],
});
