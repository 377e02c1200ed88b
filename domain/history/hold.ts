import type { Millis } from '../time.ts';
import { GAP, type BucketValue, type Fold } from './fold.ts';

/** A value is held for so many times the cadence of its tag, then there is a gap. */
export const HOLD_TIMES = 3;

export interface Holding {
  readonly edges: readonly Millis[];
  /** Longest time that a value stands for, ms: HOLD_TIMES x the tag's cadence. */
  readonly hold: number;
  /** Nothing is held beyond this moment (now). */
  readonly until: Millis;
}

interface Held {
  covered: number;
  weighted: number;
  doubtful: boolean;
}

/**
 * The rule of held values: a good or uncertain sample stands until the next sample, at most `hold`; a bad sample ends it at once and
 * begins a gap. Gaps carry no weight. A bucket is uncertain if a sample in it was, if it holds a gap that a bad sample began, or if
 * less than half of it is covered.
 */
function holding({ edges, hold, until }: Holding, weigh: (value: number, ms: number) => number): Pick<Fold, 'push'> & { end(): Held[] } {
  const buckets = edges.slice(1).map((): Held => ({ covered: 0, weighted: 0, doubtful: false }));
  const stop = Math.min(until, edges.at(-1) ?? until);
  let bucket = 0;
  let last: { readonly at: Millis; readonly value: number | null; readonly uncertain: boolean } | undefined;
  const spread = (to: Millis): void => {
    if (!last) return;
    const end = Math.min(to, stop);
    let start = Math.max(last.at, edges[0] ?? last.at);
    while (start < end) {
      while (start >= (edges[bucket + 1] ?? Number.POSITIVE_INFINITY)) bucket += 1;
      const here = buckets[bucket];
      if (!here) return;
      const next = Math.min(end, edges[bucket + 1] ?? end);
      if (last.value === null || last.uncertain) here.doubtful = true;
      if (last.value !== null) {
        here.covered += next - start;
        here.weighted += weigh(last.value, next - start);
      }
      start = next;
    }
  };
  return {
    push(at, value, uncertain) {
      if (last) spread(Math.min(at, last.at + hold));
      last = { at, value, uncertain };
    },
    end() {
      if (last) spread(last.at + hold);
      return buckets;
    },
  };
}

function finished(held: readonly Held[], { edges, until }: Holding, value: (one: Held) => number): BucketValue[] {
  return held.map((one, i): BucketValue => {
    if (one.covered === 0) return GAP;
    const length = Math.min(edges[i + 1] ?? until, until) - (edges[i] ?? 0);
    return { value: value(one), quality: one.doubtful || one.covered * 2 < length ? 'uncertain' : 'good' };
  });
}

/** Mean weighted by the time that each value was held; in the tag's unit. */
export function timeMean(options: Holding): Fold {
  // Weights of single pieces are rounded once each; against an offset they are small numbers and nothing is lost.
  let offset: number | undefined;
  const held = holding(options, (value, ms) => {
    offset ??= value;
    return (value - offset) * ms;
  });
  return {
    push: held.push,
    end: () => finished(held.end(), options, (one) => (offset ?? 0) + one.weighted / one.covered),
  };
}

/** Time in which the held value was strictly above (or below) a limit, seconds. */
export function timeBeyond(options: Holding, side: 'above' | 'below', limit: number): Fold {
  const held = holding(options, (value, ms) => ((side === 'above' ? value > limit : value < limit) ? ms : 0));
  return { push: held.push, end: () => finished(held.end(), options, (one) => one.weighted / 1000) };
}
