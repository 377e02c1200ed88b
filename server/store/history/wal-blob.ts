import type { Sample, Value } from '#domain/sample.ts';
import { qualityCode, qualityOf } from './columns.ts';

/** A sample with the number of its tag instead of its name. */
export interface Numbered extends Omit<Sample, 'tag'> {
  readonly tag: number;
}

const NULL = 4;
const BOOLEAN = 8;
const TEXT = 16;

/** Bytes of one group of samples: two 8-byte columns (time, value), tags, flags, then the texts as JSON. Little-endian as all hosts of Node. */
export function packSamples(samples: readonly Numbered[]): Uint8Array {
  const n = samples.length;
  const texts: string[] = [];
  const at = new Float64Array(n);
  const values = new Float64Array(n);
  const tags = new Uint32Array(n);
  const flags = new Uint8Array(n);
  samples.forEach((sample, i) => {
    at[i] = sample.at;
    tags[i] = sample.tag;
    flags[i] = qualityCode(sample.quality) | kindOf(sample.value);
    values[i] = typeof sample.value === 'string' ? texts.push(sample.value) - 1 : Number(sample.value ?? 0);
  });
  const text = texts.length > 0 ? new TextEncoder().encode(JSON.stringify(texts)) : new Uint8Array();
  const parts = [new Uint32Array([n, text.length]), at, values, tags, flags, text];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += part.byteLength;
  }
  return bytes;
}

const kindOf = (value: Value): number =>
  value === null ? NULL : typeof value === 'boolean' ? BOOLEAN : typeof value === 'string' ? TEXT : 0;

/** @throws RangeError if the bytes are too short. */
export function unpackSamples(bytes: Uint8Array): Numbered[] {
  const buffer = bytes.slice().buffer;
  const [n = 0, textLength = 0] = new Uint32Array(buffer, 0, 2);
  const at = new Float64Array(buffer, 8, n);
  const values = new Float64Array(buffer, 8 + 8 * n, n);
  const tags = new Uint32Array(buffer, 8 + 16 * n, n);
  const flags = new Uint8Array(buffer, 8 + 20 * n, n);
  const table: unknown = textLength > 0 ? JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8 + 21 * n, textLength))) : [];
  const texts = Array.isArray(table) ? table : [];
  return Array.from(at, (time, i) => {
    const flag = flags[i] ?? 0;
    return { tag: tags[i] ?? 0, at: time, value: valueOf(flag, values[i] ?? 0, texts), quality: qualityOf(flag & 3) };
  });
}

function valueOf(flag: number, value: number, texts: readonly unknown[]): Value {
  if (flag & NULL) return null;
  if (flag & BOOLEAN) return value === 1;
  return flag & TEXT ? String(texts[value]) : value;
}
