import { Problem } from '../errors.ts';
import { parseDuration } from '../time.ts';
import type { Text } from '../text.ts';

/** Refuses input with the place of the fault: `alarms[3].limits.hh: must be a number`. */
export const malformed = (path: string, detail: string): never => {
  throw new Problem('RULE_INVALID', 422, detail, { place: { path } });
};

const PLAIN = /^[\p{L}_][\p{L}\p{N}_-]*$/u;
/** Path of a member: `limits.hh`, `named["a b"]`. */
export const at = (path: string, key: string | number): string => {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!PLAIN.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
};

/** Own members of an object; a Map, so that names like `__proto__` are harmless. */
export function members(value: unknown, path: string): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return malformed(path, 'must be an object');
  return new Map(Object.entries(value).filter(([, member]) => member !== undefined));
}

/** An object of known keys only. */
export function record(
  value: unknown,
  path: string,
  known: readonly string[],
  required: readonly string[] = [],
): ReadonlyMap<string, unknown> {
  const map = members(value, path);
  for (const key of map.keys()) if (!known.includes(key)) malformed(at(path, key), 'is not a known key');
  for (const key of required) if (!map.has(key)) malformed(at(path, key), 'is missing');
  return map;
}

export const string = (value: unknown, path: string): string =>
  typeof value === 'string' && value !== '' ? value : malformed(path, 'must be a text that is not empty');
export const number = (value: unknown, path: string): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : malformed(path, 'must be a number');
export const boolean = (value: unknown, path: string): boolean =>
  typeof value === 'boolean' ? value : malformed(path, 'must be true or false');
export const list = (value: unknown, path: string): readonly unknown[] =>
  Array.isArray(value) ? value : malformed(path, 'must be an array');

export function oneOf<T extends string | number>(value: unknown, path: string, allowed: readonly T[]): T {
  return allowed.find((one) => one === value) ?? malformed(path, `must be one of ${allowed.join(', ')}`);
}

/** Milliseconds of a duration. */
export function duration(value: unknown, path: string, least = 0): number {
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  if (ms === undefined) return malformed(path, "must be a duration like '30s' or 'PT15M'");
  return ms >= least ? ms : malformed(path, 'must be longer than 0');
}

/** Checks a duration and keeps it as written. */
export const durationText = (value: unknown, path: string, least = 0): string => {
  duration(value, path, least);
  return string(value, path);
};

export function text(value: unknown, path: string): Text {
  const map = record(value, path, ['zh', 'en'], ['zh', 'en']);
  return { zh: string(map.get('zh'), at(path, 'zh')), en: string(map.get('en'), at(path, 'en')) };
}

/** `{ key: read(member) }` if the member is there, else `{}`. */
export function optional<K extends string, T>(
  map: ReadonlyMap<string, unknown>,
  path: string,
  key: K,
  read: (value: unknown, path: string) => T,
): { readonly [P in K]?: T } {
  const none: { readonly [P in K]?: T } = {};
  return map.has(key) ? { ...none, [key]: read(map.get(key), at(path, key)) } : none;
}
