import { defineAlarm } from '../define.ts';

const scope = { asset: 'station' } as const;

export const communication = defineAlarm({
  id: 'station.communication',
  scope,
  tag: '1T_S',
  class: 'communication',
  group: 'station',
  priority: 2,
  stale: '30s',
  responseTime: '10m',
  label: { zh: '通讯中断 (无数据)', en: 'communication lost (no data)' },
  cause: { zh: '通讯线路、控制器电源或采集编排停止', en: 'Line, power of the controller, or the flow that reads it' },
  consequence: { zh: '本站数据不再更新, 报警与控制失去依据', en: 'No new data: alarms and control of the station are blind' },
  response: { zh: '查运行时与线路; 10 分钟不恢复派人到站', en: 'Check runtime and line; send somebody after 10 minutes' },
});

/** A controller that does not answer gives bad samples: the heartbeat has no value, and the condition never trips by itself. */
export const noAnswer = defineAlarm({
  id: 'station.no-answer',
  scope,
  class: 'communication',
  group: 'station',
  priority: 2,
  conditions: { all: [{ fact: 'HB', operator: 'lessThan', value: 0 }] },
  onBad: 'trip',
  onDelay: '15s',
  responseTime: '10m',
  label: { zh: '通讯中断 (控制器无应答)', en: 'communication lost (controller does not answer)' },
  cause: { zh: '控制器断电、死机, 或返回异常', en: 'The controller is without power, hangs, or answers with exceptions' },
  consequence: { zh: '本站数据为坏质量, 命令无法下发', en: 'Data of the station are bad, commands cannot reach it' },
  response: { zh: '查供电与网络, 到站复位控制器', en: 'Check power and network, restart the controller on site' },
});

export const heartbeat = defineAlarm({
  id: 'station.heartbeat',
  scope,
  tag: 'HB',
  class: 'communication',
  group: 'station',
  priority: 3,
  flat: { for: '60s', within: 0 },
  responseTime: '15m',
  label: { zh: '控制器心跳停止', en: 'heartbeat of the controller stopped' },
  cause: { zh: '控制器程序停止, 通讯模块仍在应答', en: 'The program of the controller stopped while its interface still answers' },
  consequence: { zh: '站内自动控制停止, 数据为旧值', en: 'No automatic control in the station, values are old' },
  response: { zh: '到站重启控制器程序', en: 'Restart the program on site' },
});

export const power = defineAlarm({
  id: 'station.power',
  scope,
  class: 'equipment',
  group: 'station',
  priority: 2,
  conditions: { all: [{ fact: 'PWR', operator: 'equal', value: false }] },
  onDelay: '5s',
  offDelay: '10s',
  firstOut: true,
  responseTime: '10m',
  label: { zh: '站内失电', en: 'station without power' },
  cause: { zh: '供电中断', en: 'Mains failure' },
  consequence: { zh: '水泵停运, 阀门保持, 有冻结风险', en: 'Pumps stop, valves stay, danger of freezing' },
  response: { zh: '联系供电, 启动停电预案', en: 'Call the grid operator, start the plan for a power failure' },
});

export const stopped = defineAlarm({
  id: 'station.stopped',
  scope,
  class: 'safety',
  group: 'station',
  priority: 2,
  conditions: { all: [{ fact: 'STOPPED', operator: 'equal', value: true }] },
  latch: true,
  responseTime: '10m',
  label: { zh: '急停锁定', en: 'emergency stop latched' },
  cause: { zh: '现场或平台执行了一键关停', en: 'One-key stop on site or by the platform' },
  consequence: { zh: '本站停热, 写入被闸口拒绝', en: 'No heat from the station; the gate refuses writes' },
  response: { zh: '查明原因, 由两人授权复位', en: 'Find the cause; two persons reset it' },
});

export const tank = defineAlarm({
  id: 'station.TANK_L',
  scope,
  tag: 'TANK_L',
  class: 'process',
  group: 'station',
  priority: 4,
  limits: { hh: { measurand: true, priority: 3 }, h: { measurand: true }, l: { measurand: true }, ll: { measurand: true, priority: 3 } },
  deadband: 0.05,
  onDelay: '60s',
  offDelay: '60s',
  responseTime: '15m',
  label: { zh: '补水箱液位', en: 'make-up tank level' },
  cause: { zh: '浮球阀故障或补水量过大', en: 'The float valve failed, or too much water is made up' },
  consequence: {
    zh: '过低: 补水泵抽空、二次网失压; 过高: 溢流',
    en: 'Low: the make-up pump runs dry and pressure is lost; high: overflow',
  },
  response: { zh: '检查水箱进水与补水泵', en: 'Check the inlet of the tank and the make-up pump' },
});
