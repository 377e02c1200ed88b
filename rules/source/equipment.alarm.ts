import { defineAlarm } from '../define.ts';

export const chpStopped = defineAlarm({
  id: 'chp.stopped',
  scope: { asset: 'chp' },
  class: 'equipment',
  group: 'source',
  priority: 2,
  conditions: { all: [{ fact: 'RUN', operator: 'equal', value: false }] },
  onDelay: '10s',
  offDelay: '30s',
  latch: true,
  responseTime: '5m',
  label: { zh: '热电联产机组停运', en: 'CHP unit stopped' },
  cause: { zh: '机组跳闸或计划停机', en: 'Trip or planned stop' },
  consequence: { zh: '失去主热源, 供温将下降', en: 'The main heat source is lost, the supply temperature will fall' },
  response: { zh: '启动调峰锅炉, 按多热源预案调度, 通知各站', en: 'Start the peak boilers, dispatch by the plan, tell the stations' },
});

export const boilerOutlet = defineAlarm({
  id: 'boiler.T_S',
  scope: { asset: 'boiler' },
  tag: 'T_S',
  class: 'equipment',
  group: 'source',
  priority: 3,
  limits: { hh: { measurand: true, priority: 2 }, h: { measurand: true } },
  deadband: 1,
  onDelay: '30s',
  offDelay: '30s',
  responseTime: '5m',
  label: { zh: '调峰锅炉出水温度', en: 'peak boiler outlet temperature' },
  cause: { zh: '水流量不足或负荷给定过高', en: 'Too little water flow or too high a heat setpoint' },
  consequence: { zh: '汽化, 锅炉联锁停炉', en: 'Flashing; the boiler trips by its interlock' },
  response: { zh: '降低负荷给定, 检查循环流量', en: 'Lower the heat setpoint, check the flow' },
});
