import type { Value } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import type { BucketSummary, Series } from '../../services.ts';

/** A number that statistics use: booleans are 0 and 1; texts and numbers that are not finite have none. */
const usable = (value: Value): number | undefined =>
  typeof value === 'boolean' ? Number(value) : typeof value === 'number' && Number.isFinite(value) ? value : undefined;

const EMPTY: BucketSummary = { n: 0, bad: 0, min: null, max: null, sum: 0, first: null, firstAt: 0, last: null, lastAt: 0 };

/** One summary for each bucket [edges[i], edges[i + 1]) of an ascending series. */
export function summariseSeries(series: Series, edges: readonly Millis[]): BucketSummary[] {
  const buckets = edges.slice(1).map(() => ({ ...EMPTY }));
  let bucket = 0;
  series.at.forEach((at, i) => {
    while (bucket < buckets.length && at >= (edges[bucket + 1] ?? 0)) bucket += 1;
    const before = buckets[bucket];
    if (before && at >= (edges[bucket] ?? 0)) buckets[bucket] = added(before, at, series.value[i] ?? null, series.quality[i] === 'bad');
  });
  return buckets;
}

function added(before: BucketSummary, at: Millis, value: Value, bad: boolean): BucketSummary {
  const number = bad ? undefined : usable(value);
  if (number === undefined) return { ...before, bad: before.bad + (typeof value === 'string' && !bad ? 0 : 1) };
  return {
    n: before.n + 1,
    bad: before.bad,
    min: Math.min(before.min ?? number, number),
    max: Math.max(before.max ?? number, number),
    sum: before.sum + number,
    first: before.first ?? number,
    firstAt: before.n === 0 ? at : before.firstAt,
    last: number,
    lastAt: at,
  };
}
