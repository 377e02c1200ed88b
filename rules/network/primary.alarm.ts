import { defineAlarm } from '../define.ts';

const scope = { asset: 'station' } as const;

export const primarySupplyTemperature = defineAlarm({
  id: 'station.1T_S',
  scope,
  tag: '1T_S',
  class: 'process',
  group: 'network',
  priority: 4,
  limits: {
    hh: { measurand: true, priority: 3 },
    h: { measurand: true, priority: 3 },
    l: { measurand: true },
    ll: { measurand: true, priority: 3 },
  },
  deadband: 1,
  onDelay: '60s',
  offDelay: '60s',
  responseTime: '15m',
  label: { zh: '一次供温', en: 'primary supply temperature' },
  cause: { zh: '热源供温变化或一次流量过小', en: 'Change at the source, or too little primary flow' },
  consequence: {
    zh: '过低: 二次供温达不到设定; 过高: 换热器热应力',
    en: 'Low: the secondary side misses its setpoint; high: stress of the heat exchanger',
  },
  response: { zh: '对照热源供温与邻站, 判断是否堵塞', en: 'Compare with the source and neighbouring stations, check for a blockage' },
});

export const primaryReturnTemperature = defineAlarm({
  id: 'station.1T_R',
  scope,
  tag: '1T_R',
  class: 'process',
  group: 'network',
  priority: 4,
  limits: { hh: { measurand: true, priority: 3 }, h: { measurand: true } },
  deadband: 1,
  onDelay: '10m',
  offDelay: '60s',
  responseTime: '1h',
  label: { zh: '一次回温', en: 'primary return temperature' },
  cause: {
    zh: '换热器结垢、二次流量不足或调节阀开度过大',
    en: 'Fouled heat exchanger, too little secondary flow, or the valve too far open',
  },
  consequence: { zh: '一次网输送能力下降', en: 'The primary network carries less' },
  response: { zh: '检查二次循环与换热器端差', en: 'Check the secondary circulation and the approach of the heat exchanger' },
});

export const primarySupplyPressure = defineAlarm({
  id: 'station.1P_S',
  scope,
  tag: '1P_S',
  class: 'process',
  group: 'network',
  priority: 3,
  limits: { hh: { measurand: true, priority: 2 }, h: { measurand: true }, l: { measurand: true }, ll: { measurand: true, priority: 2 } },
  deadband: 0.02,
  onDelay: '20s',
  offDelay: '20s',
  responseTime: '10m',
  label: { zh: '一次供压', en: 'primary supply pressure' },
  cause: { zh: '一次网泄漏、阀门误关或循环泵异常', en: 'Leak, a closed valve, or the circulation pumps' },
  consequence: { zh: '站内流量不足或设备超压', en: 'Too little flow in the station, or equipment over its pressure' },
  response: { zh: '对照上下游站压力定位, 查分段阀', en: 'Compare with the stations up and down the line, check the section valves' },
});

export const primaryReturnPressure = defineAlarm({
  id: 'station.1P_R',
  scope,
  tag: '1P_R',
  class: 'process',
  group: 'network',
  priority: 3,
  limits: { hh: { measurand: true }, h: { measurand: true }, l: { measurand: true }, ll: { measurand: true } },
  deadband: 0.02,
  onDelay: '20s',
  offDelay: '20s',
  responseTime: '10m',
  label: { zh: '一次回压', en: 'primary return pressure' },
  cause: { zh: '定压异常或一次网泄漏', en: 'Pressure holding failed or the primary network leaks' },
  consequence: { zh: '倒空或超压', en: 'Emptying, or over-pressure' },
  response: { zh: '核对热源定压点, 查补水', en: 'Check the pressure holding at the source and the make-up water' },
});

export const primaryFlow = defineAlarm({
  id: 'station.1FL_I',
  scope,
  tag: '1FL_I',
  class: 'process',
  group: 'network',
  priority: 4,
  limits: { hh: { measurand: true, priority: 3 }, h: { measurand: true }, l: { measurand: true, priority: 3 } },
  deadband: 2,
  onDelay: '60s',
  offDelay: '60s',
  responseTime: '15m',
  suppressWhen: { all: [{ fact: 'STOPPED', operator: 'equal', value: true }] },
  label: { zh: '一次流量', en: 'primary flow' },
  cause: { zh: '调节阀全关或全开、滤网堵塞', en: 'Valves shut or fully open, a blocked strainer' },
  consequence: { zh: '本站停热, 或抢占他站流量', en: 'No heat here, or too little for other stations' },
  response: { zh: '检查调节阀与滤网压差', en: 'Check the control valves and the strainer' },
});
