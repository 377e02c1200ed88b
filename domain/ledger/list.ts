import { Problem } from '../errors.ts';
import { parseFilter, storeFilter } from '../filter.ts';
import type { FieldKind, FilterClause, FilterFields } from '../filter.ts';
import type { ListQuery } from '../list.ts';
import { isMasked, isSealed } from './definition.ts';
import type { LedgerField, LedgerType } from './definition.ts';

/** Names that every record has besides its fields. */
export const RESERVED: Readonly<Record<string, FieldKind>> = { code: 'string', changedAt: 'time' };
const PLACES: ReadonlyMap<string, string> = new Map([
  ['code', '_id'],
  ['changedAt', '_at'],
]);

export interface LedgerQuery extends ListQuery {
  /** Containment in the code and in the texts of the list. */
  readonly q?: string | undefined;
}

export interface LedgerReader {
  /** The reader has said what sensitive data is read for and may read it. */
  readonly open: boolean;
  /** Value of the blind index of a sealed field. */
  blind(field: string, text: string): string;
}

export interface LedgerPlan {
  readonly filter: Readonly<Record<string, unknown>>;
  readonly sort: Readonly<Record<string, 1 | -1>>;
  readonly limit: number;
  page<T extends { readonly _id: string }>(rows: readonly T[]): { readonly rows: readonly T[]; readonly next?: string };
}

const refuse = (path: string, detail: string): never => {
  throw new Problem('LIST_QUERY', 400, detail, { place: { path } });
};
const masked = (path: string, field: string): Problem =>
  new Problem('LEDGER_MASKED', 403, `"${field}" is masked for you: neither filter nor sort can tell of it`, { place: { path } });

function kindOf(field: LedgerField): FieldKind | undefined {
  if (field.type === 'geo') return undefined;
  if (field.type === 'number' || field.type === 'integer') return 'number';
  return field.type === 'boolean' ? 'boolean' : 'string';
}

/** What a list of the type may be filtered by. */
export function filterFields(type: LedgerType): FilterFields {
  const own = Object.entries(type.fields).flatMap(([name, field]) => {
    const kind = kindOf(field);
    return kind === undefined ? [] : [[name, kind] as const];
  });
  return { ...RESERVED, ...Object.fromEntries(own) };
}

/** Sealed fields know equality only, by their blind index. */
function sealedClause(clause: FilterClause, reader: LedgerReader): FilterClause {
  if (clause.op === 'exists') return clause;
  if (!['eq', 'ne', 'in', 'nin'].includes(clause.op)) throw masked('filter', clause.field);
  return { ...clause, field: `_blind.${clause.field}`, values: clause.values.map((value) => reader.blind(clause.field, String(value))) };
}

function readable(clause: FilterClause, type: LedgerType, reader: LedgerReader): FilterClause {
  const field = type.fields[clause.field];
  if (!field || !isMasked(field)) return clause;
  if (!reader.open) throw masked('filter', clause.field);
  return isSealed(field) ? sealedClause(clause, reader) : clause;
}

const contains = (text: string): unknown => ({
  $regex: text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`),
  $options: 'i',
});

function searchFilter(q: string, type: LedgerType): Readonly<Record<string, unknown>> {
  const names = [...new Set([type.title, ...type.columns])].filter((name) => {
    const field = type.fields[name];
    return field !== undefined && ['text', 'reference'].includes(field.type) && !isMasked(field);
  });
  return { $or: ['_id', ...names].map((name) => ({ [name]: contains(q) })) };
}

type Key = string | number | boolean | null;

function cursorFilter(after: string, name: string, direction: 1 | -1): Readonly<Record<string, unknown>> {
  const [field, value, id] = readCursor(after);
  if (field !== name) return refuse('after', 'the cursor is of another list');
  const op = direction === 1 ? '$gt' : '$lt';
  if (name === '_id') return { _id: { [op]: id } };
  const same = { [name]: value, _id: { [op]: id } };
  // Records without a value stand first in rising order, last in falling order.
  if (value === null) return direction === 1 ? { $or: [{ [name]: { $ne: null } }, same] } : same;
  return { $or: [{ [name]: { [op]: value } }, ...(direction === 1 ? [] : [{ [name]: null }]), same] };
}

function readCursor(after: string): readonly [string, Key, string] {
  try {
    const parsed: unknown = JSON.parse(after);
    if (Array.isArray(parsed) && parsed.length === 3) {
      const [field, value, id]: readonly unknown[] = parsed;
      const isKey = value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      if (typeof field === 'string' && typeof id === 'string' && isKey) return [field, value, id];
    }
  } catch (error) {
    throw new Problem('LIST_QUERY', 400, 'the cursor is damaged', { place: { path: 'after' }, cause: error });
  }
  return refuse('after', 'the cursor is damaged');
}

function sortOf(sort: string, type: LedgerType, fields: FilterFields, reader: LedgerReader): readonly [string, 1 | -1] {
  const name = sort.replace(/^[-+]/, '');
  if (!Object.hasOwn(fields, name)) refuse('sort', `there is no field "${name}"; known: ${Object.keys(fields).join(', ')}`);
  const field = type.fields[name];
  if (field && (isSealed(field) || (isMasked(field) && !reader.open))) throw masked('sort', name);
  return [PLACES.get(name) ?? name, sort.startsWith('-') ? -1 : 1];
}

/**
 * The query of a list (api.md) in the grammar of the store. What a reader sees masked can be neither filtered nor sorted by.
 * @throws Problem LIST_QUERY, LEDGER_MASKED (403) and those of `parseFilter`
 */
export function planLedgerList(query: LedgerQuery, type: LedgerType, reader: LedgerReader, most = 1000): LedgerPlan {
  const fields = filterFields(type);
  const [name, direction] = sortOf(query.sort ?? 'code', type, fields, reader);
  const limit = query.limit ?? 100;
  if (!Number.isInteger(limit) || limit < 1 || limit > most) refuse('limit', `the limit is a whole number from 1 to ${most}`);
  const clauses = parseFilter(query.filter ?? '', fields).map((clause) => readable(clause, type, reader));
  const asked = storeFilter(clauses, (field) => PLACES.get(field) ?? field);
  const parts = [
    ...(Object.keys(asked).length === 0 ? [] : [asked]),
    ...(query.q === undefined || query.q.trim() === '' ? [] : [searchFilter(query.q.trim(), type)]),
    ...(query.after === undefined ? [] : [cursorFilter(query.after, name, direction)]),
  ];
  return {
    filter: parts.length === 0 ? {} : { $and: parts },
    sort: name === '_id' ? { _id: direction } : { [name]: direction, _id: direction },
    limit,
    page(rows) {
      const last = rows[limit - 1];
      if (rows.length <= limit || !last) return { rows };
      const value: unknown = Object.entries(last).find(([key]) => key === name)?.[1] ?? null;
      return { rows: rows.slice(0, limit), next: JSON.stringify([name, value, last._id]) };
    },
  };
}
