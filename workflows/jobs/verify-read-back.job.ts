import { Type } from 'typebox';
import { BpmnError, defineJob } from '../define.ts';

const input = Type.Object({ tag: Type.String(), value: Type.Number() });

/** After a confirmed write the process image must show it too; that it has not come yet is retried, another value is an error. */
export const verifyReadBackJob = defineJob({
  type: 'verify-read-back',
  label: { zh: '核对回读', en: 'Verify read-back' },
  input,
  timeout: '30s',
  async run({ tag, value }, { plant, readings, job }) {
    const rule = plant.gate(tag);
    const sample = rule && readings.now(rule.readBack.tag);
    if (!rule || !sample || sample.quality === 'bad' || typeof sample.value !== 'number') throw new Error(`${tag} cannot be read back now`);
    const off = Math.abs(sample.value - value);
    if (off <= rule.readBack.within) return { verified: sample.value };
    if (job.retries > 1) throw new Error(`${tag} still reads ${sample.value}`);
    throw new BpmnError('READ_BACK', `${tag} reads ${sample.value}, not ${value}`, {
      failureCode: 'READ_BACK',
      failureText: `${sample.value} <> ${value}`,
    });
  },
});
