import type { Quality, Value } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';

/** Samples of one tag in columns of the same length, ascending in time, each time once. */
export interface Columns {
  readonly at: Millis[];
  readonly value: Value[];
  readonly quality: Quality[];
}

export const emptyColumns = (): Columns => ({ at: [], value: [], quality: [] });

const QUALITIES: readonly Quality[] = ['good', 'uncertain', 'bad'];
export const qualityCode = (quality: Quality): number => QUALITIES.indexOf(quality);
export const qualityOf = (code: number): Quality => QUALITIES[code] ?? 'bad';

export function push(columns: Columns, at: Millis, value: Value, quality: Quality): void {
  columns.at.push(at);
  columns.value.push(value);
  columns.quality.push(quality);
}

/** Index of the first time not before `at`. */
export function lowerBound(times: readonly Millis[], at: Millis): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts a sample at its place; false if the time is taken (the first one wins). */
export function insert(columns: Columns, at: Millis, value: Value, quality: Quality): boolean {
  const { length } = columns.at;
  if (length === 0 || at > (columns.at[length - 1] ?? 0)) {
    push(columns, at, value, quality);
    return true;
  }
  const i = lowerBound(columns.at, at);
  if (columns.at[i] === at) return false;
  columns.at.splice(i, 0, at);
  columns.value.splice(i, 0, value);
  columns.quality.splice(i, 0, quality);
  return true;
}

/** The part of a column set in [from, to). */
export function slice(columns: Columns, from: Millis, to: Millis): Columns {
  const start = lowerBound(columns.at, from);
  const end = lowerBound(columns.at, to);
  if (start === 0 && end === columns.at.length) return columns;
  return { at: columns.at.slice(start, end), value: columns.value.slice(start, end), quality: columns.quality.slice(start, end) };
}

/** Both, in order; for a time that both have, `first` wins. */
export function union(first: Columns, second: Columns): Columns {
  if (second.at.length === 0) return first;
  if (first.at.length === 0) return second;
  const result = emptyColumns();
  let i = 0;
  let k = 0;
  while (i < first.at.length || k < second.at.length) {
    const a = first.at[i] ?? Number.POSITIVE_INFINITY;
    const b = second.at[k] ?? Number.POSITIVE_INFINITY;
    if (a <= b) push(result, a, first.value[i] ?? null, first.quality[i] ?? 'bad');
    else push(result, b, second.value[k] ?? null, second.quality[k] ?? 'bad');
    if (a <= b) i += 1;
    if (b <= a) k += 1;
  }
  return result;
}
