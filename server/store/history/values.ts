import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader, ByteWriter } from './bits.ts';
import { BOOLEAN, NULL, QUALITY_BITS, TEXT, type Columns, type Growing } from './columns.ts';

/*
 * The value column of a chunk. Numbers are scaled integers (decimals found by trial, proved by decoding) as deltas; what is no decimal
 * number within 6 places is kept as deltas of the bits where all are 32-bit floats (Modbus, OPC UA), else as doubles; booleans, texts
 * and mixtures have columns of their own. Chunks are bit-packed in blocks of 64; a day's column is deflated where that is smaller.
 */
const SCALES = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] as const;
// Above this, sums of a delta leave the exact integers.
const LARGEST = 2 ** 50;
const KIND = { scaled: 0, double: 1, boolean: 2, text: 3, mixed: 4, single: 5, scaledBytes: 6, deflated: 7 } as const;
/** Byte that says that the delta follows as a variable-length integer. */
const WIDE = 255;

export const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1);
export function unzigzag(value: number): number {
  const half = Math.floor(value / 2);
  return half * 2 === value ? half : -half - 1;
}

/** Working memory of the codec, kept from one chunk to the next. */
let scratch = new Float64Array(4096);
export function scratchOf(n: number): Float64Array {
  if (scratch.length < n) scratch = new Float64Array(n * 2);
  return scratch;
}

/** Values that are present, without the nulls. */
function present(columns: Columns): { readonly values: Float64Array; readonly kinds: Uint8Array } {
  const { n, value, status } = columns;
  let nulls = 0;
  for (let i = 0; i < n; i += 1) if ((status[i] ?? 0) & NULL) nulls += 1;
  if (nulls === 0) return { values: value, kinds: status };
  const values = new Float64Array(n - nulls);
  const kinds = new Uint8Array(n - nulls);
  let k = 0;
  for (let i = 0; i < n; i += 1) {
    if ((status[i] ?? 0) & NULL) continue;
    values[k] = value[i] ?? 0;
    kinds[k] = status[i] ?? 0;
    k += 1;
  }
  return { values, kinds };
}

export function writeValues(out: ByteWriter, columns: Columns): void {
  const { values, kinds } = present(columns);
  let numbers = 0;
  let booleans = 0;
  for (const kind of kinds) {
    if ((kind & ~QUALITY_BITS) === 0) numbers += 1;
    else if (kind & BOOLEAN) booleans += 1;
  }
  if (numbers === values.length) writeNumbers(out, values);
  else if (booleans === values.length) {
    out.byte(KIND.boolean);
    out.packed(values, 0, values.length);
  } else if (numbers + booleans === 0) {
    out.byte(KIND.text);
    writeTexts(out, values, columns.texts);
  } else writeMixed(out, values, kinds, columns.texts);
}

/** As `writeValues`, in the smallest form: slower to write, as fast to read. */
export function writeDayValues(out: ByteWriter, columns: Columns): void {
  const plain = new ByteWriter();
  writeValues(plain, columns);
  let best = plain.finish();
  const { values, kinds } = present(columns);
  const scaled = kinds.every((kind) => (kind & ~QUALITY_BITS) === 0) ? scale(values) : undefined;
  for (const candidate of scaled === undefined ? [deflated(best)] : scaledBytes(values, scaled))
    if (candidate.length < best.length) best = candidate;
  out.raw(best);
}

function deflated(bytes: Uint8Array): Uint8Array {
  const out = new ByteWriter();
  out.byte(KIND.deflated);
  out.raw(deflateRawSync(bytes, { level: 9 }));
  return out.finish();
}

function* scaledBytes(values: Float64Array, decimals: number): Generator<Uint8Array, void, void> {
  const deltas = scaledDeltas(values, decimals);
  const bytes = new ByteWriter();
  for (let i = 1; i < values.length; i += 1) {
    const delta = deltas[i] ?? 0;
    bytes.byte(Math.min(delta, WIDE));
    if (delta >= WIDE) bytes.varint(delta - WIDE);
  }
  const column = bytes.finish();
  // Noise has no repetitions: codes alone are smaller there, and repetitions win for counters, set points and flags.
  for (const strategy of [constants.Z_HUFFMAN_ONLY, constants.Z_DEFAULT_STRATEGY]) {
    const out = new ByteWriter();
    out.byte(KIND.scaledBytes);
    out.byte(decimals);
    out.varint(deltas[0] ?? 0);
    out.varint(column.length);
    out.raw(deflateRawSync(column, { level: 6, strategy }));
    yield out.finish();
  }
}

/** Fills the values of the `n` samples from `start` on, of which the status says which are null, so many. */
export function readValues(input: ByteReader, into: Growing, start: number, n: number, nulls: number): void {
  const count = n - nulls;
  const kinds = readPresent(input, into, start, count);
  if (nulls === 0) {
    if (kinds) for (let i = 0; i < n; i += 1) into.status[start + i] = (into.status[start + i] ?? 0) | (kinds[i] ?? 0);
    return;
  }
  // From the end, so that a value is moved before its place is taken.
  let from = count - 1;
  for (let i = n - 1; i >= 0; i -= 1) {
    if ((into.status[start + i] ?? 0) & NULL) into.value[start + i] = 0;
    else {
      into.value[start + i] = into.value[start + from] ?? 0;
      if (kinds) into.status[start + i] = (into.status[start + i] ?? 0) | (kinds[from] ?? 0);
      from -= 1;
    }
  }
}

/** The values that are present, one after the other; returns what each stands for unless all are numbers. */
function readPresent(input: ByteReader, into: Growing, start: number, n: number): Uint8Array | undefined {
  const kind = input.byte();
  if (kind === KIND.deflated) return readPresent(new ByteReader(inflateRawSync(input.rest())), into, start, n);
  if (kind === KIND.boolean) {
    input.packed(into.value, start, n);
    return new Uint8Array(n).fill(BOOLEAN);
  }
  if (kind === KIND.text) {
    readTexts(input, into, start, n);
    return new Uint8Array(n).fill(TEXT);
  }
  if (kind === KIND.mixed) return readMixed(input, into, start, n);
  readNumbers(input, kind, into.value, start, n);
  return undefined;
}

function readNumbers(input: ByteReader, kind: number, target: Float64Array, start: number, n: number): void {
  if (kind === KIND.scaled) readScaled(input, target, start, n);
  else if (kind === KIND.scaledBytes) readScaledBytes(input, target, start, n);
  else if (kind === KIND.single) readSingles(input, target, start, n);
  else if (kind === KIND.double) target.set(new Float64Array(new Uint8Array(input.raw(n * 8)).buffer), start);
  else throw new RangeError(`chunk with unknown values ${kind}`);
}

function writeNumbers(out: ByteWriter, values: Float64Array): void {
  const decimals = scale(values);
  if (decimals === undefined && values.every((value) => Object.is(Math.fround(value), value))) writeSingles(out, values);
  else if (decimals === undefined) {
    out.byte(KIND.double);
    out.raw(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  } else {
    out.byte(KIND.scaled);
    out.byte(decimals);
    const deltas = scaledDeltas(values, decimals);
    // The first one is far from zero and would widen its block.
    if (values.length > 0) out.varint(deltas[0] ?? 0);
    out.packed(deltas, 1, values.length);
  }
}

/** Zigzag deltas of the scaled integers, in the working memory. */
function scaledDeltas(values: Float64Array, decimals: number): Float64Array {
  const deltas = scratchOf(values.length);
  const factor = SCALES[decimals] ?? 1;
  let before = 0;
  for (let i = 0; i < values.length; i += 1) {
    const integer = Math.round((values[i] ?? 0) * factor);
    deltas[i] = zigzag(integer - before);
    before = integer;
  }
  return deltas;
}

function readScaled(input: ByteReader, target: Float64Array, start: number, n: number): void {
  const factor = SCALES[input.byte()] ?? 1;
  if (n === 0) return;
  let integer = unzigzag(input.varint());
  target[start] = integer / factor;
  input.packed(target, start + 1, n - 1);
  for (let i = start + 1; i < start + n; i += 1) {
    integer += unzigzag(target[i] ?? 0);
    target[i] = integer / factor;
  }
}

function readScaledBytes(input: ByteReader, target: Float64Array, start: number, n: number): void {
  const factor = SCALES[input.byte()] ?? 1;
  let integer = unzigzag(input.varint());
  const length = input.varint();
  const column = inflateRawSync(input.rest(), { chunkSize: Math.max(1024, length + 1) });
  if (column.length !== length) throw new RangeError('the chunk ends too early');
  if (n === 0) return;
  target[start] = integer / factor;
  const end = start + n;
  let at = 0;
  for (let i = start + 1; i < end; i += 1) {
    const byte = column[at] ?? 0;
    at += 1;
    if (byte === WIDE) {
      let wide = WIDE;
      for (let scaleOf = 1; ; scaleOf *= 128) {
        const more = column[at] ?? 0;
        at += 1;
        wide += (more & 127) * scaleOf;
        if (more < 128) break;
      }
      integer += unzigzag(wide);
    } else integer += (byte >>> 1) ^ -(byte & 1);
    target[i] = integer / factor;
  }
}

/** Near 32-bit floats have near bit patterns: deltas of the bits, in an order without a jump at zero. */
function writeSingles(out: ByteWriter, values: Float64Array): void {
  out.byte(KIND.single);
  const bits = new Int32Array(Float32Array.from(values).buffer);
  const deltas = scratchOf(values.length);
  let before = 0;
  for (let i = 0; i < bits.length; i += 1) {
    const bit = bits[i] ?? 0;
    const ordered = bit >= 0 ? bit : -(bit & 0x7fffffff) - 1;
    deltas[i] = zigzag(ordered - before);
    before = ordered;
  }
  out.varint(deltas[0] ?? 0);
  out.packed(deltas, 1, values.length);
}

function readSingles(input: ByteReader, target: Float64Array, start: number, n: number): void {
  let ordered = unzigzag(input.varint());
  const bits = new Int32Array(n);
  const at = (value: number): number => (value >= 0 ? value : (-value - 1) | 0x80000000);
  bits[0] = at(ordered);
  input.packed(target, start + 1, n - 1);
  for (let i = 1; i < n; i += 1) {
    ordered += unzigzag(target[start + i] ?? 0);
    bits[i] = at(ordered);
  }
  target.set(new Float32Array(bits.buffer), start);
}

/** The fewest decimals with which every value comes back bit for bit, or undefined. */
function scale(values: Float64Array): number | undefined {
  let decimals = 0;
  let i = 0;
  while (i < values.length) {
    const factor = SCALES[decimals];
    if (factor === undefined) return undefined;
    const value = values[i] ?? 0;
    // `+ 0` makes a negative zero of rounding a plain one; the proof then refuses a stored -0.
    const integer = Math.round(value * factor) + 0;
    if (integer <= LARGEST && integer >= -LARGEST && integer / factor === value && !(value === 0 && Object.is(value, -0))) i += 1;
    else if (Object.is(value, -0) || !Number.isFinite(value)) return undefined;
    else {
      decimals += 1;
      i = 0;
    }
  }
  return decimals;
}

function writeTexts(out: ByteWriter, indices: Float64Array, texts: readonly string[]): void {
  const table = new Map<string, number>();
  const column = new Float64Array(indices.length);
  indices.forEach((index, i) => {
    const text = texts[index] ?? '';
    if (!table.has(text)) table.set(text, table.size);
    column[i] = table.get(text) ?? 0;
  });
  const bytes = Buffer.from(JSON.stringify([...table.keys()]));
  out.varint(bytes.length);
  out.raw(bytes);
  out.packed(column, 0, column.length);
}

function readTexts(input: ByteReader, into: Growing, start: number, n: number): void {
  const table: unknown = JSON.parse(Buffer.from(input.raw(input.varint())).toString('utf8'));
  if (!Array.isArray(table)) throw new RangeError('chunk without its table of texts');
  const places = table.map((text) => into.text(String(text)));
  input.packed(into.value, start, n);
  for (let i = start; i < start + n; i += 1) into.value[i] = places[into.value[i] ?? 0] ?? 0;
}

/** A tag whose type was changed: the kind of each value, then each kind's own column. */
function writeMixed(out: ByteWriter, values: Float64Array, kinds: Uint8Array, texts: readonly string[]): void {
  out.byte(KIND.mixed);
  const kindOf = (kind: number, value: number): number => (kind & TEXT ? 1 : kind & BOOLEAN ? 2 + value : 0);
  const column = Float64Array.from(values, (value, i) => kindOf(kinds[i] ?? 0, value));
  out.packed(column, 0, column.length);
  writeNumbers(
    out,
    values.filter((_, i) => column[i] === 0),
  );
  writeTexts(
    out,
    values.filter((_, i) => column[i] === 1),
    texts,
  );
}

function readMixed(input: ByteReader, into: Growing, start: number, n: number): Uint8Array {
  const kinds = new Float64Array(n);
  input.packed(kinds, 0, n);
  const count = (kind: number): number => kinds.reduce((sum, k) => sum + (k === kind ? 1 : 0), 0);
  const numbers = new Float64Array(count(0));
  readNumbers(input, input.byte(), numbers, 0, numbers.length);
  const n1 = count(1);
  readTexts(input, into, start, n1);
  const texts = into.value.slice(start, start + n1);
  let number = 0;
  let text = 0;
  const flags = new Uint8Array(n);
  kinds.forEach((kind, i) => {
    flags[i] = kind === 0 ? 0 : kind === 1 ? TEXT : BOOLEAN;
    into.value[start + i] = kind === 0 ? (numbers[number++] ?? 0) : kind === 1 ? (texts[text++] ?? 0) : kind - 2;
  });
  return flags;
}
