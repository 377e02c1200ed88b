import { defineAlarm } from '../define.ts';

const scope = { asset: 'source' } as const;

export const sourceSupplyTemperature = defineAlarm({
  id: 'source.T_S',
  scope,
  tag: 'T_S',
  class: 'process',
  group: 'source',
  priority: 3,
  limits: { hh: { measurand: true, priority: 2 }, h: { measurand: true }, l: { measurand: true, priority: 4 }, ll: { measurand: true } },
  deadband: 1,
  onDelay: '60s',
  offDelay: '30s',
  responseTime: '10m',
  label: { zh: '热源供水温度', en: 'source supply temperature' },
  cause: {
    zh: '热源负荷与热网需求不匹配, 或供温设定、抽汽压力异常',
    en: 'Heat output does not match the demand, or the setpoint or the extraction pressure is wrong',
  },
  consequence: {
    zh: '过高: 管网热应力与汽化风险; 过低: 各站供热不足',
    en: 'High: thermal stress and flashing; low: every station lacks heat',
  },
  response: {
    zh: '核对供温设定与机组负荷, 调整调峰锅炉出力, 通知各站',
    en: 'Check setpoint and load, adjust the peak boilers, tell the stations',
  },
});

export const sourceReturnTemperature = defineAlarm({
  id: 'source.T_R',
  scope,
  tag: 'T_R',
  class: 'process',
  group: 'source',
  priority: 4,
  limits: { hh: { measurand: true, priority: 3 }, h: { measurand: true } },
  deadband: 1,
  onDelay: '5m',
  offDelay: '60s',
  responseTime: '1h',
  label: { zh: '热源回水温度', en: 'source return temperature' },
  cause: { zh: '站内换热不足或旁通未关', en: 'Poor heat transfer in stations or an open bypass' },
  consequence: { zh: '机组热耗上升, 输送能力下降', en: 'More heat rate, less transport capacity' },
  response: { zh: '按站核对一次回温, 查旁通与调节阀', en: 'Compare the primary return of the stations, check bypasses and valves' },
});

export const sourceSupplyPressure = defineAlarm({
  id: 'source.P_S',
  scope,
  tag: 'P_S',
  class: 'process',
  group: 'source',
  priority: 3,
  limits: { hh: { measurand: true, priority: 2 }, h: { measurand: true }, l: { measurand: true }, ll: { measurand: true, priority: 2 } },
  deadband: 0.02,
  onDelay: '10s',
  offDelay: '10s',
  responseTime: '5m',
  label: { zh: '热源供水压力', en: 'source supply pressure' },
  cause: {
    zh: '循环泵工况变化, 阀门误动或一次网泄漏',
    en: 'Change of the circulation pumps, a wrong valve position, or a leak of the primary network',
  },
  consequence: {
    zh: '过高: 设备超压; 过低: 末端压差不足、汽化',
    en: 'High: equipment over its pressure; low: no differential pressure at the ends, flashing',
  },
  response: { zh: '检查循环泵与补水定压, 排查一次网泄漏', en: 'Check pumps and pressure holding, look for a leak' },
});

export const sourceReturnPressure = defineAlarm({
  id: 'source.P_R',
  scope,
  tag: 'P_R',
  class: 'process',
  group: 'source',
  priority: 3,
  limits: { hh: { measurand: true, priority: 2 }, h: { measurand: true }, l: { measurand: true }, ll: { measurand: true, priority: 1 } },
  deadband: 0.02,
  onDelay: '10s',
  offDelay: '10s',
  responseTime: '5m',
  label: { zh: '热源回水压力(定压点)', en: 'source return pressure (pressure holding)' },
  cause: { zh: '补水定压失效或一次网大量失水', en: 'Pressure holding failed, or the primary network loses much water' },
  consequence: { zh: '循环泵汽蚀停运, 全网停热', en: 'Pumps cavitate and stop: no heat in the whole network' },
  response: {
    zh: '立即启动备用补水泵, 查补水箱, 组织一次网巡查',
    en: 'Start the standby make-up pump, check the tank, send out the network patrol',
  },
});

export const sourcePressureFall = defineAlarm({
  id: 'source.P_S-fall',
  scope,
  tag: 'P_S',
  class: 'process',
  group: 'source',
  priority: 1,
  rate: { limit: 0.15, per: '1m', window: '60s', direction: 'falling' },
  offDelay: '60s',
  latch: true,
  responseTime: '3m',
  label: { zh: '热源供水压力骤降', en: 'source supply pressure falls fast' },
  cause: { zh: '一次网爆管或循环泵跳闸', en: 'Burst of a primary pipe or trip of the circulation pumps' },
  consequence: { zh: '失水、烫伤与大面积停热', en: 'Loss of water, scalding, no heat in a large area' },
  response: {
    zh: '确认泵状态; 若爆管, 按预案关断分段阀并疏散',
    en: 'Check the pumps; if a pipe burst, close the section valves by the plan and keep people away',
  },
});

export const sourceFlow = defineAlarm({
  id: 'source.FL_I',
  scope,
  tag: 'FL_I',
  class: 'process',
  group: 'source',
  priority: 3,
  limits: { hh: { measurand: true }, h: { measurand: true, priority: 4 }, l: { measurand: true } },
  deadband: 20,
  onDelay: '60s',
  offDelay: '60s',
  responseTime: '15m',
  label: { zh: '一次网循环流量', en: 'primary circulation flow' },
  cause: { zh: '循环泵工况或站内调节阀开度异常', en: 'Pumps or station valves away from their normal positions' },
  consequence: { zh: '水力失调, 远端供热不足', en: 'Unbalanced network, too little heat at the far end' },
  response: { zh: '核对泵频率与各站流量分配', en: 'Check pump speed and the flows of the stations' },
});

export const sourceMakeUp = defineAlarm({
  id: 'source.MK_FI',
  scope,
  tag: 'MK_FI',
  class: 'process',
  group: 'source',
  priority: 2,
  limits: { h: { limit: 20, priority: 3 }, hh: 60 },
  deadband: 1,
  onDelay: '60s',
  offDelay: '60s',
  responseTime: '10m',
  label: { zh: '一次网补水流量', en: 'primary make-up flow' },
  cause: { zh: '一次网泄漏或站内串水', en: 'Leak of the primary network or water passing in a station' },
  consequence: { zh: '失水、失压, 可能停热', en: 'Loss of water and pressure, perhaps of heat' },
  response: { zh: '分段比对流量, 派巡线, 准备关断', en: 'Compare flows by section, send the patrol, prepare to isolate' },
});

export const sourceDeviation = defineAlarm({
  id: 'source.T_S-deviation',
  scope,
  tag: 'T_S',
  class: 'process',
  group: 'source',
  priority: 4,
  deviation: { from: 'T_SP', limit: 6 },
  deadband: 1,
  onDelay: '30m',
  offDelay: '60s',
  responseTime: '30m',
  label: { zh: '热源供温偏离设定', en: 'source supply temperature off its setpoint' },
  cause: { zh: '热源出力不足或调节失灵', en: 'Too little output, or the control does not work' },
  consequence: { zh: '各站按设定取热困难', en: 'Stations cannot take the heat that they need' },
  response: { zh: '核对机组与锅炉负荷, 必要时调整设定', en: 'Check the loads of CHP unit and boilers, adjust the setpoint if needed' },
});
