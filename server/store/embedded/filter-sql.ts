import type { Filter } from '../port.ts';
import type { Bind } from './sqlite.ts';

/** A condition that lets through at least every document that the filter matches (storage.md 2: over-select, never under-select). */
export interface Condition {
  readonly sql: string;
  readonly values: readonly Bind[];
}

const ALWAYS: Condition = { sql: '1', values: [] };
const SEGMENT = /^[^."\\]+$/;

/** JSON path of a dotted path, or undefined if it cannot be said in SQL. */
function jsonPath(path: string): string | undefined {
  const segments = path.split('.');
  if (!segments.every((s) => SEGMENT.test(s))) return undefined;
  return `$${segments.map((s) => `."${s.replaceAll("'", "''")}"`).join('')}`;
}

/** Expression of a field; the same text in indices and queries, so that SQLite recognises it. */
export function fieldSql(path: string): string | undefined {
  if (path === '_id') return 'id';
  if (path === 'ver') return 'ver';
  const json = jsonPath(path);
  return json === undefined ? undefined : `json_extract(doc, '${json}')`;
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RegExp) && !(value instanceof Date);
const isOperators = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isPlain(value) && Object.keys(value).some((k) => k.startsWith('$'));
// SQLite orders text by UTF-8 bytes, JavaScript by UTF-16 units: they differ only from U+D800 on.
const sameOrder = (text: string): boolean => !/[\uD800-\uFFFF]/.test(text);
const isExact = (value: number): boolean => Number.isSafeInteger(value);
// SQLite may read a decimal fraction one unit in the last place beside JavaScript.
const around = (value: number): readonly [number, number] => {
  const slack = Math.abs(value) * 1e-12 + Number.MIN_VALUE;
  return [value - slack, value + slack];
};

export class FilterTranslator {
  readonly #holdsArray: (path: string) => boolean;

  /** `holdsArray(path)`: some document of the collection may have an array at the path. */
  constructor(holdsArray: (path: string) => boolean) {
    this.#holdsArray = holdsArray;
  }

  translate(filter: Filter): Condition {
    return and(Object.entries(filter).map(([key, value]) => this.#entry(key, value)));
  }

  #entry(key: string, value: unknown): Condition {
    if (key === '$and') return Array.isArray(value) ? and(value.map((v) => (isPlain(v) ? this.translate(v) : ALWAYS))) : ALWAYS;
    if (key === '$or') return Array.isArray(value) ? or(value.map((v) => (isPlain(v) ? this.translate(v) : ALWAYS))) : ALWAYS;
    if (key.startsWith('$')) return ALWAYS;
    const field = fieldSql(key);
    if (field === undefined) return ALWAYS;
    const segments = key.split('.');
    if (segments.some((_, i) => i < segments.length - 1 && this.#holdsArray(segments.slice(0, i + 1).join('.')))) return ALWAYS;
    const leafArray = this.#holdsArray(key);
    if (!isOperators(value)) return leafArray ? elementIn(key, [value]) : equals(field, value);
    return and(Object.entries(value).map(([op, operand]) => (leafArray ? onArray(key, op, operand) : onScalar(field, key, op, operand))));
  }
}

function onScalar(field: string, path: string, op: string, operand: unknown): Condition {
  switch (op) {
    case '$eq':
      return equals(field, operand);
    case '$in':
      return Array.isArray(operand) ? or(operand.map((v) => equals(field, v))) : ALWAYS;
    case '$ne':
      return operand === null ? { sql: `${field} IS NOT NULL`, values: [] } : unlike(field, operand);
    case '$exists':
      return exists(path, operand);
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return range(field, op, operand);
    default:
      return ALWAYS;
  }
}

function onArray(path: string, op: string, operand: unknown): Condition {
  if (op === '$eq') return elementIn(path, [operand]);
  if (op === '$in' && Array.isArray(operand)) return elementIn(path, operand);
  return ALWAYS;
}

function equals(field: string, value: unknown): Condition {
  if (value === null || value === undefined) return { sql: `${field} IS NULL`, values: [] };
  if (typeof value === 'string') return { sql: `${field} = ?`, values: [value] };
  if (typeof value === 'boolean') return { sql: `${field} = ?`, values: [value ? 1 : 0] };
  if (typeof value !== 'number' || !Number.isFinite(value)) return ALWAYS;
  return isExact(value) ? { sql: `${field} = ?`, values: [value] } : { sql: `${field} BETWEEN ? AND ?`, values: [...around(value)] };
}

function unlike(field: string, value: unknown): Condition {
  return typeof value === 'string' ? { sql: `(${field} IS NULL OR ${field} <> ?)`, values: [value] } : ALWAYS;
}

function exists(path: string, operand: unknown): Condition {
  const json = jsonPath(path);
  if (json === undefined || path === '_id' || path === 'ver') return ALWAYS;
  return { sql: `json_type(doc, '${json}') IS ${operand ? 'NOT ' : ''}NULL`, values: [] };
}

const SIGNS = { $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' } as const;

function range(field: string, op: keyof typeof SIGNS, operand: unknown): Condition {
  const sign = SIGNS[op];
  if (typeof operand === 'string') return sameOrder(operand) ? { sql: `${field} ${sign} ?`, values: [operand] } : ALWAYS;
  if (typeof operand !== 'number' || !Number.isFinite(operand)) return ALWAYS;
  if (isExact(operand)) return { sql: `${field} ${sign} ?`, values: [operand] };
  const [low, high] = around(operand);
  return { sql: `${field} ${sign} ?`, values: [sign.startsWith('>') ? low : high] };
}

/** The array holds one of the values, or the field is one of them. */
function elementIn(path: string, values: readonly unknown[]): Condition {
  const json = jsonPath(path);
  if (json === undefined || !values.every((v) => typeof v === 'string' || (typeof v === 'number' && isExact(v)))) return ALWAYS;
  const binds = values.filter((v) => typeof v === 'string' || typeof v === 'number');
  return { sql: `EXISTS (SELECT 1 FROM json_each(doc, '${json}') WHERE value IN (${binds.map(() => '?').join(', ')}))`, values: binds };
}

function and(all: readonly Condition[]): Condition {
  const real = all.filter((c) => c.sql !== '1');
  return real.length === 0 ? ALWAYS : { sql: real.map((c) => `(${c.sql})`).join(' AND '), values: real.flatMap((c) => c.values) };
}

function or(any: readonly Condition[]): Condition {
  if (any.length === 0) return { sql: '0', values: [] };
  if (any.some((c) => c.sql === '1')) return ALWAYS;
  return { sql: any.map((c) => `(${c.sql})`).join(' OR '), values: any.flatMap((c) => c.values) };
}
