import type { Millis } from '#domain/time.ts';
import { ByteReader, ByteWriter } from './bits.ts';
import { FIELDS } from './summary.ts';
import { unzigzag, zigzag } from './values.ts';

/*
 * Bytes of a table of summaries whose buckets have one width: a column a field, bit-packed. Values are scaled integers where all of them
 * are decimals; of each field only what its neighbours do not tell is kept (the last value is near the next first one, the smallest
 * is below both, the sum is near n times their middle), since the header of a day has to cost little beside the day.
 */
const RAW = 255;
const SCALES = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] as const;
const UNITS = [1000, 1] as const;
const LARGEST = 2 ** 44;

export function encodeSummaries(table: Float64Array, start: Millis, width: Millis): Uint8Array {
  const out = new ByteWriter();
  const k = table.length / FIELDS;
  const field = (i: number, f: number): number => table[i * FIELDS + f] ?? 0;
  const decimals = decimalsOf(table, k);
  out.byte(decimals ?? RAW);
  const column = new Float64Array(k);
  const write = (of: (i: number) => number): void => {
    for (let i = 0; i < k; i += 1) column[i] = of(i);
    out.packed(column, 0, k);
  };
  let before = 0;
  write((i) => {
    const delta = zigzag(field(i, 0) - before);
    before = field(i, 0);
    return delta;
  });
  write((i) => field(i, 1));
  write((i) => field(i, 2));
  const unit = UNITS.findIndex((u) => Array.from({ length: k }, (_, i) => i).every((i) => field(i, 7) % u === 0 && field(i, 9) % u === 0));
  out.byte(unit);
  const every = UNITS[unit] ?? 1;
  write((i) => (field(i, 0) > 0 ? (field(i, 7) - start - i * width) / every : 0));
  write((i) => (field(i, 0) > 0 ? (start + (i + 1) * width - field(i, 9)) / every : 0));
  if (decimals === undefined) for (const f of VALUE_FIELDS) out.raw(bytesOfField(table, k, f));
  else writeScaled(write, k, (i, f) => Math.round(field(i, f) * (SCALES[decimals] ?? 1)), field);
  return out.finish();
}

const SUM = 5;
const VALUE_FIELDS = [3, 4, SUM, 6, 8] as const;

function bytesOfField(table: Float64Array, k: number, f: number): Uint8Array {
  return new Uint8Array(Float64Array.from({ length: k }, (_, i) => table[i * FIELDS + f] ?? 0).buffer);
}

/** About what a sum is, from what is written before it. */
const about = (n: number, low: number, high: number): number => Math.floor(((low + high) * n) / 2);

function writeScaled(
  write: (of: (i: number) => number) => void,
  k: number,
  scaled: (i: number, f: number) => number,
  field: (i: number, f: number) => number,
): void {
  let last = 0;
  const firsts = new Float64Array(k);
  const lasts = new Float64Array(k);
  for (let i = 0; i < k; i += 1) {
    if (field(i, 0) === 0) continue;
    firsts[i] = zigzag(scaled(i, 6) - last);
    lasts[i] = zigzag(scaled(i, 8) - scaled(i, 6));
    last = scaled(i, 8);
  }
  write((i) => firsts[i] ?? 0);
  write((i) => lasts[i] ?? 0);
  write((i) => Math.min(scaled(i, 6), scaled(i, 8)) - scaled(i, 3));
  write((i) => scaled(i, 4) - Math.max(scaled(i, 6), scaled(i, 8)));
  write((i) => zigzag(scaled(i, 5) - about(field(i, 0), scaled(i, 3), scaled(i, 4))));
}

/** Decimals with which every value comes back bit for bit (the sum to the last decimal), or undefined. */
function decimalsOf(table: Float64Array, k: number): number | undefined {
  let decimals = 0;
  for (let i = 0; i < k; i += 1) {
    for (const f of VALUE_FIELDS) {
      const value = table[i * FIELDS + f] ?? 0;
      for (;;) {
        const factor = SCALES[decimals];
        if (factor === undefined || Object.is(value, -0)) return undefined;
        const integer = Math.round(value * factor);
        if (Math.abs(integer) > LARGEST) return undefined;
        // A sum carries the roundings of its additions: near a decimal it is that decimal. A value in between may have more places than the others.
        if (f === SUM ? Math.abs(integer / factor - value) <= 1e-9 * Math.max(1, Math.abs(value)) : integer / factor === value) break;
        decimals += 1;
      }
    }
  }
  return decimals;
}

/** Working memory: five columns of a day of 10-minute buckets. */
let columns = new Float64Array(5 * 144);

/** Into a table that may be used again. @throws RangeError if the bytes are too short. */
export function decodeSummaries(
  bytes: Uint8Array,
  start: Millis,
  width: Millis,
  k: number,
  table = new Float64Array(k * FIELDS),
): Float64Array {
  const input = new ByteReader(bytes);
  const decimals = input.byte();
  if (columns.length < 5 * k) columns = new Float64Array(5 * k);
  table.fill(0);
  input.packed(columns, 0, k);
  let n = 0;
  for (let i = 0; i < k; i += 1) {
    n += unzigzag(columns[i] ?? 0);
    table[i * FIELDS] = n;
  }
  for (let f = 1; f <= 2; f += 1) {
    input.packed(columns, 0, k);
    for (let i = 0; i < k; i += 1) table[i * FIELDS + f] = columns[i] ?? 0;
  }
  const unit = UNITS[input.byte()] ?? 1;
  input.packed(columns, 0, k);
  input.packed(columns, k, k);
  for (let i = 0; i < k; i += 1) {
    if (table[i * FIELDS] === 0) continue;
    table[i * FIELDS + 7] = start + i * width + (columns[i] ?? 0) * unit;
    table[i * FIELDS + 9] = start + (i + 1) * width - (columns[k + i] ?? 0) * unit;
  }
  if (decimals === RAW) readRaw(input, table, k);
  else readScaled(input, table, k, SCALES[decimals] ?? 1);
  return table;
}

function readRaw(input: ByteReader, table: Float64Array, k: number): void {
  for (const f of VALUE_FIELDS) {
    const values = new Float64Array(new Uint8Array(input.raw(k * 8)).buffer);
    for (let i = 0; i < k; i += 1) table[i * FIELDS + f] = values[i] ?? 0;
  }
}

function readScaled(input: ByteReader, table: Float64Array, k: number, factor: number): void {
  for (let f = 0; f < 5; f += 1) input.packed(columns, f * k, k);
  let before = 0;
  for (let i = 0; i < k; i += 1) {
    const row = i * FIELDS;
    const n = table[row] ?? 0;
    if (n === 0) continue;
    const first = before + unzigzag(columns[i] ?? 0);
    const last = first + unzigzag(columns[k + i] ?? 0);
    const min = Math.min(first, last) - (columns[2 * k + i] ?? 0);
    const max = Math.max(first, last) + (columns[3 * k + i] ?? 0);
    before = last;
    table[row + 3] = min / factor;
    table[row + 4] = max / factor;
    table[row + 5] = (unzigzag(columns[4 * k + i] ?? 0) + about(n, min, max)) / factor;
    table[row + 6] = first / factor;
    table[row + 8] = last / factor;
  }
}
