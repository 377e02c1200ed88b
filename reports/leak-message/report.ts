import { defineReport } from '../define.ts';

/** Tells the manager that a leak is being dealt with. */
export const leakMessage = defineReport({
  id: 'leak-message',
  label: { zh: '泄漏通知', en: 'Leak message' },
  subject: { zh: '泄漏报警：{{where}}（{{asset}}）', en: 'Leak alarm: {{where}} ({{asset}})' },
  template: new URL('report.hbs', import.meta.url),
});
