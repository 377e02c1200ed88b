import type { Millis } from '#domain/time.ts';
import type { BucketSummary } from '../../services.ts';
import { lowerBound, NULL, QUALITY_BITS, TEXT, type Columns } from './columns.ts';

/** Numbers of one bucket in a table of summaries. */
export const FIELDS = 10;
const N = 0;
const BAD = 1;
const UNCERTAIN = 2;
const MIN = 3;
const MAX = 4;
const SUM = 5;
const FIRST = 6;
const FIRST_AT = 7;
const LAST = 8;
const LAST_AT = 9;
const BAD_QUALITY = 2;

/**
 * Summaries of the buckets [edges[i], edges[i + 1]), one row of FIELDS numbers each. Booleans are 0 and 1; texts that are not bad count
 * nowhere; a number that is not finite counts as bad. Of an empty bucket every number is 0.
 */
export class Buckets {
  readonly edges: readonly Millis[];
  readonly table: Float64Array;

  constructor(edges: readonly Millis[], table = new Float64Array(Math.max(0, edges.length - 1) * FIELDS)) {
    this.edges = edges;
    this.table = table;
  }

  /** Adds samples that are later than all that were added before. */
  add(columns: Columns): void {
    const { at, n } = columns;
    const { edges } = this;
    let i = lowerBound(at, edges[0] ?? 0, n);
    if (i >= n) return;
    for (let bucket = this.bucketOf(at[i] ?? 0); bucket + 1 < edges.length && i < n; bucket += 1) {
      const edge = edges[bucket + 1] ?? 0;
      let end = i;
      while (end < n && (at[end] ?? 0) < edge) end += 1;
      if (end > i) this.#addRange(columns, i, end, bucket * FIELDS);
      i = end;
    }
  }

  /** Index of the bucket in which a time lies that is not before the first edge. */
  bucketOf(at: Millis): number {
    let low = 0;
    let high = this.edges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.edges[middle] ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #addRange({ at, value, status }: Columns, start: number, end: number, row: number): void {
    const { table } = this;
    let n = table[row + N] ?? 0;
    let sum = table[row + SUM] ?? 0;
    let min = n > 0 ? (table[row + MIN] ?? 0) : Number.POSITIVE_INFINITY;
    let max = n > 0 ? (table[row + MAX] ?? 0) : Number.NEGATIVE_INFINITY;
    let bad = 0;
    let uncertain = 0;
    let first = -1;
    let last = -1;
    for (let i = start; i < end; i += 1) {
      const one = value[i] ?? 0;
      const flags = status[i] ?? 0;
      if (flags !== 0) {
        if ((flags & QUALITY_BITS) >= BAD_QUALITY || flags & NULL) {
          bad += 1;
          continue;
        }
        if (flags & TEXT) continue;
        uncertain += flags & 1;
      }
      if (one - one !== 0) {
        bad += 1;
        uncertain -= flags & 1;
        continue;
      }
      n += 1;
      sum += one;
      if (one < min) min = one;
      if (one > max) max = one;
      if (first < 0) first = i;
      last = i;
    }
    table[row + BAD] = (table[row + BAD] ?? 0) + bad;
    table[row + UNCERTAIN] = (table[row + UNCERTAIN] ?? 0) + uncertain;
    if (first < 0) return;
    if ((table[row + N] ?? 0) === 0) {
      table[row + FIRST] = value[first] ?? 0;
      table[row + FIRST_AT] = at[first] ?? 0;
    }
    table[row + N] = n;
    table[row + SUM] = sum;
    table[row + MIN] = min;
    table[row + MAX] = max;
    table[row + LAST] = value[last] ?? 0;
    table[row + LAST_AT] = at[last] ?? 0;
  }

  /** Adds bucket `from` of others, which is later than all that bucket `to` has. */
  merge(to: number, others: Float64Array, from: number): void {
    const { table } = this;
    const a = to * FIELDS;
    const b = from * FIELDS;
    table[a + BAD] = (table[a + BAD] ?? 0) + (others[b + BAD] ?? 0);
    const more = others[b + N] ?? 0;
    if (more === 0) return;
    const n = table[a + N] ?? 0;
    table[a + UNCERTAIN] = (table[a + UNCERTAIN] ?? 0) + (others[b + UNCERTAIN] ?? 0);
    const low = others[b + MIN] ?? 0;
    const high = others[b + MAX] ?? 0;
    table[a + MIN] = n === 0 ? low : Math.min(low, table[a + MIN] ?? 0);
    table[a + MAX] = n === 0 ? high : Math.max(high, table[a + MAX] ?? 0);
    if (n === 0) {
      table[a + FIRST] = others[b + FIRST] ?? 0;
      table[a + FIRST_AT] = others[b + FIRST_AT] ?? 0;
    }
    table[a + N] = n + more;
    table[a + SUM] = (table[a + SUM] ?? 0) + (others[b + SUM] ?? 0);
    table[a + LAST] = others[b + LAST] ?? 0;
    table[a + LAST_AT] = others[b + LAST_AT] ?? 0;
  }
}

/** Bucket `i` of a table as callers see it. */
export function summaryAt(table: Float64Array, i: number): BucketSummary {
  const row = i * FIELDS;
  const field = (k: number): number => table[row + k] ?? 0;
  const bad = field(BAD);
  if (field(N) === 0) return { n: 0, bad, min: null, max: null, sum: 0, first: null, firstAt: 0, last: null, lastAt: 0 };
  return {
    n: field(N),
    bad,
    min: field(MIN),
    max: field(MAX),
    sum: field(SUM),
    first: field(FIRST),
    firstAt: field(FIRST_AT),
    last: field(LAST),
    lastAt: field(LAST_AT),
  };
}

/** What a rollup says of a bucket instead of its samples: its mean, uncertain if any was; bad if it has none that can be used. */
export function meanAt(table: Float64Array, i: number): { readonly value: number; readonly status: number } | undefined {
  const row = i * FIELDS;
  const n = table[row + N] ?? 0;
  if (n > 0) return { value: (table[row + SUM] ?? 0) / n, status: (table[row + UNCERTAIN] ?? 0) + (table[row + BAD] ?? 0) > 0 ? 1 : 0 };
  return (table[row + BAD] ?? 0) > 0 ? { value: 0, status: BAD_QUALITY | NULL } : undefined;
}
