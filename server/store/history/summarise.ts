import { setImmediate as yieldLoop } from 'node:timers/promises';
import type { TagId, Value } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import type { BucketSummary, History, Series } from '../../services.ts';

/** Samples of one piece, at most. */
const PIECE = 50_000;
const HOUR = 3_600_000;

interface Options {
  readonly signal?: AbortSignal;
}
type Reads = Pick<History, 'read'>;

/** Pieces of time that grow or shrink with what was found, so that neither sparse nor dense tags cost much. */
export async function* scanTag(
  history: Reads,
  tag: TagId,
  from: Millis,
  to: Millis,
  { signal }: Options,
): AsyncGenerator<Series, void, void> {
  let span = 6 * HOUR;
  for (let start = from; start < to;) {
    signal?.throwIfAborted();
    const end = Math.min(to, start + span);
    const [series] = await history.read([tag], start, end, signal ? { signal } : {});
    start = end;
    // Short reads answer without leaving the loop; the others must get their turn between two pieces.
    await yieldLoop();
    if (!series) continue;
    const { at, value, quality } = series;
    for (let i = 0; i < at.length; i += PIECE)
      yield { tag, at: at.slice(i, i + PIECE), value: value.slice(i, i + PIECE), quality: quality.slice(i, i + PIECE) };
    if (at.length > PIECE) span = Math.max(60_000, span / 2);
    else if (at.length < PIECE / 4) span *= 2;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const emptySummary = (): Mutable<BucketSummary> => ({
  n: 0,
  bad: 0,
  min: null,
  max: null,
  sum: 0,
  first: null,
  firstAt: 0,
  last: null,
  lastAt: 0,
});

const numberOf = (value: Value): number | undefined =>
  typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : undefined;

function add(summary: Mutable<BucketSummary>, at: Millis, value: number): void {
  if (summary.n === 0) {
    summary.first = value;
    summary.firstAt = at;
  }
  summary.n += 1;
  summary.min = Math.min(summary.min ?? value, value);
  summary.max = Math.max(summary.max ?? value, value);
  summary.sum += value;
  summary.last = value;
  summary.lastAt = at;
}

/** One summary for each bucket, by decoding every sample. */
export async function summariseTag(history: Reads, tag: TagId, edges: readonly Millis[], options: Options): Promise<BucketSummary[]> {
  const summaries = edges.slice(1).map(emptySummary);
  let bucket = 0;
  for await (const { at, value, quality } of scanTag(history, tag, edges[0] ?? 0, edges.at(-1) ?? 0, options)) {
    for (const [i, time] of at.entries()) {
      while (time >= (edges[bucket + 1] ?? Number.POSITIVE_INFINITY)) bucket += 1;
      const summary = summaries[bucket];
      if (!summary) break;
      const number = quality[i] === 'bad' ? undefined : numberOf(value[i] ?? null);
      if (number === undefined) summary.bad += 1;
      else add(summary, time, number);
    }
  }
  return summaries;
}
