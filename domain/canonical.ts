import { Problem } from './errors.ts';

const refuse = (path: string, detail: string): never => {
  throw new Problem('JSON_NOT_CANONICAL', 422, detail, { place: { path: path === '' ? '$' : path } });
};

function text(value: string, path: string): string {
  if (!value.isWellFormed()) refuse(path, 'a text holds half of a surrogate pair');
  return JSON.stringify(value);
}

/** UTF-16 code units, not code points and not the locale (RFC 8785, 3.2.3). */
const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function write(value: unknown, path: string, open: Set<object>): string | undefined {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return text(value, path);
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : refuse(path, `${value} is no JSON number`);
  if (value === undefined) return undefined;
  if (typeof value !== 'object') return refuse(path, `a ${typeof value} is no JSON value`);
  if (open.has(value)) return refuse(path, 'the value holds itself');
  open.add(value);
  const written = Array.isArray(value) ? list(value, path, open) : record(value, path, open);
  open.delete(value);
  return written;
}

const list = (value: readonly unknown[], path: string, open: Set<object>): string =>
  `[${Array.from(value, (item, index) => write(item, `${path}[${index}]`, open) ?? refuse(`${path}[${index}]`, 'an element is undefined')).join(',')}]`;

function record(value: object, path: string, open: Set<object>): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return refuse(path, 'only plain objects are JSON');
  const members: string[] = [];
  for (const [key, member] of Object.entries(value).sort(([a], [b]) => byCodeUnits(a, b))) {
    const at = path === '' ? key : `${path}.${key}`;
    const written = write(member, at, open);
    if (written !== undefined) members.push(`${text(key, at)}:${written}`);
  }
  return `{${members.join(',')}}`;
}

/**
 * Canonical JSON (RFC 8785, JCS): one text for one value, to hash and to compare. Members that are `undefined` are left out, as JSON does.
 * @throws Problem `JSON_NOT_CANONICAL` with the place of what is no JSON (NaN, Infinity, bigint, a function, half a surrogate pair, a cycle).
 */
export const canonicalJson = (value: unknown): string => write(value, '', new Set()) ?? refuse('', 'undefined is no JSON value');
