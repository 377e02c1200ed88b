import { foldOf, ofSummary, unitOf, type Aggregate } from '#domain/history/aggregate.ts';
import { usable, type BucketValue } from '#domain/history/fold.ts';
import { HOLD_TIMES } from '#domain/history/hold.ts';
import type { Quality, Sample } from '#domain/sample.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { Millis } from '#domain/time.ts';
import type { BucketSummary, History } from '../../services.ts';
import { sampleAsOf } from './as-of.ts';
import type { HistoryPlan } from './plan.ts';

/** One aggregate of one tag: `at` is the begin of each bucket, `until` its end. */
export interface AggregatedSeries {
  readonly tag: string;
  readonly aggregate: string;
  readonly unit: string;
  readonly at: readonly Millis[];
  readonly until: readonly Millis[];
  readonly value: readonly (number | null)[];
  readonly quality: readonly Quality[];
}

interface Reading {
  readonly history: History;
  readonly now: Millis;
  readonly signal: AbortSignal;
}
type Buckets = NonNullable<HistoryPlan['buckets']>;
type Ordered = Exclude<Aggregate, { readonly kind: 'plain' }>;

const HELD: ReadonlySet<string> = new Set(['timeMean', 'above', 'below']);

/** Samples before the range that count in it: what is held over its begin, and the reading of a counter before it. */
async function before(tag: TagDefinition, from: Millis, aggregates: readonly Ordered[], { history, signal }: Reading): Promise<Sample[]> {
  const held = aggregates.some(({ kind }) => HELD.has(kind));
  const start = held ? Math.max(0, from - HOLD_TIMES * tag.every * 1000) : from;
  const [series] = held ? await history.read([tag.id], start, from, { signal }) : [];
  const samples = (series?.at ?? []).map((at, i): Sample => ({
    tag: tag.id,
    at,
    value: series?.value[i] ?? null,
    quality: series?.quality[i] ?? 'bad',
  }));
  if (!aggregates.some(({ kind }) => kind === 'delta')) return samples;
  const last = await sampleAsOf(history, tag, from, { signal, accept: (one) => usable(one.value, one.quality) !== null });
  return last && last.at < start ? [last, ...samples] : samples;
}

/** All ordered aggregates of a tag in one pass over its samples. */
async function inOrder(
  tag: TagDefinition,
  aggregates: readonly Ordered[],
  edges: readonly Millis[],
  reading: Reading,
): Promise<BucketValue[][]> {
  const { history, now, signal } = reading;
  const folds = aggregates.map((aggregate) => foldOf(aggregate, edges, { every: tag.every, now }));
  const push = (at: Millis, value: Sample['value'], quality: Quality): void => {
    for (const fold of folds) fold.push(at, usable(value, quality), quality === 'uncertain');
  };
  const [from = 0] = edges;
  for (const { at, value, quality } of await before(tag, from, aggregates, reading)) push(at, value, quality);
  // A reading of a counter exactly at the last edge ends the last bucket.
  for await (const series of history.scan(tag.id, from, (edges.at(-1) ?? from) + 1, { signal }))
    for (const [i, at] of series.at.entries()) push(at, series.value[i] ?? null, series.quality[i] ?? 'bad');
  return folds.map((fold) => [...fold.end()]);
}

function columns(tag: TagDefinition, aggregate: Aggregate, buckets: Buckets, values: readonly BucketValue[]): AggregatedSeries {
  const kept = values.flatMap((_, i) => (buckets.between.has(i) ? [] : [i]));
  return {
    tag: tag.id,
    aggregate: aggregate.name,
    unit: unitOf(aggregate, tag.unit),
    at: kept.map((i) => buckets.edges[i] ?? 0),
    until: kept.map((i) => buckets.edges[i + 1] ?? 0),
    value: kept.map((i) => values[i]?.value ?? null),
    quality: kept.map((i) => values[i]?.quality ?? 'bad'),
  };
}

/** Every aggregate of one tag, in the order in which they were asked for. */
async function ofTag(
  tag: TagDefinition,
  buckets: Buckets,
  summaries: readonly BucketSummary[],
  reading: Reading,
): Promise<AggregatedSeries[]> {
  const ordered = buckets.aggregates.flatMap((one) => (one.kind === 'plain' ? [] : [one]));
  const folded = ordered.length === 0 ? [] : await inOrder(tag, ordered, buckets.edges, reading);
  return buckets.aggregates.map((aggregate) =>
    columns(
      tag,
      aggregate,
      buckets,
      aggregate.kind === 'plain'
        ? summaries.map((one) => ofSummary(aggregate.name, one))
        : (folded[ordered.findIndex((one) => one.name === aggregate.name)] ?? []),
    ),
  );
}

/** The aggregates of all tags; summaries of all at once, the ordered ones tag by tag, so that memory holds one tag's pieces. */
export async function aggregated(tags: readonly TagDefinition[], buckets: Buckets, reading: Reading): Promise<AggregatedSeries[]> {
  const plain = buckets.aggregates.some((one) => one.kind === 'plain');
  const summaries = plain
    ? await reading.history.summarise(
        tags.map((tag) => tag.id),
        buckets.edges,
        { signal: reading.signal },
      )
    : [];
  const series: AggregatedSeries[] = [];
  for (const [i, tag] of tags.entries()) series.push(...(await ofTag(tag, buckets, summaries[i] ?? [], reading)));
  return series;
}
