import * as fc from 'fast-check';
import { Engine } from 'json-rules-engine';
import { describe, expect, it } from 'vitest';
import { evaluateFacts } from '#domain/alarm/condition.ts';
import { parseEvaluateCase } from '#domain/alarm/case.ts';
import type { Condition, Leaf } from '#domain/alarm/definition.ts';

/** Well-typed facts: each name has one type, so that every leaf compares like with like. */
const NUMBERS = ['n1', 'n2'];
const TEXTS = ['s1', 's2'];
const FLAGS = ['b1'];
const LISTS = ['l1'];
const num = fc.integer({ min: -3, max: 3 });
const word = fc.constantFrom('a', 'b', 'c');
const facts = fc.record({
  n1: num,
  n2: num,
  s1: word,
  s2: word,
  b1: fc.boolean(),
  l1: fc.array(num, { maxLength: 4 }),
  o1: fc.record({ a: fc.record({ b: fc.tuple(num, num) }), 'x-1': num }),
});
const numeric = ['lessThan', 'lessThanInclusive', 'greaterThan', 'greaterThanInclusive', 'equal', 'notEqual'] as const;
const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record({ fact: fc.constantFrom(...NUMBERS), operator: fc.constantFrom(...numeric), value: num }),
  fc.record({
    fact: fc.constantFrom(...NUMBERS),
    operator: fc.constantFrom(...numeric),
    value: fc.record({ fact: fc.constantFrom(...NUMBERS) }),
  }),
  fc.record({
    fact: fc.constant('o1'),
    operator: fc.constantFrom(...numeric),
    value: num,
    path: fc.constantFrom('$.a.b[0]', '$.a.b[1]', '$.x-1'),
  }),
  fc.record({ fact: fc.constantFrom(...TEXTS), operator: fc.constantFrom('equal' as const, 'notEqual' as const), value: word }),
  fc.record({ fact: fc.constantFrom(...FLAGS), operator: fc.constantFrom('equal' as const, 'notEqual' as const), value: fc.boolean() }),
  fc.record({
    fact: fc.constantFrom(...NUMBERS),
    operator: fc.constantFrom('in' as const, 'notIn' as const),
    value: fc.array(num, { maxLength: 3 }),
  }),
  fc.record({ fact: fc.constantFrom(...LISTS), operator: fc.constantFrom('contains' as const, 'doesNotContain' as const), value: num }),
);
const tree: fc.Arbitrary<Condition> = fc.letrec<{ node: Condition; branch: Condition }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    tie('branch'),
    fc.constantFrom({ condition: 'first' }, { condition: 'second' }),
  ),
  branch: fc.oneof(
    fc.record({ all: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('node') }),
  ),
})).branch;
const simple = fc.oneof(fc.record({ all: fc.array(leaf, { minLength: 1, maxLength: 3 }) }), fc.record({ not: leaf }));

async function library(conditions: unknown, named: Readonly<Record<string, unknown>>, row: Record<string, unknown>): Promise<boolean> {
  const engine = new Engine();
  for (const [name, condition] of Object.entries(named)) engine.setCondition(name, JSON.parse(JSON.stringify(condition)));
  engine.addRule({ conditions: JSON.parse(JSON.stringify(conditions)), event: { type: 'hit' } });
  const { events } = await engine.run(row);
  return events.length > 0;
}

describe('conditions', () => {
  it('answer as json-rules-engine does, on well-typed facts', async () => {
    await fc.assert(
      fc.asyncProperty(tree, simple, simple, facts, async (conditions, first, second, row) => {
        const named = { first, second };
        const input = parseEvaluateCase(JSON.parse(JSON.stringify({ conditions, named, facts: [row] })));
        expect(evaluateFacts(input.conditions, input.named, input.facts)).toEqual([await library(conditions, named, row)]);
      }),
      { numRuns: 1500 },
    );
  });
});

const evaluate = (conditions: unknown, ...rows: readonly unknown[]): (boolean | null)[] => {
  const input = parseEvaluateCase(JSON.parse(JSON.stringify({ conditions, facts: rows })));
  return evaluateFacts(input.conditions, input.named, input.facts);
};
const is = (operator: string, value: unknown): unknown => ({ all: [{ fact: 'x', operator, value }] });

describe('three values', () => {
  it.each([
    [
      'ordering needs two finite numbers',
      is('lessThan', 5),
      [{ x: 3 }, { x: '3' }, { x: null }, {}, { x: true }, { x: [3] }],
      [true, null, null, null, null, null],
    ],
    ['a constant of a wrong type is unknown too', is('lessThan', '5'), [{ x: 3 }], [null]],
    ['equal needs two of one type', is('equal', 1), [{ x: 1 }, { x: '1' }, { x: true }, { x: 2 }], [true, null, null, false]],
    ['notEqual as well', is('notEqual', 'a'), [{ x: 'b' }, { x: 1 }, { x: null }], [true, null, null]],
    [
      'in needs an array of the type of the scalar',
      is('in', [1, 2]),
      [{ x: 1 }, { x: 3 }, { x: '1' }, { x: [1] }],
      [true, false, null, null],
    ],
    ['a mixed array is of no type', is('in', [1, 'a']), [{ x: 1 }], [null]],
    ['notIn of nothing is true', is('notIn', []), [{ x: 1 }], [true]],
    ['contains needs an array', is('contains', 1), [{ x: [1] }, { x: [2] }, { x: 'a1' }, { x: ['1'] }], [true, false, null, null]],
    ['null is missing, as a constant too', is('equal', null), [{ x: null }], [null]],
  ])('%s', (_name, conditions, rows, answers) => {
    expect(evaluate(conditions, ...rows)).toEqual(answers);
  });
  it('all, any and not follow Kleene', () => {
    const [yes, no, unknown] = [1, 2, 3].map((n) => ({ fact: `f${n}`, operator: 'equal', value: 1 }));
    const row = { f1: 1, f2: 2 };
    expect(evaluate({ all: [yes, unknown] }, row)).toEqual([null]);
    expect(evaluate({ all: [unknown, no] }, row)).toEqual([false]);
    expect(evaluate({ any: [no, unknown] }, row)).toEqual([null]);
    expect(evaluate({ any: [unknown, yes] }, row)).toEqual([true]);
    expect(evaluate({ not: unknown }, row)).toEqual([null]);
    expect(evaluate({ not: { any: [no] } }, row)).toEqual([true]);
  });
  it('a path that leads nowhere is unknown; names of the prototype are ordinary names', () => {
    const at = (path: string): unknown => ({ all: [{ fact: 'x', path, operator: 'equal', value: 1 }] });
    expect(evaluate(at('$.a.b[0]'), { x: { a: { b: [1] } } }, { x: { a: 1 } }, { x: 1 })).toEqual([true, null, null]);
    expect(evaluate(at('$.constructor'), { x: {} })).toEqual([null]);
    expect(evaluate(at('$.__proto__'), { x: {} })).toEqual([null]);
    expect(evaluate({ all: [{ fact: '__proto__', operator: 'equal', value: 1 }] }, {})).toEqual([null]);
    expect(evaluate({ all: [{ fact: 'toString', operator: 'equal', value: 1 }] }, {})).toEqual([null]);
    const own = parseEvaluateCase(
      JSON.parse('{"conditions":{"all":[{"fact":"__proto__","operator":"equal","value":1}]},"facts":[{"__proto__":1}]}'),
    );
    expect(evaluateFacts(own.conditions, own.named, own.facts)).toEqual([true]);
  });
});
