import type { Quality, Sample, TagId, Value } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import type { Series } from '../../services.ts';

/*
 * A value is a double and a status byte: bits 0 and 1 the quality, then one bit for what the double stands for.
 * A boolean is 0 or 1, a text the index of its entry in `texts`.
 */
export const QUALITY_BITS = 3;
export const NULL = 4;
export const BOOLEAN = 8;
export const TEXT = 16;

/** Samples of one tag in columns of the same length, ascending in time, each time once. */
export interface Columns {
  readonly n: number;
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly status: Uint8Array;
  readonly texts: readonly string[];
}

export const EMPTY: Columns = { n: 0, at: new Float64Array(), value: new Float64Array(), status: new Uint8Array(), texts: [] };

const QUALITIES: readonly Quality[] = ['good', 'uncertain', 'bad'];
const qualityOf = (status: number): Quality => QUALITIES[status & QUALITY_BITS] ?? 'bad';
const qualityCode = (quality: Quality): number => QUALITIES.indexOf(quality);

/** Status byte of a value that is no text. */
export const statusOf = (value: Value, quality: Quality): number =>
  qualityCode(quality) | (value === null ? NULL : typeof value === 'boolean' ? BOOLEAN : typeof value === 'string' ? TEXT : 0);

export function valueOf(value: number, status: number, texts: readonly string[]): Value {
  if ((status & ~QUALITY_BITS) === 0) return value;
  if (status & NULL) return null;
  return status & BOOLEAN ? value === 1 : (texts[value] ?? '');
}

/** Columns that grow at their end; the arrays double in place of their owner. */
export class Growing {
  n = 0;
  at: Float64Array;
  value: Float64Array;
  status: Uint8Array;
  readonly texts: string[] = [];

  constructor(capacity: number) {
    this.at = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
    this.status = new Uint8Array(capacity);
  }

  /** Makes room for `more` samples after the present ones. */
  reserve(more: number): void {
    const needed = this.n + more;
    if (needed <= this.at.length) return;
    const capacity = Math.max(needed, this.at.length * 2);
    const { at, value, status } = this;
    this.at = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
    this.status = new Uint8Array(capacity);
    this.at.set(at);
    this.value.set(value);
    this.status.set(status);
  }

  push(at: Millis, value: number, status: number): void {
    if (this.n === this.at.length) this.reserve(1);
    this.at[this.n] = at;
    this.value[this.n] = value;
    this.status[this.n] = status;
    this.n += 1;
  }

  /** Index of a text, for `push`. */
  text(text: string): number {
    const known = this.texts.indexOf(text);
    return known >= 0 ? known : this.texts.push(text) - 1;
  }

  pushSample(at: Millis, value: Value, quality: Quality): void {
    this.push(at, typeof value === 'string' ? this.text(value) : Number(value ?? 0), statusOf(value, quality));
  }

  /** Sample `i` of other columns. */
  pushFrom(from: Columns, i: number): void {
    const status = from.status[i] ?? 0;
    const value = from.value[i] ?? 0;
    this.push(from.at[i] ?? 0, status & TEXT ? this.text(from.texts[value] ?? '') : value, status);
  }

  append(from: Columns): void {
    this.reserve(from.n);
    if (from.texts.length > 0) {
      for (let i = 0; i < from.n; i += 1) this.pushFrom(from, i);
      return;
    }
    this.at.set(from.at, this.n);
    this.value.set(from.value, this.n);
    this.status.set(from.status, this.n);
    this.n += from.n;
  }

  /** The columns as they are, without a copy. */
  view(): Columns {
    const { n, texts } = this;
    return { n, at: this.at.subarray(0, n), value: this.value.subarray(0, n), status: this.status.subarray(0, n), texts };
  }
}

export function columnsOf(samples: readonly Pick<Sample, 'at' | 'value' | 'quality'>[]): Columns {
  const columns = new Growing(samples.length);
  for (const { at, value, quality } of samples) columns.pushSample(at, value, quality);
  return columns.view();
}

/** Index of the first of `n` times not before `at`. */
export function lowerBound(times: Float64Array, at: Millis, n: number): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The part of columns in [from, to), without a copy. */
export function slice(columns: Columns, from: Millis, to: Millis): Columns {
  const start = lowerBound(columns.at, from, columns.n);
  const end = Math.max(start, lowerBound(columns.at, to, columns.n));
  if (start === 0 && end === columns.n) return columns;
  const { at, value, status, texts } = columns;
  return { n: end - start, at: at.subarray(start, end), value: value.subarray(start, end), status: status.subarray(start, end), texts };
}

/** Both, in order; for a time that both have, `first` wins. */
export function union(first: Columns, second: Columns): Columns {
  if (second.n === 0) return first;
  if (first.n === 0) return second;
  const result = new Growing(first.n + second.n);
  if ((first.at[first.n - 1] ?? 0) < (second.at[0] ?? 0)) {
    result.append(first);
    result.append(second);
    return result.view();
  }
  let i = 0;
  let k = 0;
  while (i < first.n || k < second.n) {
    const a = i < first.n ? (first.at[i] ?? 0) : Number.POSITIVE_INFINITY;
    const b = k < second.n ? (second.at[k] ?? 0) : Number.POSITIVE_INFINITY;
    if (a <= b) result.pushFrom(first, i);
    else result.pushFrom(second, k);
    if (a <= b) i += 1;
    if (b <= a) k += 1;
  }
  return result.view();
}

const isPlain = (status: Uint8Array): boolean => status.every((one) => one === 0);

/** As callers see a series. */
export function seriesOf(tag: TagId, columns: Columns): Series {
  const { n, at, value, status, texts } = columns;
  if (isPlain(status))
    return { tag, at: Array.from(at), value: Array.from(value), quality: Array.from<Quality>({ length: n }).fill('good') };
  const values: Value[] = [];
  const qualities: Quality[] = [];
  for (let i = 0; i < n; i += 1) {
    values.push(valueOf(value[i] ?? 0, status[i] ?? 0, texts));
    qualities.push(qualityOf(status[i] ?? 0));
  }
  return { tag, at: Array.from(at), value: values, quality: qualities };
}

export const sampleAt = (tag: TagId, columns: Columns, i: number): Sample => ({
  tag,
  at: columns.at[i] ?? 0,
  value: valueOf(columns.value[i] ?? 0, columns.status[i] ?? 0, columns.texts),
  quality: qualityOf(columns.status[i] ?? 0),
});
