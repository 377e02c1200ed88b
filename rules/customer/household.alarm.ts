import { defineAlarm } from '../define.ts';

export const roomTemperature = defineAlarm({
  id: 'household.RT',
  scope: { asset: 'household' },
  tag: 'RT',
  class: 'service',
  group: 'customer',
  priority: 4,
  limits: { l: 16, ll: { measurand: true, priority: 3 } },
  deadband: 0.5,
  onDelay: '30m',
  offDelay: '10m',
  responseTime: '4h',
  label: { zh: '室内温度', en: 'room temperature' },
  cause: { zh: '供温不足、户内堵塞或开窗', en: 'Too little supply temperature, a blockage, or open windows' },
  consequence: { zh: '室温不达标, 投诉与退费', en: 'Room too cold, complaints and refunds' },
  response: { zh: '核对机组供温, 联系用户, 必要时派单', en: 'Check the supply of the unit, call the resident, send an order if needed' },
});
