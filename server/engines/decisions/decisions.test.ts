import { afterEach, describe, expect, it } from 'vitest';
import { leakResponse } from '#rules/station/leak-response.decision.ts';
import type { Deployments } from '../../services.ts';
import { DecisionEngine } from './decisions.ts';
import { parseDecision } from './parse.ts';
import { DecisionRunner } from './runner.ts';

const timers = {
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
const never = { after: () => () => undefined };
const deployments: Pick<Deployments, 'follow'> = {
  follow: async (_kind, _consumer, apply) => apply([{ id: leakResponse.id, hash: 'h', content: leakResponse }], [], 1),
};
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function engine(): Promise<DecisionEngine> {
  const none = async () => ({ n: 1 });
  const one = await DecisionEngine.open({
    deployments: { n: 1, deployed: () => undefined, list: () => [], deploy: none, ...deployments },
    timers: never,
  });
  open.push(() => one[Symbol.asyncDispose]());
  return one;
}

describe('the leak decision', () => {
  it.each([
    ['lost pressure', { makeUp: 2.6, pressure: 0.15, outdoor: 2, area: 20_000 }, 1, 'emergency-response'],
    ['a large leak', { makeUp: 6, pressure: 0.3, outdoor: 2, area: 20_000 }, 1, 'emergency-response'],
    ['a leak under many homes', { makeUp: 2.6, pressure: 0.3, outdoor: 2, area: 62_000 }, 1, 'emergency-response'],
    ['a leak in frost', { makeUp: 2.6, pressure: 0.3, outdoor: -8, area: 20_000 }, 1, 'emergency-response'],
    ['a leak', { makeUp: 2.6, pressure: 0.3, outdoor: 2, area: 20_000 }, 2, 'emergency-response'],
    ['a leak without a weather station', { makeUp: 2.6, pressure: 0.3 }, 2, 'emergency-response'],
    ['seepage', { makeUp: 1.5, pressure: 0.3, outdoor: 2, area: 20_000 }, 3, 'setpoint-change'],
  ])('answers %s', async (_name, facts, priority, process) => {
    const [first] = await (await engine()).decide('leak-response', facts);
    expect(first).toMatchObject({ type: 'respond', params: { process, priority } });
  });
  it('answers nothing when there is no leak', async () => {
    expect(await (await engine()).decide('leak-response', { makeUp: 0.2, pressure: 0.3, outdoor: 2, area: 20_000 })).toEqual([]);
  });
  it('refuses a fact of the wrong type and an unknown rule', async () => {
    const one = await engine();
    await expect(one.decide('leak-response', { makeUp: '2.6' })).rejects.toMatchObject({
      code: 'DECISION_FACTS',
      place: { path: 'makeUp' },
    });
    await expect(one.decide('__proto__', {})).rejects.toMatchObject({ code: 'DECISION_UNKNOWN' });
  });
});

describe('a decision rule that is not sound', () => {
  const broken = (change: (rule: { rules: { conditions: unknown }[] }) => void): unknown => {
    const copy = JSON.parse(JSON.stringify(leakResponse));
    change(copy);
    return copy;
  };
  it.each([
    ['an undeclared fact', { all: [{ fact: 'nope', operator: 'equal', value: 1 }] }, 'rules[0].conditions'],
    ['an unknown operator', { all: [{ fact: 'makeUp', operator: 'eval', value: 1 }] }, 'rules[0].conditions.all[0].operator'],
    ['an empty any', { any: [] }, 'rules[0].conditions.any'],
  ])('with %s is refused with its place', (_name, conditions, path) => {
    const rule = broken(({ rules }) => {
      const [first] = rules;
      if (first) first.conditions = conditions;
    });
    expect(() => parseDecision(rule)).toThrow(expect.objectContaining({ code: 'RULE_INVALID', place: { path } }));
  });
});

describe('the runner', () => {
  it('ends a question that takes too long and answers the next', async () => {
    const runner = new DecisionRunner({ timers, limit: 200 });
    open.push(async () => runner.close());
    const event = { type: 'hit' };
    // The operators of the library cannot loop, but over a long list they take long.
    const long = Array.from({ length: 3000 }, (_, index) => ({
      conditions: { all: [{ fact: 'list', operator: 'contains', value: -index - 1 }] },
      event,
    }));
    const list = Array.from({ length: 2_000_000 }, (_, index) => index + 0.5);
    await expect(runner.run(long, { list })).rejects.toMatchObject({ code: 'DECISION_TIMEOUT' });
    expect(await runner.run([{ conditions: { all: [{ fact: 'a', operator: 'equal', value: 1 }] }, event }], { a: 1 })).toEqual([
      { type: 'hit', params: {} },
    ]);
  });
});
