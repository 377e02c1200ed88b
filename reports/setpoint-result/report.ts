import { defineReport } from '../define.ts';

/** How a proposed setpoint change ended. */
export const setpointResult = defineReport({
  id: 'setpoint-result',
  label: { zh: '设定值变更结果', en: 'Result of a setpoint change' },
  subject: { zh: '设定值变更结果：{{tag}}', en: 'Setpoint change: {{tag}}' },
  template: new URL('report.hbs', import.meta.url),
});
