import { ByteReader, ByteWriter } from './bits.ts';
import { Growing, NULL, QUALITY_BITS, type Columns } from './columns.ts';
import { readValues, scratchOf, unzigzag, writeDayValues, writeValues, zigzag } from './values.ts';

/*
 * A chunk (storage.md 3): version, time column, quality column, value column. Times are milliseconds, as deltas of deltas in their
 * largest common unit. A day has its times apart, since the tags of one device share them.
 */
const VERSION = 1;
const DAY_VERSION = 2;
const UNITS = [60_000, 10_000, 1000, 100, 10, 1] as const;
/** What a run of the quality column says: the quality, and whether there is no value. */
const RUN_BITS = QUALITY_BITS | NULL;

const writer = new ByteWriter();

/** Bytes of a chunk; `columns` has at least one sample. */
export function encodeChunk(columns: Columns): Uint8Array {
  writer.reset();
  writer.byte(VERSION);
  writer.varint(columns.n);
  writeTimes(writer, columns);
  writeQualities(writer, columns);
  writeValues(writer, columns);
  return writer.finish();
}

/** Adds the samples of a chunk. @throws RangeError if the bytes are no chunk of a known version. */
export function decodeChunk(bytes: Uint8Array, into: Growing): void {
  const input = new ByteReader(bytes);
  const version = input.byte();
  if (version !== VERSION) throw new RangeError(`chunk of unknown version ${version}`);
  const n = input.varint();
  into.reserve(n);
  readTimes(input, into.at, into.n, n);
  readValues(input, into, into.n, n, readQualities(input, into, n));
  into.n += n;
}

export function chunkColumns(bytes: Uint8Array): Columns {
  const into = new Growing(0);
  decodeChunk(bytes, into);
  return into.view();
}

/** Bytes of the times of a day. */
export function encodeTimes(columns: Columns): Uint8Array {
  writer.reset();
  writer.varint(columns.n);
  writeTimes(writer, columns);
  return writer.finish();
}

export function decodeTimes(bytes: Uint8Array): Float64Array {
  const input = new ByteReader(bytes);
  const times = new Float64Array(input.varint());
  readTimes(input, times, 0, times.length);
  return times;
}

/** Bytes of the qualities and values of a day. */
export function encodeDay(columns: Columns): Uint8Array {
  writer.reset();
  writer.byte(DAY_VERSION);
  writeQualities(writer, columns);
  writeDayValues(writer, columns);
  return writer.finish();
}

/** Adds the samples of a day. @throws RangeError if the bytes are no day of a known version. */
export function decodeDay(bytes: Uint8Array, times: Float64Array, into: Growing): void {
  const input = new ByteReader(bytes);
  const version = input.byte();
  if (version !== DAY_VERSION) throw new RangeError(`day of unknown version ${version}`);
  into.reserve(times.length);
  into.at.set(times, into.n);
  readValues(input, into, into.n, times.length, readQualities(input, into, times.length));
  into.n += times.length;
}

function writeTimes(out: ByteWriter, { n, at }: Columns): void {
  const first = at[0] ?? 0;
  let unit = 0;
  for (let i = 1; i < n; i += 1) while (((at[i] ?? 0) - first) % (UNITS[unit] ?? 1) !== 0) unit += 1;
  out.varint(first);
  out.byte(unit);
  const factor = UNITS[unit] ?? 1;
  const column = scratchOf(n);
  let before = 0;
  for (let i = 1; i < n; i += 1) {
    const delta = ((at[i] ?? 0) - (at[i - 1] ?? 0)) / factor;
    column[i - 1] = zigzag(delta - before);
    before = delta;
  }
  out.packed(column, 0, Math.max(0, n - 1));
}

function readTimes(input: ByteReader, times: Float64Array, start: number, n: number): void {
  let time = input.varint();
  const unit = UNITS[input.byte()] ?? 1;
  times[start] = time;
  input.packed(times, start + 1, Math.max(0, n - 1));
  let delta = 0;
  for (let i = start + 1; i < start + n; i += 1) {
    delta += unzigzag(times[i] ?? 0);
    time += delta * unit;
    times[i] = time;
  }
}

function writeQualities(out: ByteWriter, { n, status }: Columns): void {
  let runs = 1;
  for (let i = 1; i < n; i += 1) if (((status[i] ?? 0) ^ (status[i - 1] ?? 0)) & RUN_BITS) runs += 1;
  out.varint(runs);
  let start = 0;
  for (let i = 1; i <= n; i += 1) {
    const flag = (status[start] ?? 0) & RUN_BITS;
    if (i < n && ((status[i] ?? 0) & RUN_BITS) === flag) continue;
    out.byte(flag);
    out.varint(i - start);
    start = i;
  }
}

/** Returns how many have no value. */
function readQualities(input: ByteReader, into: Growing, n: number): number {
  let at = into.n;
  let nulls = 0;
  for (let runs = input.varint(); runs > 0; runs -= 1) {
    const flag = input.byte();
    const end = Math.min(into.n + n, at + input.varint());
    into.status.fill(flag, at, end);
    if (flag & NULL) nulls += end - at;
    at = end;
  }
  return nulls;
}
