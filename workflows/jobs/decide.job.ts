import { Type } from 'typebox';
import { defineJob } from '../define.ts';

const input = Type.Object({ rule: Type.String(), facts: Type.Record(Type.String(), Type.Unknown()) });

/** Asks a decision rule; `result` = the first event's type and parameters. */
export const decideJob = defineJob({
  type: 'decide',
  label: { zh: '决策规则', en: 'Decision rule' },
  input,
  timeout: '30s',
  async run({ rule, facts }, { decisions }) {
    const [first] = await decisions.decide(rule, facts);
    if (!first) throw new Error(`decision rule ${rule} came to no result`);
    return { result: { ...first.params, type: first.type } };
  },
});
