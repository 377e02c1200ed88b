import { unitOf } from '#domain/history/aggregate.ts';
import type { Millis } from '#domain/time.ts';
import type { History } from '../../services.ts';
import { aggregated } from './aggregates.ts';
import type { TableColumn } from './csv.ts';
import type { HistoryPlan } from './plan.ts';

/** Samples that one piece holds at most, about. */
const PIECE = 40_000;
/** Buckets that one piece holds at most. */
const GROUP = 500;

/** 表: what a file of samples or aggregates holds: its columns, and its rows in pieces of time. */
export interface Table {
  readonly columns: readonly { readonly tag: string; readonly unit: string; readonly aggregate?: string }[];
  readonly pieces: AsyncIterable<{ readonly columns: readonly TableColumn[]; readonly to: Millis }>;
}

export interface TableReading {
  readonly history: History;
  readonly now: Millis;
  readonly signal: AbortSignal;
  /** At most so many points a tag, as a picture shows them; left out = raw. */
  readonly points?: number;
}

/** Raw values come in pieces of time, so that neither memory nor the event loop holds a long range. */
async function* rawPieces({ tags, from, to }: HistoryPlan, { history, signal, points }: TableReading): Table['pieces'] {
  const ids = tags.map((tag) => tag.id);
  const perMilli = tags.reduce((sum, tag) => sum + 1 / (tag.every * 1000), 0);
  const step = points === undefined ? Math.max(60_000, Math.floor(PIECE / perMilli)) : to - from;
  for (let start = from; start < to && !signal.aborted; start += step) {
    const end = Math.min(to, start + step);
    yield { columns: await history.read(ids, start, end, { signal, ...(points === undefined ? {} : { points }) }), to: end };
  }
}

/** Buckets come in groups, so that a long export tells how far it is and can be ended. */
async function* aggregatedPieces(
  tags: HistoryPlan['tags'],
  buckets: NonNullable<HistoryPlan['buckets']>,
  reading: TableReading,
): Table['pieces'] {
  for (let start = 0; start < buckets.edges.length - 1; start += GROUP) {
    reading.signal.throwIfAborted();
    const edges = buckets.edges.slice(start, start + GROUP + 1);
    const between = new Set([...buckets.between].map((i) => i - start));
    yield { columns: await aggregated(tags, { ...buckets, edges, between }, reading), to: edges.at(-1) ?? 0 };
  }
}

export function tableOf(plan: HistoryPlan, reading: TableReading): Table {
  const { tags, buckets } = plan;
  if (!buckets) return { columns: tags.map(({ id, unit }) => ({ tag: id, unit })), pieces: rawPieces(plan, reading) };
  return {
    columns: tags.flatMap(({ id, unit }) => buckets.aggregates.map((one) => ({ tag: id, unit: unitOf(one, unit), aggregate: one.name }))),
    pieces: aggregatedPieces(tags, buckets, reading),
  };
}
