import type { Millis } from '../time.ts';
import { counterDelta, type CounterRules } from './counter.ts';
import { GAP, type BucketValue, type Fold } from './fold.ts';
import { HOLD_TIMES, timeBeyond, timeMean } from './hold.ts';
import { percentile } from './percentile.ts';

/** Aggregates that need no order of samples. */
const PLAIN = ['mean', 'min', 'max', 'sum', 'count', 'first', 'last'] as const;
export type Plain = (typeof PLAIN)[number];

/** An aggregate as it was asked for. `above` and `below` take a limit, `delta` the rules of its counter. */
export type Aggregate =
  | { readonly kind: 'plain'; readonly name: Plain }
  | { readonly kind: 'timeMean'; readonly name: string }
  | { readonly kind: 'above' | 'below'; readonly name: string; readonly limit: number }
  | { readonly kind: 'percentile'; readonly name: string; readonly p: number }
  | { readonly kind: 'delta'; readonly name: string; readonly rules: CounterRules };

const isPlain = (name: string): name is Plain => PLAIN.some((one) => one === name);

/**
 * `mean`, `min`, `max`, `sum`, `count`, `first`, `last`, `timeMean`, `above`, `below`, `delta`, `p0` to `p100` (`p99.9`).
 * Undefined if it is none of them, or one that needs a limit and has none.
 */
export function parseAggregate(name: string, more: { readonly limit?: number; readonly rules?: CounterRules } = {}): Aggregate | undefined {
  if (isPlain(name)) return { kind: 'plain', name };
  if (name === 'timeMean') return { kind: 'timeMean', name };
  if (name === 'delta') return { kind: 'delta', name, rules: more.rules ?? {} };
  if (name === 'above' || name === 'below') return more.limit === undefined ? undefined : { kind: name, name, limit: more.limit };
  const p = Number(/^p(\d{1,3}(?:\.\d{1,3})?)$/.exec(name)?.[1] ?? Number.NaN);
  return p >= 0 && p <= 100 ? { kind: 'percentile', name, p } : undefined;
}

/** Unit of an aggregate of a tag with this unit. */
export function unitOf(aggregate: Aggregate, unit: string): string {
  if (aggregate.kind === 'above' || aggregate.kind === 'below') return 's';
  return aggregate.kind === 'plain' && aggregate.name === 'count' ? '' : unit;
}

/** Statistics of a bucket that the history keeps; bad samples count only in `bad`. */
interface Summary {
  readonly n: number;
  readonly bad: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number;
  readonly first: number | null;
  readonly last: number | null;
}

/** A plain aggregate of one bucket: without a usable sample a gap (a count is 0), with bad ones among them uncertain. */
export function ofSummary(name: Plain, summary: Summary): BucketValue {
  const quality = summary.bad > 0 ? 'uncertain' : 'good';
  if (name === 'count') return { value: summary.n, quality };
  if (summary.n === 0) return GAP;
  return { value: name === 'mean' ? summary.sum / summary.n : summary[name], quality };
}

/** The fold of an aggregate that needs the order of samples. `every` is the tag's cadence, seconds. */
export function foldOf(
  aggregate: Exclude<Aggregate, { readonly kind: 'plain' }>,
  edges: readonly Millis[],
  tag: { readonly every: number; readonly now: Millis },
): Fold {
  const hold = HOLD_TIMES * tag.every * 1000;
  const holding = { edges, hold, until: tag.now };
  if (aggregate.kind === 'timeMean') return timeMean(holding);
  if (aggregate.kind === 'percentile') return percentile(edges, aggregate.p);
  if (aggregate.kind === 'delta') return counterDelta(edges, { apart: hold, ...aggregate.rules });
  return timeBeyond(holding, aggregate.kind, aggregate.limit);
}
