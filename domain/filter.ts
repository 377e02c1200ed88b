import { Problem } from './errors.ts';

/** Operators of the list filter `field:op:value;...` (api.md). `has` is containment, blind to case. */
const FILTER_OPERATORS = ['eq', 'ne', 'in', 'nin', 'gt', 'gte', 'lt', 'lte', 'has', 'exists'] as const;
type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** How the text of a value is read: `time` is ISO 8601 or UTC milliseconds, kept as UTC milliseconds. */
export type FieldKind = 'string' | 'number' | 'boolean' | 'time';
export type FilterFields = Readonly<Record<string, FieldKind>>;
type FilterValue = string | number | boolean;

export interface FilterClause {
  readonly field: string;
  readonly op: FilterOperator;
  /** One value, several for `in` and `nin`; a boolean for `exists`. */
  readonly values: readonly FilterValue[];
}

const fault = (code: string, detail: string, column: number): Problem =>
  new Problem(code, 400, detail, { place: { path: 'filter', column } });

/** Splits at an unescaped separator; `\` takes the next character as it is. Escapes stay, for the next split. */
function split(text: string, separator: string, limit = Number.POSITIVE_INFINITY): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length && parts.length < limit - 1; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === separator) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}

const unescape = (text: string): string => text.replaceAll(/\\(.)/gs, '$1');

/** Writes a value so that `parseFilter` reads it back. */
export const escapeFilterValue = (value: string): string => value.replaceAll(/[\\;,]/g, '\\$&');

/**
 * Clauses of a filter, all of which must hold. Values are separated by `,` (in, nin), clauses by `;`; a backslash escapes either.
 * @throws Problem FILTER_SYNTAX, FILTER_FIELD, FILTER_VALUE (400) with the column in the text.
 */
export function parseFilter(text: string, fields: FilterFields): FilterClause[] {
  const clauses: FilterClause[] = [];
  let column = 1;
  for (const part of split(text, ';')) {
    if (part !== '') clauses.push(clauseOf(part, fields, column));
    column += part.length + 1;
  }
  return clauses;
}

function clauseOf(part: string, fields: FilterFields, column: number): FilterClause {
  const [field = '', name = '', rest] = split(part, ':', 3);
  if (rest === undefined) throw fault('FILTER_SYNTAX', `expected field:op:value, found "${part}"`, column);
  const kind = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (kind === undefined)
    throw fault('FILTER_FIELD', `no field "${field}" to filter by; there are ${Object.keys(fields).join(', ')}`, column);
  const op = FILTER_OPERATORS.find((o) => o === name);
  if (op === undefined)
    throw fault('FILTER_SYNTAX', `no operator "${name}"; there are ${FILTER_OPERATORS.join(', ')}`, column + field.length + 1);
  const at = column + field.length + name.length + 2;
  const texts = op === 'in' || op === 'nin' ? split(rest, ',') : [rest];
  return { field, op, values: texts.map((t) => valueOf(unescape(t), op === 'exists' ? 'boolean' : op === 'has' ? 'string' : kind, at)) };
}

function valueOf(text: string, kind: FieldKind, column: number): FilterValue {
  switch (kind) {
    case 'string':
      return text;
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      break;
    case 'number':
      if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
      break;
    case 'time': {
      const at = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);
      if (Number.isFinite(at)) return at;
      break;
    }
  }
  throw fault('FILTER_VALUE', `"${text}" is not a ${kind}`, column);
}

/** Whether a record passes; `get` gives a field's value (a list = any element), undefined where there is none. */
export function matchesFilter(clauses: readonly FilterClause[], get: (field: string) => unknown): boolean {
  return clauses.every((clause) => matches(clause, get(clause.field)));
}

function matches(clause: FilterClause, actual: unknown): boolean {
  const all = Array.isArray(actual) ? actual : [actual];
  const first = clause.values[0];
  const among = (): boolean => all.some((a) => clause.values.some((v) => v === a));
  if (clause.op === 'exists') return (actual !== undefined && actual !== null) === first;
  if (clause.op === 'eq' || clause.op === 'in') return among();
  if (clause.op === 'ne' || clause.op === 'nin') return !among();
  if (clause.op === 'has') return all.some((a) => typeof a === 'string' && a.toLowerCase().includes(String(first).toLowerCase()));
  return first !== undefined && all.some((a) => ordered(clause.op, a, first));
}

function ordered(op: FilterOperator, actual: unknown, limit: FilterValue): boolean {
  if (typeof actual !== typeof limit || (typeof actual !== 'number' && typeof actual !== 'string')) return false;
  const difference = actual === limit ? 0 : actual > limit ? 1 : -1;
  if (op === 'gt') return difference > 0;
  if (op === 'gte') return difference >= 0;
  return op === 'lt' ? difference < 0 : difference <= 0;
}

const STORE_OPERATOR = { eq: '$eq', ne: '$ne', gt: '$gt', gte: '$gte', lt: '$lt', lte: '$lte' } as const;

/** The same clauses as a filter of the document store; `path` maps a field to its place in the document. */
export function storeFilter(
  clauses: readonly FilterClause[],
  path: (field: string) => string = (f) => f,
): Readonly<Record<string, unknown>> {
  if (clauses.length === 0) return {};
  return { $and: clauses.map((c) => ({ [path(c.field)]: storeTest(c) })) };
}

function storeTest(clause: FilterClause): unknown {
  const { op } = clause;
  const first = clause.values[0];
  if (op === 'in') return { $in: clause.values };
  if (op === 'nin') return { $nin: clause.values };
  if (op === 'exists') return first === true ? { $ne: null } : null;
  if (op === 'has') return { $regex: String(first).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), $options: 'i' };
  return { [STORE_OPERATOR[op]]: first };
}
