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
const HEADER = 16;

/** Bytes of one group of samples: values, times, tags, status, then the texts as JSON. Little-endian as all hosts of Node. */
export function packBatch(batch: Batch): Uint8Array {
  const { n } = batch;
  const at = batch.at.subarray(0, n);
  const status = batch.status.subarray(0, n);
  const oneTime = at.every((time) => time === at[0]);
  const plain = status.every((one) => one === 0);
  const text = batch.texts.length > 0 ? new TextEncoder().encode(JSON.stringify(batch.texts)) : new Uint8Array();
  const parts = [
    new Uint32Array([VERSION, n, (oneTime ? ONE_TIME : 0) | (plain ? PLAIN : 0), text.length]),
    batch.value.subarray(0, n),
    oneTime ? at.subarray(0, 1) : at,
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
  const times = flags & ONE_TIME ? 1 : n;
  const at = new Float64Array(buffer, HEADER + 8 * n, times);
  const tags = HEADER + 8 * (n + times);
  const end = tags + 4 * n + (flags & PLAIN ? 0 : n);
  const table: unknown = textLength > 0 ? JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, end, textLength))) : [];
  return {
    n,
    value: new Float64Array(buffer, HEADER, n),
    at: flags & ONE_TIME ? new Float64Array(n).fill(at[0] ?? 0) : at,
    tag: new Int32Array(buffer, tags, n),
    status: flags & PLAIN ? new Uint8Array(n) : new Uint8Array(buffer, tags + 4 * n, n),
    texts: Array.isArray(table) ? table : [],
  };
}
