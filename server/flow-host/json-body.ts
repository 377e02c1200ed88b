import type { IncomingMessage } from 'node:http';
import { Problem } from '#domain/errors.ts';

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const MAX_DEPTH = 32;

/** Refuses keys that pollute prototypes, and nesting that would overflow a stack. */
function checkKeys(value: unknown, path = '', depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) throw new Problem('BODY_INVALID', 400, 'nested too deep', { place: { path } });
  for (const key of Object.getOwnPropertyNames(value)) {
    if (FORBIDDEN.has(key)) throw new Problem('BODY_INVALID', 400, `the key ${key} is not allowed`, { place: { path: `${path}/${key}` } });
    checkKeys(Reflect.get(value, key), `${path}/${key}`, depth + 1);
  }
}

/** The bytes of a body. @throws Problem BODY_TOO_LARGE */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > limit) throw new Problem('BODY_TOO_LARGE', 413, `more than ${limit} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** A JSON body that is safe to hand on; an empty one is undefined. */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Problem('BODY_INVALID', 400, 'not JSON');
  }
  checkKeys(value);
  return value;
}
