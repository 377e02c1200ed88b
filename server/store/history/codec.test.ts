import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Quality, Value } from '#domain/sample.ts';
import { chunkColumns, decodeDay, decodeTimes, encodeChunk, encodeDay, encodeTimes } from './codec.ts';
import { columnsOf, Growing, seriesOf, type Columns } from './columns.ts';
import { reduce } from './reduce.ts';

const quality = fc.constantFrom<Quality>('good', 'uncertain', 'bad');
const times = (n: number): fc.Arbitrary<number[]> =>
  fc.oneof(
    fc.uniqueArray(fc.nat(4_000_000_000_000), { minLength: n, maxLength: n }).map((t) => t.sort((a, b) => a - b)),
    fc
      .tuple(fc.nat(1_800_000_000_000), fc.constantFrom(1, 7, 1000, 10_000, 60_000))
      .map(([t0, step]) => Array.from({ length: n }, (_, i) => t0 + i * step)),
  );
const decimal = fc.tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.nat(6)).map(([i, d]) => i / 10 ** d);
const kinds: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  decimals: decimal,
  'any double with NaN, infinities and negative zero': fc.double(),
  '32-bit floats with NaN, infinities and negative zero': fc.float(),
  '32-bit floats of a measurement': fc.float({ min: 40, max: 60, noNaN: true }),
  integers: fc.maxSafeInteger(),
  'counters near the limit': fc.integer({ min: 0, max: 1000 }).map((n) => 2 ** 50 - n),
  booleans: fc.boolean(),
  texts: fc.oneof(fc.string(), fc.constantFrom('自动', '手动')),
  mixture: fc.oneof(decimal, fc.boolean(), fc.string(), fc.constant(-0), fc.constant(Number.NaN)),
};
interface Lists {
  readonly at: number[];
  readonly value: Value[];
  readonly quality: Quality[];
}
const toColumns = ({ at, value, quality }: Lists): Columns =>
  columnsOf(at.map((t, i) => ({ at: t, value: value[i] ?? null, quality: quality[i] ?? 'bad' })));
const toLists = (columns: Columns): Lists => {
  const { at, value, quality } = seriesOf('', columns);
  return { at: [...at], value: [...value], quality: [...quality] };
};
const series = (value: fc.Arbitrary<Value>): fc.Arbitrary<Lists> =>
  fc.integer({ min: 1, max: 300 }).chain((n) =>
    fc.record(
      {
        at: times(n),
        value: fc.array(fc.oneof({ weight: 9, arbitrary: value }, fc.constant(null)), { minLength: n, maxLength: n }),
        quality: fc.oneof(fc.array(quality, { minLength: n, maxLength: n }), fc.constant(Array.from({ length: n }, (): Quality => 'good'))),
      },
      { noNullPrototype: true },
    ),
  );

const regular = (values: readonly number[]): Columns =>
  columnsOf(values.map((value, i) => ({ at: 1_768_068_000_000 + i * 10_000, value, quality: 'good' as const })));

describe('chunk codec', () => {
  it.each(Object.keys(kinds))('gives back every value, time and quality: %s', (kind) => {
    fc.assert(
      fc.property(series(kinds[kind] ?? fc.constant(null)), (columns) => {
        // toStrictEqual tells 0 from -0.
        expect(toLists(chunkColumns(encodeChunk(toColumns(columns))))).toStrictEqual(columns);
      }),
      { numRuns: 40 },
    );
  });

  it.each(Object.keys(kinds))('gives back the days of a tag one after the other, the times apart: %s', (kind) => {
    fc.assert(
      fc.property(fc.array(series(kinds[kind] ?? fc.constant(null)), { minLength: 1, maxLength: 3 }), (days) => {
        const into = new Growing(0);
        for (const day of days.map(toColumns)) decodeDay(encodeDay(day), decodeTimes(encodeTimes(day)), into);
        const all = { at: days.flatMap((d) => d.at), value: days.flatMap((d) => d.value), quality: days.flatMap((d) => d.quality) };
        expect(toLists(into.view())).toStrictEqual(all);
      }),
      { numRuns: 15 },
    );
  });

  it('stores a temperature of a regular cycle in less than a byte a sample', () => {
    let value = 450;
    const walk = Array.from({ length: 240 }, (_, i) => (value += ((i * 7919) % 3) - 1) / 10);
    const bytes = encodeChunk(regular(walk));
    expect(bytes.length).toBeLessThan(240 * 0.6);
  });

  it('stores a 32-bit float of a noisy measurement in less than two thirds of its size', () => {
    const noisy = Array.from({ length: 240 }, (_, i) => Math.fround(104 + Math.sin(i / 40) + (((i * 7919) % 100) - 50) / 1000));
    const bytes = encodeChunk(regular(noisy));
    expect(bytes.length).toBeLessThan(240 * 2.5);
  });

  it('refuses bytes that are no chunk', () => {
    expect(() => chunkColumns(new Uint8Array([9, 1, 1]))).toThrow('version 9');
    const good = encodeChunk(toColumns({ at: [1, 2], value: [1.5, 2], quality: ['good', 'bad'] }));
    expect(() => chunkColumns(good.subarray(0, good.length - 1))).toThrow('too early');
  });
});

describe('reduction to pixels', () => {
  it('keeps the smallest, the largest and the gaps, within the number of points', () => {
    fc.assert(
      fc.property(series(fc.oneof(decimal, fc.boolean())), fc.integer({ min: 3, max: 100 }), (columns, points) => {
        const from = columns.at[0] ?? 0;
        const to = (columns.at.at(-1) ?? 0) + 1;
        const reduced = toLists(reduce(toColumns(columns), from, to, points));
        expect(reduced.at.length).toBeLessThanOrEqual(points);
        expect(reduced.at).toEqual([...new Set(reduced.at)].sort((a, b) => a - b));
        const used = (c: Lists): number[] => c.value.flatMap((v, i) => (c.quality[i] !== 'bad' && v !== null ? [Number(v)] : []));
        expect(Math.min(...used(reduced))).toBe(Math.min(...used(columns)));
        expect(Math.max(...used(reduced))).toBe(Math.max(...used(columns)));
        const gaps = (c: Lists): boolean => c.value.some((v, i) => v === null || c.quality[i] === 'bad');
        expect(gaps(reduced)).toBe(gaps(columns));
        expect(reduced.value.filter((v, i) => v !== null && reduced.quality[i] === 'bad')).toEqual([]);
      }),
    );
  });
});
