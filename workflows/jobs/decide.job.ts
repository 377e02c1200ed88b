import { Type } from 'typebox';
import { defineJob } from '../define.ts';

/** `tags`: facts that are the present values of tags, `{ outdoor: 'WX001.AT' }`; a bad or unknown value is left out. */
const input = Type.Object({
  rule: Type.String(),
  facts: Type.Record(Type.String(), Type.Unknown()),
  tags: Type.Optional(Type.Record(Type.String(), Type.String())),
});

/** Asks a decision rule; `result` = the first event's type and parameters. */
export const decideJob = defineJob({
  type: 'decide',
  label: { zh: '决策规则', en: 'Decision rule' },
  input,
  timeout: '30s',
  async run({ rule, facts, tags }, { decisions, readings }) {
    const read = Object.entries(tags ?? {}).flatMap(([fact, tag]) => {
      const sample = readings.now(tag);
      return sample && sample.quality !== 'bad' ? [[fact, sample.value] as const] : [];
    });
    const [first] = await decisions.decide(rule, { ...Object.fromEntries(read), ...facts });
    if (!first) throw new Error(`decision rule ${rule} came to no result`);
    return { result: { ...first.params, type: first.type } };
  },
});
