import type { Filter } from '../port.ts';
import { escapePath, NESTED } from './field-names.ts';

/** A filter of the server that lets through at least every document that the port's filter matches; `{}` = all. */
export type ServerFilter = Readonly<Record<string, unknown>>;

const ALL: ServerFilter = {};
const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RegExp) && !(value instanceof Date);
const isOperators = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isPlain(value) && Object.keys(value).some((key) => key.startsWith('$'));
const isAll = (filter: ServerFilter): boolean => Object.keys(filter).length === 0;
const isScalar = (value: unknown): value is string | number | boolean =>
  (typeof value === 'string' && value.isWellFormed()) || typeof value === 'boolean' || Number.isFinite(value);
const isOrdered = (value: unknown): value is string | number => isScalar(value) && typeof value !== 'boolean';

/** What cannot be said on every server the same way is left out: mingo tests every document that comes (storage.md 2). */
export function toServerFilter(filter: Filter): ServerFilter {
  return and(Object.entries(filter).map(([key, value]) => entry(key, value)));
}

function entry(key: string, value: unknown): ServerFilter {
  if (key === '$and') return Array.isArray(value) ? and(value.map((one) => (isPlain(one) ? toServerFilter(one) : ALL))) : ALL;
  if (key === '$or') return Array.isArray(value) ? or(value.map((one) => (isPlain(one) ? toServerFilter(one) : ALL))) : ALL;
  if (key.startsWith('$')) return ALL;
  const dotted = key.includes('.');
  const conditions = isOperators(value) ? Object.entries(value).map(([op, operand]) => test(op, operand, dotted)) : [equals(value, dotted)];
  const path = escapePath(key);
  const filters = conditions.map((condition) => (condition === undefined ? ALL : { [path]: condition }));
  // Behind a dotted path mingo looks into arrays of arrays, MongoDB does not.
  return and(dotted ? filters.map((one) => (isAll(one) ? ALL : { $or: [one, { [NESTED]: true }] })) : filters);
}

/** The condition on one path, undefined where none is said. */
function test(op: string, operand: unknown, dotted: boolean): Readonly<Record<string, unknown>> | undefined {
  switch (op) {
    case '$eq':
      return equals(operand, dotted);
    case '$in':
      return Array.isArray(operand) && operand.every((one) => isScalar(one) || (one === null && !dotted)) ? { $in: operand } : undefined;
    case '$ne':
      return !dotted && (isScalar(operand) || operand === null) ? { $ne: operand } : undefined;
    case '$nin':
      return !dotted && Array.isArray(operand) && operand.every((one) => isScalar(one) || one === null) ? { $nin: operand } : undefined;
    case '$exists':
      return dotted ? undefined : { $exists: Boolean(operand) };
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return isOrdered(operand) ? { [op]: operand } : undefined;
    default:
      return undefined;
  }
}

function equals(value: unknown, dotted: boolean): Readonly<Record<string, unknown>> | undefined {
  if (value === null || value === undefined) return dotted ? undefined : { $eq: null };
  return isScalar(value) ? { $eq: value } : undefined;
}

function and(all: readonly ServerFilter[]): ServerFilter {
  const real = all.filter((one) => !isAll(one));
  const [only] = real;
  return real.length === 1 && only ? only : real.length === 0 ? ALL : { $and: real };
}

const or = (filters: readonly ServerFilter[]): ServerFilter => (filters.some(isAll) ? ALL : { $or: filters });
