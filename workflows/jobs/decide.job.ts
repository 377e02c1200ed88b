import { Type } from 'typebox';
import { defineJob } from '../define.ts';
import type { Readings } from '../define.ts';

const input = Type.Object({ rule: Type.String(), facts: Type.Record(Type.String(), Type.Unknown()) });

/** A fact `{ tag }` is the tag's value now; one that has no good value is left out, and the rule decides without it. */
function known([name, fact]: [string, unknown], readings: Readings): [string, unknown][] {
  if (typeof fact !== 'object' || fact === null || !('tag' in fact) || typeof fact.tag !== 'string') return [[name, fact]];
  const sample = readings.now(fact.tag);
  return sample === undefined || sample.quality === 'bad' ? [] : [[name, sample.value]];
}

/**
 * Asks a decision rule; `result` = the first event's type and parameters, `{ type: 'none' }` when no rule answers: people then decide
 * without a suggestion.
 */
export const decideJob = defineJob({
  type: 'decide',
  label: { zh: '决策规则', en: 'Decision rule' },
  input,
  timeout: '30s',
  async run({ rule, facts }, { decisions, readings }) {
    const values = Object.fromEntries(Object.entries(facts).flatMap((fact) => known(fact, readings)));
    const [first] = await decisions.decide(rule, values);
    return { result: { ...first?.params, type: first?.type ?? 'none' } };
  },
});
