import { Type } from 'typebox';
import { BpmnError, defineJob } from '../define.ts';

const input = Type.Object({
  tag: Type.String(),
  value: Type.Union([Type.Number(), Type.Boolean()]),
  submitter: Type.String(),
  approver: Type.Optional(Type.String()),
  reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});

const CODES = { failed: 'COMMAND_FAILED', refused: 'COMMAND_REFUSED', expired: 'COMMAND_EXPIRED', unknown: 'COMMAND_UNKNOWN' } as const;

/**
 * Writes through the gate and waits for the read-back. What did not end confirmed is a modelled error with the gate's code; an unknown
 * end is never tried again by itself (security.md 4.4).
 */
export const writeSetpointJob = defineJob({
  type: 'write-setpoint',
  label: { zh: '下发设定值', en: 'Write setpoint' },
  input,
  timeout: '5m',
  async run({ tag, value, submitter, approver, reason }, { commands, job }) {
    const ended = await commands.write({
      tag,
      value,
      submitter,
      reason: reason ?? `${job.process} ${job.instance}`,
      ...(approver === undefined ? {} : { approver }),
    });
    if (ended.state === 'confirmed') return { command: ended.id, readBack: ended.readBack ?? null };
    const code = ended.code ?? CODES[ended.state];
    const text = ended.detail ?? code;
    throw new BpmnError(code, text, { failureCode: code, failureText: text, failedCommand: ended.id });
  },
});
