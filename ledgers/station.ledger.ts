import { defineLedger } from './define.ts';
import { choice, count, day, geo, mobile, number, personName, refer, REMARK, text } from './fields.ts';

/** 热力站 (smart-heating 6.1.1.1 a 3). */
export const station = defineLedger({
  id: 'station',
  order: 20,
  label: { zh: '热力站', en: 'Station' },
  code: 'STA{nnn}',
  fields: {
    name: text('名称', 'Name', { required: true, unique: true }),
    enterprise: refer('enterprise', '企业', 'Enterprise', { required: true }),
    source: refer('heat-source', '热源', 'Heat source', { required: true }),
    branch: text('所属分支', 'Branch', { maxLength: 60 }),
    kind: choice('类型', 'Kind', [
      ['indirect', '换热站', 'Heat exchange'],
      ['direct', '直供', 'Direct'],
      ['mixing', '混水', 'Mixing'],
      ['isolating', '隔压站', 'Pressure-isolating'],
    ]),
    mode: choice(
      '运行方式',
      'Operation',
      [
        ['unattended', '无人值守', 'Unattended'],
        ['attended', '有人值守', 'Attended'],
      ],
      { required: true },
    ),
    address: text('地址', 'Address'),
    location: geo('坐标', 'Location', 'Point'),
    commissioned: day('投运日期', 'Commissioned'),
    heatedArea: number('供热面积', 'Heated area', 'm2', [0, 5e6]),
    designLoad: number('设计热负荷', 'Design load', 'MW', [0, 300]),
    units: count('机组数', 'Units', 50),
    primarySupply: number('一次设计供温', 'Primary design supply', '°C', [0, 180]),
    primaryReturn: number('一次设计回温', 'Primary design return', '°C', [0, 120]),
    primaryPressure: number('一次设计压力', 'Primary design pressure', 'MPa', [0, 4]),
    tankVolume: number('水箱容积', 'Tank volume', 'm3', [0, 1000]),
    protocol: choice('控制器协议', 'Protocol of the controller', [
      ['modbus-tcp', 'Modbus TCP', 'Modbus TCP'],
      ['opc-ua', 'OPC UA', 'OPC UA'],
      ['mqtt', 'MQTT', 'MQTT'],
      ['iec-104', 'IEC 104', 'IEC 104'],
      ['other', '其它', 'Other'],
    ]),
    controllerAddress: text('控制器地址', 'Address of the controller', { class: 'security', level: 3, maxLength: 120 }),
    onLinkLoss: choice('通信中断时', 'When the link is lost', [
      ['hold', '保持阀位', 'Hold the valve'],
      ['local', '就地自动', 'Local automatic'],
      ['frost', '防冻最小流量', 'Frost protection flow'],
    ]),
    powerSupply: choice('供电', 'Power supply', [
      ['single', '单路', 'Single'],
      ['dual', '双路', 'Dual'],
    ]),
    manager: personName('站长', 'Station manager'),
    managerMobile: mobile('站长手机', "Manager's mobile"),
    ...REMARK,
  },
  groups: [
    {
      label: { zh: '基本', en: 'Basics' },
      fields: ['name', 'enterprise', 'source', 'branch', 'kind', 'mode', 'address', 'location', 'commissioned'],
    },
    {
      label: { zh: '热工', en: 'Heat' },
      fields: ['heatedArea', 'designLoad', 'units', 'primarySupply', 'primaryReturn', 'primaryPressure', 'tankVolume'],
    },
    { label: { zh: '控制与网络', en: 'Control and network' }, fields: ['protocol', 'controllerAddress', 'onLinkLoss', 'powerSupply'] },
    { label: { zh: '联系人', en: 'Contact' }, fields: ['manager', 'managerMobile', 'remark'] },
  ],
  title: 'name',
  columns: ['name', 'branch', 'mode', 'heatedArea', 'designLoad', 'units'],
  checks: [
    {
      field: 'primarySupply',
      moreThan: { field: 'primaryReturn', times: 1 },
      text: { zh: '一次设计供温应高于回温', en: 'the primary design supply is above the return' },
    },
  ],
});
