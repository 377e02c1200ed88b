import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Quality, Value } from '#domain/sample.ts';
import type { BucketSummary } from '../../services.ts';
import { DAY_MILLIS, dayOf, dayStart, HOUR_MILLIS } from './calendar.ts';
import { columnsOf } from './columns.ts';
import { edgesOf } from './month-file.ts';
import { Buckets, summaryAt } from './summary.ts';
import { literal, type Plain } from './summary-model.ts';
import { decodeSummaries, encodeSummaries } from './summary-codec.ts';

const DAY = dayOf(Date.UTC(2026, 0, 10));
const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -5000, max: 5000 }).map((n) => n / 10) },
  fc.boolean(),
  fc.constant(null),
  fc.constant('自动'),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0.1 + 0.2, -0),
);
const samples = fc
  .array(
    fc.record({ second: fc.nat(DAY_MILLIS / 1000 - 1), value, quality: fc.constantFrom<Quality>('good', 'good', 'uncertain', 'bad') }),
    {
      maxLength: 80,
    },
  )
  .map((list): Plain[] => {
    const unique = new Map(list.map((one) => [one.second, one]));
    return [...unique.values()]
      .sort((a, b) => a.second - b.second)
      .map((one) => ({ at: dayStart(DAY) + one.second * 1000, value: one.value, quality: one.quality }));
  });

/** 0 and -0 are the same number: which of them is the smallest nobody says. */
const plain = (summary: BucketSummary): BucketSummary => {
  const zero = (value: number | null): number | null => (value === 0 ? 0 : value);
  const { min, max, first, last } = summary;
  return { ...summary, min: zero(min), max: zero(max), first: zero(first), last: zero(last) };
};
const near = (summary: BucketSummary): object => ({ ...plain(summary), sum: expect.closeTo(summary.sum, 6) });

describe('summaries', () => {
  it.each([HOUR_MILLIS, 600_000, DAY_MILLIS])('are those of a literal model, in buckets of %i ms, also after storing them', (width) => {
    fc.assert(
      fc.property(samples, (list) => {
        const edges = edgesOf(DAY, width);
        const buckets = new Buckets(edges);
        const half = Math.floor(list.length / 2);
        for (const part of [list.slice(0, half), list.slice(half)]) buckets.add(columnsOf(part));
        const back = decodeSummaries(encodeSummaries(buckets.table, dayStart(DAY), width), dayStart(DAY), width, edges.length - 1);
        edges.slice(1).forEach((to, i) => {
          const expected = literal(list, edges[i] ?? 0, to);
          expect(plain(summaryAt(buckets.table, i))).toEqual(near(expected));
          expect(plain(summaryAt(back, i))).toEqual(near(expected));
        });
      }),
      { numRuns: 40 },
    );
  });

  it('of the parts of a day are those of the day', () => {
    fc.assert(
      fc.property(samples, (list) => {
        const parts = new Buckets(edgesOf(DAY, HOUR_MILLIS));
        parts.add(columnsOf(list));
        const whole = new Buckets(edgesOf(DAY, DAY_MILLIS));
        for (let i = 0; i < 24; i += 1) whole.merge(0, parts.table, i);
        expect(plain(summaryAt(whole.table, 0))).toEqual(near(literal(list, dayStart(DAY), dayStart(DAY + 1))));
      }),
    );
  });

  it('of the hours of a regular day take little room', () => {
    let walk = 450;
    const list = Array.from({ length: 2880 }, (_, i) => ({
      at: dayStart(DAY) + i * 30_000,
      value: (walk += ((i * 7919) % 5) - 2) / 10,
      quality: 'good' as const,
    }));
    const buckets = new Buckets(edgesOf(DAY, HOUR_MILLIS));
    buckets.add(columnsOf(list));
    expect(encodeSummaries(buckets.table, dayStart(DAY), HOUR_MILLIS).length).toBeLessThan(200);
  });
});
