import type { Quality, Value } from '../sample.ts';
import type { Millis } from '../time.ts';

/** An aggregate of one bucket. Null with quality bad is a gap; `uncertain` says that something in the bucket was doubtful. */
export interface BucketValue {
  readonly value: number | null;
  readonly quality: Quality;
}

/** Takes the samples of one tag in order of time and gives one value for each bucket. A null value is a sample that must not be used. */
export interface Fold {
  push(at: Millis, value: number | null, uncertain: boolean): void;
  end(): readonly BucketValue[];
}

export const GAP: BucketValue = { value: null, quality: 'bad' };

/** What an aggregate may use of a sample: a number, a state as 0 or 1, nothing of a bad one or a text. */
export function usable(value: Value, quality: Quality): number | null {
  if (quality === 'bad') return null;
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Index of the last time at or before `at`, -1 if there is none. */
export function indexAt(times: readonly Millis[], at: Millis): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
