import type { Millis } from '../time.ts';
import { GAP, type BucketValue, type Fold } from './fold.ts';

/** Percentile p (0 to 100) of sorted numbers, exact, with linear interpolation between ranks (as PERCENTILE.INC of spreadsheets). */
export function percentileOf(sorted: ArrayLike<number>, p: number): number | undefined {
  if (sorted.length === 0) return undefined;
  const rank = ((sorted.length - 1) * p) / 100;
  const low = Math.floor(rank);
  const from = sorted[low] ?? 0;
  const to = sorted[Math.min(low + 1, sorted.length - 1)] ?? from;
  return from + (to - from) * (rank - low);
}

/** Percentile of the samples of each bucket; every value is kept until its bucket ends. */
export function percentile(edges: readonly Millis[], p: number): Fold {
  const results: BucketValue[] = edges.slice(1).map(() => GAP);
  let bucket = 0;
  let values: number[] = [];
  let doubtful = false;
  const close = (): void => {
    const value = percentileOf(Float64Array.from(values).sort(), p);
    if (value !== undefined) results[bucket] = { value, quality: doubtful ? 'uncertain' : 'good' };
    values = [];
    doubtful = false;
  };
  return {
    push(at, value, uncertain) {
      if (at < (edges[0] ?? at)) return;
      while (bucket < results.length && at >= (edges[bucket + 1] ?? Number.POSITIVE_INFINITY)) {
        close();
        bucket += 1;
      }
      if (bucket >= results.length) return;
      if (value === null || uncertain) doubtful = true;
      if (value !== null) values.push(value);
    },
    end() {
      if (bucket < results.length) close();
      return results;
    },
  };
}
