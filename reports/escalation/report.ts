import { defineReport } from '../define.ts';

/** A clock of a process has run out. */
export const escalation = defineReport({
  id: 'escalation',
  label: { zh: '超时升级', en: 'Escalation' },
  subject: { zh: '超时升级：{{asset}}', en: 'Escalation: {{asset}}' },
  template: new URL('report.hbs', import.meta.url),
});
