import { TEXT } from './columns.ts';

/** Samples of many tags in columns, by the numbers of their tags. */
export class Batch {
  n = 0;
  tag = new Int32Array(1024);
  at = new Float64Array(1024);
  value = new Float64Array(1024);
  status = new Uint8Array(1024);
  readonly texts: string[] = [];

  push(tag: number, at: number, value: number, status: number, text: unknown): void {
    if (this.n === this.tag.length) this.#grow();
    this.tag[this.n] = tag;
    this.at[this.n] = at;
    this.value[this.n] = status & TEXT ? this.texts.push(String(text)) - 1 : value;
    this.status[this.n] = status;
    this.n += 1;
  }

  clear(): void {
    this.n = 0;
    this.texts.length = 0;
  }

  #grow(): void {
    const { tag, at, value, status } = this;
    const capacity = this.n * 2;
    this.tag = new Int32Array(capacity);
    this.at = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
    this.status = new Uint8Array(capacity);
    this.tag.set(tag);
    this.at.set(at);
    this.value.set(value);
    this.status.set(status);
  }
}

const VERSION = 2;
/** All samples of one poll have one time and good quality: both columns are left out then. */
const ONE_TIME = 1;
const PLAIN = 2;
/** Times as milliseconds after the first one. */
const NEAR = 4;
const HEADER = 16;

/** Bytes of one group of samples: values, times, tags, status, then the texts as JSON. Little-endian as all hosts of Node. */
export function packBatch(batch: Batch): Uint8Array {
  const { n } = batch;
  const at = batch.at.subarray(0, n);
  const status = batch.status.subarray(0, n);
  const [from = 0] = at;
  const offsets = new Int32Array(n);
  let oneTime = true;
  let near = true;
  let plain = true;
  for (let i = 0; i < n; i += 1) {
    const offset = (at[i] ?? 0) - from;
    offsets[i] = offset;
    oneTime &&= offset === 0;
    near &&= offsets[i] === offset;
    plain &&= status[i] === 0;
  }
  const text = batch.texts.length > 0 ? new TextEncoder().encode(JSON.stringify(batch.texts)) : new Uint8Array();
  const parts = [
    new Uint32Array([VERSION, n, (oneTime ? ONE_TIME : near ? NEAR : 0) | (plain ? PLAIN : 0), text.length]),
    batch.value.subarray(0, n),
    oneTime || near ? at.subarray(0, 1) : at,
    near && !oneTime ? offsets : new Int32Array(),
    batch.tag.subarray(0, n),
    plain ? new Uint8Array() : status,
    text,
  ];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += part.byteLength;
  }
  return bytes;
}

export interface PackedBatch {
  readonly n: number;
  readonly tag: Int32Array;
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly status: Uint8Array;
  readonly texts: readonly unknown[];
}

/** @throws RangeError if the bytes are too short or of another version. */
export function unpackBatch(bytes: Uint8Array): PackedBatch {
  const buffer = new Uint8Array(bytes).buffer;
  const [version, n = 0, flags = 0, textLength = 0] = new Uint32Array(buffer, 0, 4);
  if (version !== VERSION) throw new RangeError(`batch of unknown version ${version}`);
  const times = flags & (ONE_TIME | NEAR) ? 1 : n;
  const at = new Float64Array(buffer, HEADER + 8 * n, times);
  const offsets = new Int32Array(buffer, HEADER + 8 * (n + times), flags & NEAR ? n : 0);
  const tags = HEADER + 8 * (n + times) + offsets.byteLength;
  const end = tags + 4 * n + (flags & PLAIN ? 0 : n);
  const table: unknown = textLength > 0 ? JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, end, textLength))) : [];
  return {
    n,
    value: new Float64Array(buffer, HEADER, n),
    at: times === n ? at : Float64Array.from({ length: n }, (_, i) => (at[0] ?? 0) + (offsets[i] ?? 0)),
    tag: new Int32Array(buffer, tags, n),
    status: flags & PLAIN ? new Uint8Array(n) : new Uint8Array(buffer, tags + 4 * n, n),
    texts: Array.isArray(table) ? table : [],
  };
}
