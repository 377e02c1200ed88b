import { defineReport } from '../define.ts';

/** Nobody can tell whether a device took a command: somebody has to look. */
export const commandUnknown = defineReport({
  id: 'command-unknown',
  label: { zh: '控制命令结果未知', en: 'Outcome of a command unknown' },
  subject: { zh: '请核对：{{tag}} 的控制命令结果未知', en: 'Please check: the outcome of a command to {{tag}} is unknown' },
  template: new URL('report.hbs', import.meta.url),
});
