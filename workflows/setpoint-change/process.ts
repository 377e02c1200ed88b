import { Type } from 'typebox';
import { defineProcess } from '../define.ts';
import { checkLimitsJob } from '../jobs/check-limits.job.ts';
import { sendMessageJob } from '../jobs/send-message.job.ts';
import { verifyReadBackJob } from '../jobs/verify-read-back.job.ts';
import { writeSetpointJob } from '../jobs/write-setpoint.job.ts';

/** 设定值变更: proposed by one person, approved by another, written, read back. */
export const setpointChange = defineProcess({
  id: 'setpoint-change',
  label: { zh: '设定值变更', en: 'Setpoint change' },
  bpmn: new URL('setpoint-change.bpmn', import.meta.url),
  variables: Type.Object({ tag: Type.String(), value: Type.Number(), reason: Type.String(), proposer: Type.String() }),
  labels: {
    start: { zh: '提出设定值', en: 'Setpoint proposed' },
    check: { zh: '核对限值', en: 'Check the limits' },
    isWithin: { zh: '在限值内？', en: 'Within limits?' },
    prepare: { zh: '形成操作建议', en: 'Prepare the proposal' },
    approve: { zh: '第二人审批', en: 'Second person approves' },
    approvalClock: { zh: '超 1 小时', en: 'Over 1 h' },
    urge: { zh: '催办', en: 'Urge' },
    urged: { zh: '已催办', en: 'Urged' },
    isApproved: { zh: '批准？', en: 'Approved?' },
    write: { zh: '下发', en: 'Write' },
    writeRefused: { zh: '下发失败', en: 'Write failed' },
    verify: { zh: '核对回读', en: 'Verify the read-back' },
    verifyRefused: { zh: '回读不符', en: 'Read-back differs' },
    tellDone: { zh: '告知提出人', en: 'Tell the proposer' },
    done: { zh: '已执行', en: 'Done' },
    mergeNot: { zh: '汇合', en: 'Merge' },
    tellNot: { zh: '告知未执行', en: 'Tell: not done' },
    notDone: { zh: '未执行', en: 'Not done' },
    inside: { zh: '是', en: 'Yes' },
    outside: { zh: '越限', en: 'Outside' },
    accepted: { zh: '同意', en: 'Accepted' },
    rejected: { zh: '驳回', en: 'Rejected' },
  },
  jobs: [checkLimitsJob, sendMessageJob, writeSetpointJob, verifyReadBackJob],
  forms: {
    'setpoint-propose': new URL('setpoint-propose.form.json', import.meta.url),
    'setpoint-approve': new URL('setpoint-approve.form.json', import.meta.url),
  },
  startForm: { key: 'setpoint-propose', starter: 'proposer' },
});
