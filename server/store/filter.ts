import { Query } from 'mingo';
import { Problem } from '#domain/errors.ts';
import type { Doc, Filter } from './port.ts';

const OPERATORS = new Set(['$in', '$nin', '$ne', '$eq', '$gt', '$gte', '$lt', '$lte', '$exists', '$regex', '$options']);

/** The one meaning of a filter, on every adapter that filters itself. @throws Problem STORE_FILTER for what the port does not promise. */
export function predicateOf(filter: Filter): (doc: Doc) => boolean {
  check(filter);
  if (Object.keys(filter).length === 0) return () => true;
  const query = new Query(filter);
  return (doc) => query.test(doc);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RegExp);
const refuse = (path: string, why: string): Problem => new Problem('STORE_FILTER', 500, `filter ${path}: ${why}`, { place: { path } });

function check(filter: Filter): void {
  for (const [key, value] of Object.entries(filter)) {
    if (key === '$and' || key === '$or') {
      if (!Array.isArray(value) || value.length === 0) throw refuse(key, 'needs a list');
      for (const one of value) {
        if (!isObject(one)) throw refuse(key, 'needs a list of filters');
        check(one);
      }
    } else if (key.startsWith('$')) throw refuse(key, 'operator unknown to the port');
    else if (isObject(value)) checkOperators(key, value);
  }
}

function checkOperators(path: string, value: Readonly<Record<string, unknown>>): void {
  const keys = Object.keys(value);
  if (!keys.some((k) => k.startsWith('$'))) return;
  const unknown = keys.find((k) => !OPERATORS.has(k));
  if (unknown !== undefined) throw refuse(path, `operator ${unknown} unknown to the port`);
  for (const op of ['$in', '$nin']) if (op in value && !Array.isArray(value[op])) throw refuse(path, `${op} needs a list`);
}
