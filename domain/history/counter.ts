import type { Millis } from '../time.ts';
import type { BucketValue, Fold } from './fold.ts';
import { GAP } from './fold.ts';

/** 换表: the meter was replaced; the old one showed `before`, the new one began at `after`. */
export interface Exchange {
  readonly at: Millis;
  readonly before: number;
  readonly after: number;
}

export interface CounterRules {
  /** The count at which the counter begins at zero again (100000 for five digits); none = it never does. */
  readonly rollover?: number;
  /** In order of time. */
  readonly exchanges?: readonly Exchange[];
  /** Readings further apart than this make their difference uncertain: nobody knows when it came, ms. */
  readonly apart?: number;
}

interface Rise {
  readonly amount: number;
  /** The counter fell and nothing explains it. */
  readonly unexplained: boolean;
}

/** How much one counter went up between two readings; a fall that no roll-over explains counts from zero and is marked. */
function rise(from: number, to: number, rollover: number | undefined): Rise {
  if (to >= from) return { amount: to - from, unexplained: false };
  const around = rollover === undefined ? Number.POSITIVE_INFINITY : rollover - from + to;
  // More than half a turn at once is a reset rather than a roll-over.
  if (rollover !== undefined && around >= 0 && around <= rollover / 2) return { amount: around, unexplained: false };
  return { amount: Math.max(0, to), unexplained: true };
}

/** The same over the exchanges that lie between: each meter counts for itself. */
function riseOver(from: number, to: number, exchanges: readonly Exchange[], rollover: number | undefined): Rise {
  let [amount, unexplained, start] = [0, false, from];
  for (const step of [...exchanges, { before: to, after: to }]) {
    const one = rise(start, step.before, rollover);
    amount += one.amount;
    unexplained ||= one.unexplained;
    start = step.after;
  }
  return { amount, unexplained };
}

/**
 * Consumption by a counter, in its unit. What was counted between two readings belongs to the bucket in which the later one lies; a
 * reading exactly at an edge ends the bucket before it, so that hourly readings give hourly consumption. The reading before the first
 * edge has to be pushed too. Bad samples are skipped: the counter itself remembers.
 */
export function counterDelta(edges: readonly Millis[], rules: CounterRules = {}): Fold {
  const amounts = edges
    .slice(1)
    .map((): { value: number; read: boolean; doubtful: boolean } => ({ value: 0, read: false, doubtful: false }));
  const exchanges = rules.exchanges ?? [];
  let bucket = 0;
  let change = 0;
  let last: { readonly at: Millis; readonly value: number; readonly uncertain: boolean } | undefined;
  return {
    push(at, value, uncertain) {
      if (value === null) return;
      const between: Exchange[] = [];
      for (let next = exchanges[change]; next && next.at <= at; next = exchanges[change]) {
        if (last && next.at > last.at) between.push(next);
        change += 1;
      }
      while (at > (edges[bucket + 1] ?? Number.POSITIVE_INFINITY)) bucket += 1;
      const here = amounts[bucket];
      if (here && last && at > (edges[0] ?? at)) {
        const { amount, unexplained } = riseOver(last.value, value, between, rules.rollover);
        here.value += amount;
        here.read = true;
        here.doubtful ||= unexplained || uncertain || last.uncertain || at - last.at > (rules.apart ?? Number.POSITIVE_INFINITY);
      }
      last = { at, value, uncertain };
    },
    end: () => amounts.map(({ value, read, doubtful }): BucketValue => (read ? { value, quality: doubtful ? 'uncertain' : 'good' } : GAP)),
  };
}
