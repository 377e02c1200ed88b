import type { IncomingMessage } from 'node:http';
import { Problem } from '#domain/errors.ts';
import { isRecord } from './schema.ts';

const BODY_LIMIT = 1024 * 1024;
const DEPTH_LIMIT = 32;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Nesting of JSON text, counted before it is parsed (a reviver or a walk would overflow on what `JSON.parse` still takes). */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (inString) {
      if (sign === '\\') at += 1;
      else if (sign === '"') inString = false;
    } else if (sign === '"') inString = true;
    else if (sign === '{' || sign === '[') deepest = Math.max(deepest, (depth += 1));
    else if (sign === '}' || sign === ']') depth -= 1;
  }
  return deepest;
}

function forbiddenKey(value: unknown, path: string): string | undefined {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = forbiddenKey(item, `${path}/${index}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  for (const [key, item] of Object.entries(value)) {
    if (FORBIDDEN.has(key)) return `${path}/${key}`;
    const found = forbiddenKey(item, `${path}/${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * JSON from outside: at most 32 deep, without the keys that reach a prototype.
 * @throws Problem JSON_INVALID, JSON_DEPTH, JSON_KEY (400)
 */
export function parseJson(text: string): unknown {
  if (depthOf(text) > DEPTH_LIMIT) throw new Problem('JSON_DEPTH', 400, `the JSON is nested deeper than ${DEPTH_LIMIT}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Problem('JSON_INVALID', 400, error instanceof Error ? error.message : 'this is not JSON', { cause: error });
  }
  const key = forbiddenKey(value, '');
  if (key !== undefined) throw new Problem('JSON_KEY', 400, 'this key is refused', { place: { path: key } });
  return value;
}

/** @throws Problem BODY_TOO_LARGE (413) as soon as more than the limit has come, BODY_TYPE (415) for anything but uncompressed UTF-8 JSON */
export async function readJson(request: IncomingMessage, limit = BODY_LIMIT): Promise<unknown> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > limit) throw new Problem('BODY_TOO_LARGE', 413, `the body is larger than ${limit} bytes`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > limit) throw new Problem('BODY_TOO_LARGE', 413, `the body is larger than ${limit} bytes`);
    chunks.push(bytes);
  }
  if (size === 0) return undefined;
  const type = (request.headers['content-type'] ?? '').toLowerCase().split(';')[0]?.trim();
  const encoding = request.headers['content-encoding'];
  if (type !== 'application/json' || (encoding !== undefined && encoding !== 'identity')) {
    throw new Problem('BODY_TYPE', 415, 'a body is application/json, not compressed');
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw new Problem('JSON_INVALID', 400, 'the body is not UTF-8', { cause: error });
  }
  return parseJson(text);
}
