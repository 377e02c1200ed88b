import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldOf, ofSummary, parseAggregate, unitOf } from './aggregate.ts';
import { counterDelta, type CounterRules } from './counter.ts';
import { indexAt, usable, type BucketValue, type Fold } from './fold.ts';
import { timeBeyond, timeMean } from './hold.ts';
import { percentile, percentileOf } from './percentile.ts';

type Row = readonly [at: number, value: number | null, uncertain?: boolean];
const run = (fold: Fold, rows: readonly Row[]): readonly BucketValue[] => {
  for (const [at, value, uncertain = false] of rows) fold.push(at, value, uncertain);
  return fold.end();
};
const good = (value: number): BucketValue => ({ value, quality: 'good' });
const doubtful = (value: number): BucketValue => ({ value, quality: 'uncertain' });
const GAP = { value: null, quality: 'bad' };
const edges = [0, 100, 200, 300];
const held = { edges, hold: 60, until: 1000 };

describe('the time-weighted mean', () => {
  it('weighs each value by the time it was held, over the edge too', () => {
    const rows: Row[] = [
      [-10, 4],
      [30, 8],
      [80, 8],
      [130, 2],
      [180, 2],
      [230, 2],
      [280, 2],
    ];
    expect(run(timeMean(held), rows)).toEqual([good((30 * 4 + 70 * 8) / 100), good((30 * 8 + 70 * 2) / 100), good(2)]);
  });
  it('holds at most so long, then there is a gap without weight', () => {
    expect(
      run(timeMean(held), [
        [0, 5],
        [210, 7],
      ]),
    ).toEqual([good(5), GAP, good(7)]);
    expect(
      run(timeMean(held), [
        [0, 5],
        [260, 7],
      ]),
    ).toEqual([good(5), GAP, doubtful(7)]);
  });
  it('is ended by a bad sample at once, which makes the bucket uncertain', () => {
    expect(
      run(timeMean(held), [
        [0, 5],
        [50, null],
        [60, 9],
      ]),
    ).toEqual([doubtful((50 * 5 + 40 * 9) / 90), doubtful(9), GAP]);
  });
  it('holds nothing beyond now', () => {
    expect(run(timeMean({ ...held, until: 20 }), [[0, 5]])).toEqual([good(5), GAP, GAP]);
  });
  it('of a constant is the constant, wherever the gaps are, and never leaves the values', () => {
    const rows = fc.uniqueArray(fc.tuple(fc.integer({ min: -50, max: 350 }), fc.option(fc.integer({ min: -20, max: 20 }))), {
      selector: ([at]) => at,
    });
    fc.assert(
      fc.property(rows, fc.double({ noNaN: true, min: -1e6, max: 1e6 }), (list, constant) => {
        const sorted = list.toSorted(([a], [b]) => a - b);
        for (const { value } of run(
          timeMean(held),
          sorted.map(([at, v]): Row => [at, v === null ? null : constant]),
        ))
          expect(value === null || value === constant).toBe(true);
        const values = sorted.flatMap(([, v]) => v ?? []);
        for (const { value } of run(timeMean(held), sorted)) {
          if (value === null) continue;
          expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        }
      }),
    );
  });
});

describe('time above and below a limit', () => {
  const seconds = { edges: edges.map((at) => at * 1000), hold: 60_000, until: 1e9 };
  const rows: Row[] = [
    [0, 5],
    [50_000, 10],
    [90_000, 11],
    [150_000, 9],
    [180_000, null],
  ];
  it('counts the held time strictly beyond it, in seconds', () => {
    expect(run(timeBeyond(seconds, 'above', 10), rows)).toEqual([good(10), doubtful(50), GAP]);
    expect(run(timeBeyond(seconds, 'below', 10), rows)).toEqual([good(50), doubtful(30), GAP]);
  });
  it('above, below and equal together are the covered time', () => {
    const list = fc.array(fc.tuple(fc.integer({ min: 1, max: 90_000 }), fc.option(fc.integer({ min: 0, max: 3 }))));
    fc.assert(
      fc.property(list, (steps) => {
        let at = 0;
        const samples = steps.map(([gap, value]): Row => [(at += gap), value]);
        const sum = (fold: Fold, map = (v: number | null) => v) =>
          run(
            fold,
            samples.map(([when, v]): Row => [when, map(v)]),
          ).reduce((total, { value }) => total + (value ?? 0), 0);
        const equal = sum(timeBeyond(seconds, 'above', 0), (v) => (v === null ? null : v === 1 ? 1 : 0));
        const covered = sum(timeBeyond(seconds, 'above', 0), (v) => (v === null ? null : 1));
        expect(sum(timeBeyond(seconds, 'above', 1)) + sum(timeBeyond(seconds, 'below', 1)) + equal).toBeCloseTo(covered, 6);
      }),
    );
  });
});

describe('percentiles', () => {
  it('are exact, with interpolation', () => {
    expect(percentileOf([1, 2, 3, 4], 50)).toBe(2.5);
    expect(percentileOf([1, 2, 3, 4], 0)).toBe(1);
    expect(percentileOf([1, 2, 3, 4], 100)).toBe(4);
    expect(percentileOf([15, 20, 35, 40, 50], 40)).toBeCloseTo(29);
    expect(percentileOf([], 50)).toBeUndefined();
    const rows: Row[] = [
      [-1, 99],
      [0, 3],
      [10, 1],
      [99, 2],
      [200, 7],
      [250, null],
      [300, 99],
    ];
    expect(run(percentile(edges, 50), rows)).toEqual([good(2), GAP, doubtful(7)]);
  });
  it('rise with p and lie between the extremes', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }), (list, a, b) => {
        const rows = list.map((value, i): Row => [i / list.length, value]);
        const [low] = run(percentile([0, 1], Math.min(a, b)), rows);
        const [high] = run(percentile([0, 1], Math.max(a, b)), rows);
        expect(low?.value).toBeLessThanOrEqual((high?.value ?? Number.NaN) + 1e-6);
        expect(run(percentile([0, 1], 0), rows)[0]?.value).toBeCloseTo(Math.min(...list), 9);
        expect(run(percentile([0, 1], 100), rows)[0]?.value).toBeCloseTo(Math.max(...list), 9);
      }),
    );
  });
});

describe('the delta of a counter', () => {
  const delta = (rows: readonly Row[], rules?: CounterRules) => run(counterDelta(edges, rules), rows);
  it('belongs to the bucket of the later reading; one at the edge ends the bucket before it', () => {
    expect(
      delta([
        [-5, 10],
        [50, 12],
        [100, 15],
        [120, 16],
        [300, 20],
      ]),
    ).toEqual([good(5), good(1), good(4)]);
  });
  it('needs a reading before; without one the bucket is a gap', () => {
    expect(delta([[50, 12]])).toEqual([GAP, GAP, GAP]);
  });
  it('rolls over at the given count', () => {
    expect(
      delta(
        [
          [0, 99_990],
          [50, 5],
        ],
        { rollover: 100_000 },
      ),
    ).toEqual([good(15), GAP, GAP]);
  });
  it('counts a fall that nothing explains from zero, and marks it', () => {
    expect(
      delta([
        [0, 500],
        [50, 3],
      ]),
    ).toEqual([doubtful(3), GAP, GAP]);
    expect(
      delta(
        [
          [0, 500],
          [50, 3],
        ],
        { rollover: 100_000 },
      ),
    ).toEqual([doubtful(3), GAP, GAP]);
  });
  it('counts over exchanges of the meter, each meter for itself', () => {
    const exchanges = [
      { at: -3, before: 1, after: 2 },
      { at: 40, before: 510, after: 1 },
      { at: 45, before: 3, after: 700 },
    ];
    expect(
      delta(
        [
          [0, 500],
          [50, 702],
          [150, 703],
        ],
        { exchanges },
      ),
    ).toEqual([good(10 + 2 + 2), good(1), GAP]);
  });
  it('skips bad readings and marks a difference over too long a time', () => {
    expect(
      delta(
        [
          [0, 1],
          [20, null],
          [50, 4],
        ],
        { apart: 60 },
      ),
    ).toEqual([good(3), GAP, GAP]);
    expect(
      delta(
        [
          [0, 1],
          [250, 4],
        ],
        { apart: 60 },
      ),
    ).toEqual([GAP, GAP, doubtful(3)]);
    expect(
      delta([
        [0, 1],
        [50, 4, true],
      ]),
    ).toEqual([doubtful(3), GAP, GAP]);
  });
  it('in all buckets together is the whole, however it is divided, also round and round', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 400 })));
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 999 }), (list, start) => {
        let [at, count] = [0, start];
        const rows: Row[] = [[0, start]];
        for (const [gap, more] of list) {
          count += more;
          at += gap;
          rows.push([at, count % 1000]);
        }
        const total = (fold: Fold) => run(fold, rows).reduce((sum, one) => sum + (one.value ?? 0), 0);
        const divided = Array.from({ length: Math.ceil((at + 1) / 13) + 1 }, (_, i) => i * 13);
        expect(total(counterDelta([0, at + 1], { rollover: 1000 }))).toBe(count - start);
        expect(total(counterDelta(divided, { rollover: 1000 }))).toBe(count - start);
      }),
    );
  });
});

describe('an aggregate', () => {
  it('is parsed from its name', () => {
    expect(parseAggregate('mean')).toEqual({ kind: 'plain', name: 'mean' });
    expect(parseAggregate('p99.9')).toEqual({ kind: 'percentile', name: 'p99.9', p: 99.9 });
    expect(parseAggregate('above', { limit: 3 })).toEqual({ kind: 'above', name: 'above', limit: 3 });
    for (const name of ['above', 'below', 'p101', 'p', 'p-1', 'average', '']) expect(parseAggregate(name)).toBeUndefined();
  });
  it('has the unit of what it says', () => {
    const unit = (name: string) => unitOf(parseAggregate(name, { limit: 1 }) ?? { kind: 'plain', name: 'mean' }, '°C');
    expect(['mean', 'count', 'above', 'p50'].map(unit)).toEqual(['°C', '', 's', '°C']);
  });
  it('of a summary is a gap without samples, but its count is 0', () => {
    const empty = { n: 0, bad: 0, min: null, max: null, sum: 0, first: null, last: null };
    expect(ofSummary('mean', empty)).toEqual(GAP);
    expect(ofSummary('count', empty)).toEqual(good(0));
    const some = { n: 4, bad: 0, min: -1, max: 5, sum: 8, first: 5, last: -1 };
    expect((['mean', 'min', 'max', 'sum', 'count', 'first', 'last'] as const).map((name) => ofSummary(name, some).value)).toEqual([
      2, -1, 5, 8, 4, 5, -1,
    ]);
    expect(ofSummary('max', { ...some, bad: 1 })).toEqual(doubtful(5));
  });
  it('that needs the order holds three times the cadence', () => {
    const fold = foldOf({ kind: 'timeMean', name: 'timeMean' }, [0, 100_000], { every: 10, now: 1e9 });
    expect(
      run(fold, [
        [0, 1],
        [70_000, 3],
      ]),
    ).toEqual([good(2)]);
  });
  it('uses states as 0 and 1, and neither texts nor bad values', () => {
    expect([usable(true, 'good'), usable(2, 'uncertain'), usable(2, 'bad'), usable('on', 'good'), usable(null, 'bad')]).toEqual([
      1,
      2,
      null,
      null,
      null,
    ]);
  });
  it('as of a time is the last sample at or before it', () => {
    expect([0, 1, 3, 4, 9].map((at) => indexAt([1, 3, 5], at))).toEqual([-1, 0, 1, 1, 2]);
  });
});
