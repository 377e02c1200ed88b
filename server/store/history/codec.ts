import type { Value } from '#domain/sample.ts';
import { ByteReader, ByteWriter } from './bits.ts';
import { emptyColumns, push, qualityCode, qualityOf, type Columns } from './columns.ts';

/*
 * A chunk (storage.md 3): version, time column, quality column, value column. Times are milliseconds, as deltas of deltas in their
 * largest common unit; values are scaled integers (decimals found by trial, proved by decoding) as deltas, bit-packed in blocks of 64.
 * What is no decimal number within 6 places is kept as deltas of the bits where all are 32-bit floats (Modbus, OPC UA), else as doubles; booleans, texts and mixtures have columns of their own.
 */
const VERSION = 1;
const UNITS = [60_000, 10_000, 1000, 100, 10, 1] as const;
const SCALES = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] as const;
// Above this, sums of a delta leave the exact integers.
const LARGEST = 2 ** 50;

const KIND = { scaled: 0, double: 1, boolean: 2, text: 3, mixed: 4, single: 5 } as const;

const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1);
const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

/** Bytes of a chunk; `columns` has at least one sample. */
export function encodeChunk(columns: Columns): Uint8Array {
  const out = new ByteWriter();
  out.byte(VERSION);
  out.varint(columns.at.length);
  writeTimes(out, columns.at);
  writeQualities(out, columns);
  writeValues(
    out,
    columns.value.filter((v) => v !== null),
  );
  return out.finish();
}

/** @throws RangeError if the bytes are no chunk of a known version. */
export function decodeChunk(bytes: Uint8Array): Columns {
  const input = new ByteReader(bytes);
  const version = input.byte();
  if (version !== VERSION) throw new RangeError(`chunk of unknown version ${version}`);
  const n = input.varint();
  const times = readTimes(input, n);
  const flags = readQualities(input, n);
  const present = readValues(
    input,
    flags.reduce((sum, flag) => sum + (flag < NULL ? 1 : 0), 0),
  );
  const columns = emptyColumns();
  let next = 0;
  for (let i = 0; i < n; i += 1) {
    const flag = flags[i] ?? 0;
    const value = flag >= NULL ? null : (present[next++] ?? null);
    push(columns, times[i] ?? 0, value, qualityOf(flag % NULL));
  }
  return columns;
}

function writeTimes(out: ByteWriter, at: readonly number[]): void {
  const first = at[0] ?? 0;
  const unit = UNITS.find((u) => at.every((t) => (t - first) % u === 0)) ?? 1;
  out.varint(first);
  out.byte(UNITS.indexOf(unit));
  const column = new Float64Array(Math.max(0, at.length - 1));
  let before = 0;
  for (let i = 0; i < column.length; i += 1) {
    const delta = ((at[i + 1] ?? 0) - (at[i] ?? 0)) / unit;
    column[i] = zigzag(delta - before);
    before = delta;
  }
  out.packed(column);
}

function readTimes(input: ByteReader, n: number): Float64Array {
  const times = new Float64Array(n);
  times[0] = input.varint();
  const unit = UNITS[input.byte()] ?? 1;
  const column = input.packed(Math.max(0, n - 1));
  let delta = 0;
  for (let i = 1; i < n; i += 1) {
    delta += unzigzag(column[i - 1] ?? 0);
    times[i] = (times[i - 1] ?? 0) + delta * unit;
  }
  return times;
}

/** Flag of a sample without a value, added to the code of its quality. */
const NULL = 4;

function writeQualities(out: ByteWriter, columns: Columns): void {
  const runs: [number, number][] = [];
  columns.quality.forEach((quality, i) => {
    const flag = qualityCode(quality) + (columns.value[i] === null ? NULL : 0);
    const last = runs.at(-1);
    if (last?.[0] === flag) last[1] += 1;
    else runs.push([flag, 1]);
  });
  out.varint(runs.length);
  for (const [flag, length] of runs) {
    out.byte(flag);
    out.varint(length);
  }
}

function readQualities(input: ByteReader, n: number): Uint8Array {
  const flags = new Uint8Array(n);
  let at = 0;
  for (let runs = input.varint(); runs > 0; runs -= 1) {
    const flag = input.byte();
    const end = at + input.varint();
    flags.fill(flag, at, end);
    at = end;
  }
  return flags;
}

function writeValues(out: ByteWriter, values: readonly NonNullable<Value>[]): void {
  const numbers = values.filter((v) => typeof v === 'number');
  if (numbers.length === values.length) writeNumbers(out, numbers);
  else if (values.every((v) => typeof v === 'boolean')) {
    out.byte(KIND.boolean);
    out.packed(Float64Array.from(values, (v) => (v ? 1 : 0)));
  } else if (values.every((v) => typeof v === 'string')) {
    out.byte(KIND.text);
    writeTexts(out, values);
  } else writeMixed(out, values, numbers);
}

function readValues(input: ByteReader, n: number): NonNullable<Value>[] {
  const kind = input.byte();
  if (kind === KIND.scaled) return readScaled(input, n);
  if (kind === KIND.double) return readDoubles(input, n);
  if (kind === KIND.single) return readSingles(input, n);
  if (kind === KIND.boolean) return Array.from(input.packed(n), (v) => v === 1);
  if (kind === KIND.text) return readTexts(input, n);
  if (kind === KIND.mixed) return readMixed(input, n);
  throw new RangeError(`chunk with unknown values ${kind}`);
}

function writeNumbers(out: ByteWriter, values: readonly number[]): void {
  const scaled = scale(values);
  if (!scaled && values.every((value) => Object.is(Math.fround(value), value))) {
    writeSingles(out, values);
    return;
  }
  if (!scaled) {
    out.byte(KIND.double);
    out.raw(new Uint8Array(Float64Array.from(values).buffer));
    return;
  }
  out.byte(KIND.scaled);
  out.byte(scaled.decimals);
  const column = new Float64Array(values.length);
  let before = 0;
  scaled.integers.forEach((value, i) => {
    column[i] = zigzag(value - before);
    before = value;
  });
  // The first one is far from zero and would widen its block.
  if (column.length > 0) out.varint(column[0] ?? 0);
  out.packed(column.subarray(1));
}

function readScaled(input: ByteReader, n: number): number[] {
  const factor = SCALES[input.byte()] ?? 1;
  if (n === 0) return [];
  let integer = unzigzag(input.varint());
  const values = [integer / factor];
  for (const delta of input.packed(n - 1)) {
    integer += unzigzag(delta);
    values.push(integer / factor);
  }
  return values;
}

function readDoubles(input: ByteReader, n: number): number[] {
  return Array.from(new Float64Array(input.raw(n * 8).slice().buffer));
}

/** Near 32-bit floats have near bit patterns: deltas of the bits, in an order without a jump at zero. */
function writeSingles(out: ByteWriter, values: readonly number[]): void {
  out.byte(KIND.single);
  let before = 0;
  const deltas = Float64Array.from(new Int32Array(Float32Array.from(values).buffer), (bits) => {
    const ordered = bits >= 0 ? bits : -(bits & 0x7fffffff) - 1;
    const delta = zigzag(ordered - before);
    before = ordered;
    return delta;
  });
  out.varint(deltas[0] ?? 0);
  out.packed(deltas.subarray(1));
}

function readSingles(input: ByteReader, n: number): number[] {
  let ordered = unzigzag(input.varint());
  const bits = new Int32Array(n);
  const at = (value: number): number => (value >= 0 ? value : (-value - 1) | 0x80000000);
  bits[0] = at(ordered);
  input.packed(Math.max(0, n - 1)).forEach((delta, i) => {
    ordered += unzigzag(delta);
    bits[i + 1] = at(ordered);
  });
  return Array.from(new Float32Array(bits.buffer));
}

/** The fewest decimals with which every value comes back bit for bit, or undefined. */
function scale(values: readonly number[]): { readonly decimals: number; readonly integers: Float64Array } | undefined {
  const integers = new Float64Array(values.length);
  let decimals = 0;
  let i = 0;
  while (i < values.length) {
    const factor = SCALES[decimals];
    if (factor === undefined) return undefined;
    const value = values[i] ?? 0;
    // `+ 0` makes a negative zero of rounding a plain one; the proof below then refuses a stored -0.
    const integer = Math.round(value * factor) + 0;
    if (Math.abs(integer) <= LARGEST && Object.is(integer / factor, value)) {
      integers[i] = integer;
      i += 1;
    } else if (Object.is(value, -0) || !Number.isFinite(value)) return undefined;
    else {
      decimals += 1;
      i = 0;
    }
  }
  return { decimals, integers };
}

function writeTexts(out: ByteWriter, values: readonly string[]): void {
  const table = new Map<string, number>();
  for (const value of values) if (!table.has(value)) table.set(value, table.size);
  const bytes = Buffer.from(JSON.stringify([...table.keys()]));
  out.varint(bytes.length);
  out.raw(bytes);
  out.packed(Float64Array.from(values, (value) => table.get(value) ?? 0));
}

function readTexts(input: ByteReader, n: number): string[] {
  const table: unknown = JSON.parse(Buffer.from(input.raw(input.varint())).toString('utf8'));
  if (!Array.isArray(table)) throw new RangeError('chunk without its table of texts');
  return Array.from(input.packed(n), (index) => String(table[index]));
}

/** A tag whose type was changed: the kind of each value, then each kind's own column. */
function writeMixed(out: ByteWriter, values: readonly NonNullable<Value>[], numbers: readonly number[]): void {
  out.byte(KIND.mixed);
  out.packed(Float64Array.from(values, (v) => (typeof v === 'number' ? 0 : typeof v === 'string' ? 1 : v ? 3 : 2)));
  writeNumbers(out, numbers);
  writeTexts(
    out,
    values.filter((v) => typeof v === 'string'),
  );
}

function readMixed(input: ByteReader, n: number): NonNullable<Value>[] {
  const kinds = input.packed(n);
  const count = (kind: number): number => kinds.reduce((sum, k) => sum + (k === kind ? 1 : 0), 0);
  const numbers = readValues(input, count(0));
  const texts = readTexts(input, count(1));
  let number = 0;
  let text = 0;
  return Array.from(kinds, (kind) => {
    if (kind === 0) return numbers[number++] ?? 0;
    if (kind === 1) return texts[text++] ?? '';
    return kind === 3;
  });
}
