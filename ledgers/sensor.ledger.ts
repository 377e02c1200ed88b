import { defineLedger } from './define.ts';
import { choice, day, DEVICE, number, refer, REMARK, text, yesNo } from './fields.ts';

const TEMPERATURES = ['room-temperature', 'pipe-temperature'];

/** 传感器 with the data of its selection, installation and acceptance (smart-heating 5.1, 5.2 c, 5.3). */
export const sensor = defineLedger({
  id: 'sensor',
  order: 40,
  label: { zh: '传感器', en: 'Sensor' },
  code: 'SNS{nnnn}',
  fields: {
    measures: choice(
      '测量',
      'Measures',
      [
        ['room-temperature', '室温', 'Room temperature'],
        ['pipe-temperature', '管道温度', 'Pipe temperature'],
        ['pressure', '压力', 'Pressure'],
        ['flow', '流量', 'Flow'],
        ['heat', '热量', 'Heat'],
        ['other', '其它', 'Other'],
      ],
      { required: true },
    ),
    tag: text('点位', 'Tag', { maxLength: 120, hint: { zh: '如 STA007.UNT02.2T_S', en: 'as STA007.UNT02.2T_S' } }),
    source: refer('heat-source', '热源', 'Heat source'),
    station: refer('station', '热力站', 'Station'),
    unit: refer('unit', '机组', 'Unit'),
    building: refer('building', '楼栋', 'Building'),
    rangeLow: number('量程下限', 'Range from', '', [-1000, 1e6]),
    rangeHigh: number('量程上限', 'Range to', '', [-1000, 1e6], { required: true }),
    rangeUnit: text('量程单位', 'Unit of the range', { maxLength: 20 }),
    accuracy: number('精度 ±', 'Accuracy ±', '°C', [0.01, 10]),
    accuracyClass: number('准确度等级', 'Accuracy class', '', [0.01, 10]),
    designPressure: number('系统设计压力', 'Design pressure of the system', 'MPa', [0, 4]),
    pipeDiameter: number('管径', 'Pipe diameter', 'mm', [10, 2000]),
    distance: number('距阀门或弯头', 'Distance to valve or elbow', 'mm', [0, 100_000]),
    installed: day('安装日期', 'Installed'),
    calibrated: day('检定日期', 'Calibrated'),
    calibrationDue: day('检定到期', 'Calibration due'),
    certificate: yesNo('合格证、检测报告、手册齐全', 'Certificate, test report and manual are there'),
    signalGood: yesNo('信号与采集频率正常', 'Signal and sampling are normal'),
    faultTested: yesNo('模拟故障报警验证', 'A simulated fault raised its alarm'),
    accepted: day('验收日期', 'Accepted'),
    ...DEVICE,
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['measures', 'tag', 'source', 'station', 'unit', 'building'] },
    {
      label: { zh: '选型', en: 'Selection' },
      fields: ['rangeLow', 'rangeHigh', 'rangeUnit', 'accuracy', 'accuracyClass', 'designPressure', 'maker', 'model', 'serial'],
    },
    { label: { zh: '安装', en: 'Installation' }, fields: ['pipeDiameter', 'distance', 'installed', 'calibrated', 'calibrationDue'] },
    { label: { zh: '验收', en: 'Acceptance' }, fields: ['certificate', 'signalGood', 'faultTested', 'accepted', 'remark'] },
  ],
  title: 'tag',
  columns: ['measures', 'tag', 'station', 'rangeHigh', 'accuracy', 'calibrationDue'],
  checks: [
    {
      when: { measures: TEMPERATURES },
      field: 'accuracy',
      required: true,
      text: { zh: '温度传感器须给出精度 (smart-heating 5.1)', en: 'a temperature sensor states its accuracy (smart-heating 5.1)' },
    },
    {
      when: { measures: ['room-temperature'] },
      field: 'accuracy',
      max: 0.5,
      text: { zh: '室温精度应达 ±0.5 °C (smart-heating 5.1)', en: 'room temperature to ±0.5 °C (smart-heating 5.1)' },
    },
    {
      when: { measures: ['pipe-temperature'] },
      field: 'accuracy',
      max: 1,
      text: { zh: '管道介质温度精度应达 ±1 °C (smart-heating 5.1)', en: 'pipe temperature to ±1 °C (smart-heating 5.1)' },
    },
    {
      when: { measures: ['pressure'] },
      field: 'designPressure',
      required: true,
      text: { zh: '压力变送器须给出系统设计压力', en: 'a pressure transmitter states the design pressure of its system' },
    },
    {
      when: { measures: ['pressure'] },
      field: 'rangeHigh',
      atLeast: { field: 'designPressure', times: 1.5 },
      text: {
        zh: '压力量程应覆盖设计压力的 1.5 倍，单位 MPa (smart-heating 5.1)',
        en: 'the range covers 1.5 times the design pressure, in MPa (smart-heating 5.1)',
      },
    },
    {
      when: { measures: ['pressure'] },
      field: 'accuracyClass',
      required: true,
      max: 0.5,
      text: {
        zh: '压力变送器精度不低于 0.5 级 (smart-heating 5.1)',
        en: 'a pressure transmitter is of class 0.5 or better (smart-heating 5.1)',
      },
    },
    {
      when: { measures: ['pipe-temperature', 'pressure'] },
      field: 'distance',
      moreThan: { field: 'pipeDiameter', times: 5 },
      text: {
        zh: '距阀门或弯头应大于 5 倍管径 (smart-heating 5.2 c)',
        en: 'more than 5 diameters from valve or elbow (smart-heating 5.2 c)',
      },
    },
    {
      field: 'rangeHigh',
      moreThan: { field: 'rangeLow', times: 1 },
      text: { zh: '量程上限应大于下限', en: 'the range ends above its beginning' },
    },
  ],
});
