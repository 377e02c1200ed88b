import { Type } from 'typebox';
import { defineJob } from '../define.ts';

const input = Type.Object({ tag: Type.String(), value: Type.Number() });

/** Tells early what the gate would refuse for ever: not listed, out of range, too large a step. The gate itself decides at the write. */
export const checkLimitsJob = defineJob({
  type: 'check-limits',
  label: { zh: '核对限值', en: 'Check limits' },
  input,
  timeout: '30s',
  async run({ tag, value }, { plant, readings }) {
    const rule = plant.gate(tag);
    const sample = readings.now(tag);
    const before = sample?.quality === 'bad' || sample === undefined ? null : sample.value;
    const refuse = (finding: string): Record<string, unknown> => ({ within: false, finding, before });
    if (!rule?.writers.includes('command')) return refuse('GATE_NOT_LISTED');
    if (value < rule.min || value > rule.max) return refuse(`GATE_RANGE: ${rule.min} - ${rule.max}`);
    if (rule.maxStep !== undefined && typeof before === 'number' && Math.abs(value - before) > rule.maxStep)
      return refuse(`GATE_STEP: ${rule.maxStep}`);
    return { within: true, finding: 'OK', before };
  },
});
