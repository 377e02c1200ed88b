import { Type } from 'typebox';
import { defineProcess } from '../define.ts';
import { decideJob } from '../jobs/decide.job.ts';
import { sendMessageJob } from '../jobs/send-message.job.ts';
import { writeSetpointJob } from '../jobs/write-setpoint.job.ts';

/** 管网泄漏应急 (pipe burst, secondary side): from the leak alarm to a closed branch valve and the alarm's return to normal. */
export const emergencyResponse = defineProcess({
  id: 'emergency-response',
  label: { zh: '二次网泄漏应急处置', en: 'Secondary network leak response' },
  bpmn: new URL('emergency-response.bpmn', import.meta.url),
  variables: Type.Object({
    alarm: Type.String(),
    occurrence: Type.Integer(),
    /** `alarm#occurrence`: the business key, and the correlation key of `alarm-normal`. */
    alarmKey: Type.String(),
    asset: Type.String(),
    tag: Type.Optional(Type.String()),
    value: Type.Optional(Type.Unknown()),
    limit: Type.Optional(Type.Number()),
    raisedAt: Type.String(),
  }),
  labels: {
    start: { zh: '泄漏报警', en: 'Leak alarm' },
    assess: { zh: '研判泄漏等级', en: 'Assess the leak' },
    notify: { zh: '通知主管', en: 'Tell the manager' },
    confirm: { zh: '现场核实并提出处置', en: 'Confirm on site and propose' },
    needed: { zh: '需要操作？', en: 'Action needed?' },
    prepare: { zh: '形成操作建议', en: 'Prepare the proposal' },
    approve: { zh: '审批操作', en: 'Approve the action' },
    approvalClock: { zh: '审批超 15 分钟', en: 'Approval over 15 min' },
    escalateApproval: { zh: '升级催办审批', en: 'Escalate the approval' },
    approvalEscalated: { zh: '已升级', en: 'Escalated' },
    isApproved: { zh: '批准？', en: 'Approved?' },
    write: { zh: '下发并回读', en: 'Write and read back' },
    writeRefused: { zh: '下发失败', en: 'Write failed' },
    handleFailure: { zh: '处理下发失败', en: 'Handle the failed write' },
    howOn: { zh: '如何继续？', en: 'How to go on?' },
    end: { zh: '处置结束', en: 'Response ended' },
    awaitNormal: { zh: '等待报警恢复', en: 'Await return to normal' },
    repairClock: { zh: '抢修超 12 小时', en: 'Repair over 12 h' },
    escalateRepair: { zh: '升级抢修超时', en: 'Escalate the repair' },
    repairEscalated: { zh: '已升级', en: 'Escalated' },
    split: { zh: '同时进行', en: 'In parallel' },
    merge: { zh: '汇合', en: 'Merge' },
    join: { zh: '全部完成', en: 'All done' },
    noAction: { zh: '无需操作', en: 'No action' },
    accepted: { zh: '同意', en: 'Accepted' },
    rejected: { zh: '驳回', en: 'Rejected' },
    byHand: { zh: '已人工处置', en: 'Done by hand' },
    again: { zh: '重新提出', en: 'Propose again' },
  },
  jobs: [decideJob, sendMessageJob, writeSetpointJob],
  forms: {
    'leak-confirm': new URL('leak-confirm.form.json', import.meta.url),
    'leak-approve': new URL('leak-approve.form.json', import.meta.url),
    'leak-failure': new URL('leak-failure.form.json', import.meta.url),
  },
});
