import { createHash } from 'node:crypto';

/** Longest JSON of one `before` or `after`; more is stored as its size and SHA-256. */
const LIMIT = 64 * 1024;
const DEPTH = 32;

// C0, DEL, C1, line and paragraph separators, direction marks and overrides, byte order mark: they can forge lines and hide text.
// oxlint-disable-next-line eslint/no-control-regex -- control characters are what it looks for
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;

/** Control and direction characters written out as `\u202e`, so that no reader can be deceived. */
export const visible = (text: string): string => text.replaceAll(UNSAFE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * Canonical JSON by RFC 8785: members sorted by UTF-16 units, no white space, ECMAScript numbers; undefined members are left out.
 * Texts pass through `visible`; what JSON cannot hold becomes null or a text.
 */
export function canonicalJson(value: unknown, depth = 0): string {
  if (depth > DEPTH) return '"[too deep]"';
  if (typeof value === 'string') return JSON.stringify(visible(value));
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return JSON.stringify(String(value));
  if (typeof value !== 'object' || value === null) return 'null';
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (Array.isArray(value)) return `[${value.map((v) => canonicalJson(v, depth + 1)).join(',')}]`;
  return members(value, depth);
}

function members(value: object, depth: number): string {
  const entries = Object.entries(value)
    .filter(([, v]) => v !== undefined && typeof v !== 'function')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(visible(k))}:${canonicalJson(v, depth + 1)}`).join(',')}}`;
}

/** The value, or its size and digest when it is too long for the log. */
export function bounded(value: unknown): unknown {
  const text = canonicalJson(value);
  return text.length <= LIMIT ? value : { omitted: text.length, sha256: createHash('sha256').update(text).digest('hex') };
}
