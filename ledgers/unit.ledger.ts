import { defineLedger } from './define.ts';
import { choice, count, day, DEVICE, number, refer, REMARK, text, yesNo } from './fields.ts';

/** 机组 (smart-heating 5.1, 6.1.1.1 a 3): one heat exchanger with its secondary network. */
export const unit = defineLedger({
  id: 'unit',
  order: 21,
  label: { zh: '机组', en: 'Unit' },
  code: '{station}.UNT{nn}',
  fields: {
    name: text('名称', 'Name', { required: true }),
    station: refer('station', '热力站', 'Station', { required: true }),
    zone: choice('分区', 'Zone', [
      ['low', '低区', 'Low'],
      ['middle', '中区', 'Middle'],
      ['high', '高区', 'High'],
      ['all', '不分区', 'Not divided'],
    ]),
    emitter: choice('散热方式', 'Emitter', [
      ['radiator', '散热器', 'Radiator'],
      ['floor', '地暖', 'Floor heating'],
      ['fan-coil', '风机盘管', 'Fan coil'],
      ['mixed', '混合', 'Mixed'],
    ]),
    commissioned: day('投运日期', 'Commissioned'),
    heatedArea: number('供热面积', 'Heated area', 'm2', [0, 2e6]),
    designLoad: number('设计热负荷', 'Design load', 'MW', [0, 100], { required: true }),
    exchangers: count('换热器台数', 'Heat exchangers', 20),
    exchangeArea: number('换热面积', 'Exchange area', 'm2', [0, 10_000]),
    secondarySupply: number('二次设计供温', 'Secondary design supply', '°C', [0, 100]),
    secondaryReturn: number('二次设计回温', 'Secondary design return', '°C', [0, 90]),
    secondaryPressure: number('二次定压', 'Secondary holding pressure', 'MPa', [0, 2]),
    makeUpDesign: number('补水设计流量', 'Design make-up flow', 't/h', [0, 100]),
    pumps: count('循环泵台数', 'Circulation pumps', 20),
    valveSize: number('调节阀口径', 'Control valve size', 'mm', [0, 1000]),
    monitored: yesNo('实时监测', 'Monitored live', { required: true }),
    automatic: yesNo('自动调节', 'Controls by itself', { required: true }),
    remote: yesNo('远程控制', 'Controlled from afar', { required: true }),
    ...DEVICE,
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'station', 'zone', 'emitter', 'commissioned'] },
    {
      label: { zh: '热工', en: 'Heat' },
      fields: ['heatedArea', 'designLoad', 'secondarySupply', 'secondaryReturn', 'secondaryPressure', 'makeUpDesign'],
    },
    { label: { zh: '智能功能', en: 'Smart functions' }, fields: ['monitored', 'automatic', 'remote'] },
    {
      label: { zh: '设备', en: 'Equipment' },
      fields: ['exchangers', 'exchangeArea', 'pumps', 'valveSize', 'maker', 'model', 'serial', 'remark'],
    },
  ],
  title: 'name',
  columns: ['name', 'station', 'zone', 'heatedArea', 'designLoad'],
  checks: [
    ...(['monitored', 'automatic', 'remote'] as const).map((field) => ({
      field,
      equals: true,
      text: {
        zh: '换热机组应具备实时监测、自动调节及远程控制 (smart-heating 5.1)',
        en: 'a unit is monitored live, controls by itself and is controlled from afar (smart-heating 5.1)',
      },
    })),
    {
      field: 'secondarySupply',
      moreThan: { field: 'secondaryReturn', times: 1 },
      text: { zh: '二次设计供温应高于回温', en: 'the secondary design supply is above the return' },
    },
  ],
});
