import { defineAlarm } from '../define.ts';

const scope = { asset: 'unit' } as const;
/** An isolated branch or a stopped station: its temperatures and pressures say nothing. */
const isolated = {
  any: [
    { fact: 'BV_PO', operator: 'lessThan', value: 10 },
    { fact: 'STOPPED', operator: 'equal', value: true },
  ],
} as const;

export const makeUpFlow = defineAlarm({
  id: 'unit.MK_FI',
  scope,
  tag: 'MK_FI',
  class: 'process',
  group: 'unit',
  priority: 3,
  limits: { hh: { limit: 2, priority: 1 }, h: 1 },
  deadband: 0.1,
  onDelay: '10s',
  offDelay: '30s',
  responseTime: '5m',
  starts: 'emergency-response',
  startsOn: ['hh'],
  label: { zh: '补水流量', en: 'make-up flow' },
  cause: {
    zh: '二次网或户内泄漏、违规放水, 或安全阀起跳',
    en: 'Leak of the secondary network or in a home, water drawn off, or a safety valve that opened',
  },
  consequence: {
    zh: '二次网失压、循环泵汽蚀, 本机组停热; 水淹与烫伤风险',
    en: 'Loss of pressure, cavitation, no heat from this unit; flooding and scalding',
  },
  response: {
    zh: '核对补水与二次压力; 确认泄漏后关闭本机组支线阀隔离, 派抢修到现场',
    en: 'Check make-up flow and secondary pressure; if it is a leak, isolate the unit by its branch valve and send the crew',
  },
});

export const secondarySupplyTemperature = defineAlarm({
  id: 'unit.2T_S',
  scope,
  tag: '2T_S',
  class: 'process',
  group: 'unit',
  priority: 3,
  limits: { hh: { measurand: true, priority: 2 }, h: { measurand: true }, l: { measurand: true, priority: 4 }, ll: { measurand: true } },
  deadband: 1,
  onDelay: '60s',
  offDelay: '60s',
  responseTime: '10m',
  suppressWhen: isolated,
  label: { zh: '二次供温', en: 'secondary supply temperature' },
  cause: { zh: '调节阀卡涩、设定错误或一次侧异常', en: 'A stuck valve, a wrong setpoint, or the primary side' },
  consequence: {
    zh: '过高: 用户过热, 塑料管超温; 过低: 室温不达标',
    en: 'High: rooms too warm, plastic pipes too hot; low: rooms too cold',
  },
  response: { zh: '核对设定与阀位, 必要时改手动', en: 'Check setpoint and valve, change to manual if needed' },
});

export const secondaryReturnTemperature = defineAlarm({
  id: 'unit.2T_R',
  scope,
  tag: '2T_R',
  class: 'process',
  group: 'unit',
  priority: 4,
  limits: { hh: { measurand: true, priority: 3 }, h: { measurand: true }, l: { measurand: true }, ll: { measurand: true, priority: 3 } },
  deadband: 1,
  onDelay: '10m',
  offDelay: '60s',
  responseTime: '1h',
  suppressWhen: isolated,
  label: { zh: '二次回温', en: 'secondary return temperature' },
  cause: { zh: '水力失调或供温过高/过低', en: 'Unbalanced flow, or the supply is too hot or too cold' },
  consequence: { zh: '能耗上升或室温不足', en: 'More energy used, or rooms too cold' },
  response: { zh: '核对二次流量与平衡阀', en: 'Check the secondary flow and the balancing valves' },
});

export const secondarySupplyPressure = defineAlarm({
  id: 'unit.2P_S',
  scope,
  tag: '2P_S',
  class: 'process',
  group: 'unit',
  priority: 3,
  limits: { hh: { measurand: true }, h: { measurand: true }, l: { measurand: true }, ll: { measurand: true, priority: 2 } },
  deadband: 0.02,
  onDelay: '20s',
  offDelay: '20s',
  responseTime: '10m',
  suppressWhen: isolated,
  label: { zh: '二次供压', en: 'secondary supply pressure' },
  cause: { zh: '泄漏、循环泵停运或补水定压异常', en: 'Leak, pump stopped, or pressure holding failed' },
  consequence: { zh: '过低: 高层倒空停热; 过高: 散热器破裂', en: 'Low: upper floors without water; high: radiators burst' },
  response: { zh: '查补水泵、循环泵与泄漏点', en: 'Check make-up pump, circulation pump and for leaks' },
});

export const secondaryReturnPressure = defineAlarm({
  id: 'unit.2P_R',
  scope,
  tag: '2P_R',
  class: 'process',
  group: 'unit',
  priority: 3,
  limits: { hh: { measurand: true }, h: { measurand: true }, l: { measurand: true }, ll: { measurand: true } },
  deadband: 0.02,
  onDelay: '20s',
  offDelay: '20s',
  responseTime: '10m',
  suppressWhen: isolated,
  label: { zh: '二次回压', en: 'secondary return pressure' },
  cause: { zh: '补水定压异常或泄漏', en: 'Pressure holding failed, or a leak' },
  consequence: { zh: '过低: 倒空与汽蚀; 过高: 用户侧超压', en: 'Low: emptying and cavitation; high: too much pressure in homes' },
  response: { zh: '检查补水泵与安全阀', en: 'Check the make-up pump and the safety valve' },
});

export const pumpStopped = defineAlarm({
  id: 'unit.pump-stopped',
  scope,
  class: 'equipment',
  group: 'unit',
  priority: 2,
  conditions: {
    all: [
      { fact: 'CP_RUN', operator: 'equal', value: false },
      { fact: 'CV_PO', operator: 'greaterThan', value: { param: 'opening' } },
    ],
  },
  params: { opening: { default: 8, unit: '%', label: { zh: '供热中的阀门开度', en: 'valve opening that means heating' } } },
  onDelay: '10s',
  offDelay: '10s',
  firstOut: true,
  responseTime: '5m',
  suppressWhen: isolated,
  label: { zh: '供热中循环泵停运', en: 'pump stopped while heating' },
  cause: { zh: '变频器故障、失电或误停', en: 'Fault of the drive, no power, or stopped by mistake' },
  consequence: { zh: '二次网停止循环, 换热器超温, 用户停热', en: 'No circulation, the heat exchanger overheats, homes without heat' },
  response: {
    zh: '启动备用泵; 无备用则关一次调节阀, 派人到站',
    en: 'Start the standby pump; without one close the valve and send somebody',
  },
});

export const pumpSpeed = defineAlarm({
  id: 'unit.CP_HZ',
  scope,
  tag: 'CP_HZ',
  class: 'equipment',
  group: 'unit',
  priority: 4,
  limits: { h: { measurand: true } },
  deadband: 0.5,
  onDelay: '10m',
  offDelay: '60s',
  responseTime: '1h',
  suppressWhen: isolated,
  label: { zh: '循环泵频率', en: 'pump frequency' },
  cause: { zh: '阻力增大(滤网堵塞)或给定过高', en: 'More resistance (blocked strainer) or too high a setpoint' },
  consequence: { zh: '电耗上升, 无调节余量', en: 'More power used, nothing left to control with' },
  response: { zh: '清洗滤网, 核对频率给定', en: 'Clean the strainer, check the setpoint' },
});

export const valveSaturated = defineAlarm({
  id: 'unit.CV_PO',
  scope,
  tag: 'CV_PO',
  class: 'process',
  group: 'unit',
  priority: 4,
  limits: { h: { measurand: true }, l: { measurand: true } },
  deadband: 1,
  onDelay: '15m',
  offDelay: '60s',
  responseTime: '30m',
  suppressWhen: isolated,
  label: { zh: '调节阀开度到限', en: 'control valve at its end' },
  cause: { zh: '一次供温或压差不足, 或阀门卡涩', en: 'Too little primary temperature or pressure, or a stuck valve' },
  consequence: { zh: '二次供温失去调节', en: 'The secondary temperature is no longer controlled' },
  response: { zh: '核对一次侧参数与阀门反馈', en: 'Check the primary side and the valve feedback' },
});

export const supplyDeviation = defineAlarm({
  id: 'unit.2T_S-deviation',
  scope,
  tag: '2T_S',
  class: 'process',
  group: 'unit',
  priority: 4,
  deviation: { from: '2T_SP', limit: 5 },
  deadband: 1,
  onDelay: '20m',
  offDelay: '60s',
  responseTime: '30m',
  suppressWhen: isolated,
  label: { zh: '二次供温偏离设定', en: 'secondary supply temperature off its setpoint' },
  cause: { zh: '调节阀或控制回路异常, 一次侧供热不足', en: 'Valve or control loop, or too little heat on the primary side' },
  consequence: { zh: '室温偏离目标', en: 'Rooms away from their target' },
  response: { zh: '看阀位与一次供温, 检查控制方式', en: 'Look at valve and primary supply, check the control mode' },
});
