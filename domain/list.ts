import { Problem } from './errors.ts';
import { parseFilter } from './filter.ts';
import type { FieldKind, FilterClause, FilterFields } from './filter.ts';

export interface ListShape {
  /** Fields that may be filtered and sorted by. `_id` is always the last sort key. */
  readonly fields: FilterFields;
  /** `-submittedAt`: descending. */
  readonly sort: string;
  /** Rows without `limit`; at most 1000. */
  readonly limit?: number;
}

/** The query of every list (api.md): `filter=state:in:waiting,queued;tag:eq:X`, `sort=-at`, `limit=100`, `after=<cursor>`. */
export interface ListQuery {
  readonly filter?: string | undefined;
  readonly sort?: string | undefined;
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
}

export interface ListPlan {
  /** In the grammar of the store. */
  readonly filter: Readonly<Record<string, unknown>>;
  readonly sort: Readonly<Record<string, 1 | -1>>;
  /** Rows to read: one more than asked, to know whether there is a next page. */
  readonly read: number;
  readonly limit: number;
  /** The page of what was read, and the cursor of the next one. */
  page<T extends { readonly _id: string }>(rows: readonly T[]): { readonly rows: readonly T[]; readonly next?: string };
}

const ORDER: ReadonlyMap<string, string> = new Map(['eq', 'ne', 'gt', 'gte', 'lt', 'lte'].map((op) => [op, `$${op}`]));

/** One clause in the grammar of the store. */
function storeTest({ op, values }: FilterClause): unknown {
  const [first] = values;
  if (op === 'in' || op === 'nin') return { [`$${op}`]: values };
  if (op === 'exists') return first === true ? { $ne: null } : null;
  const order = ORDER.get(op);
  if (order !== undefined) return { [order]: first };
  return { $regex: String(first).replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`), $options: 'i' };
}

function storeFilter(clauses: readonly FilterClause[]): Readonly<Record<string, unknown>> {
  return clauses.length === 0 ? {} : { $and: clauses.map((clause) => ({ [clause.field]: storeTest(clause) })) };
}

const refuse = (path: string, detail: string): never => {
  throw new Problem('LIST_QUERY', 400, detail, { place: { path } });
};

function cursorFilter(after: string, name: string, direction: 1 | -1, kind: FieldKind): Record<string, unknown> {
  const op = direction === 1 ? '$gt' : '$lt';
  const [key, value, id] = after.split(',').map((part) => decodePart(part));
  if (key !== name || value === undefined || id === undefined) return refuse('after', 'the cursor is of another list');
  const at = kind === 'boolean' ? value === 'true' : kind === 'string' ? value : Number(value);
  if (Number.isNaN(at)) return refuse('after', 'the cursor is damaged');
  return { $or: [{ [name]: { [op]: at } }, { [name]: at, _id: { [op]: id } }] };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return refuse('after', 'the cursor is damaged');
  }
}

/**
 * Turns the query of a list into a filter, a sort and a page for the store.
 * @throws Problem `LIST_QUERY` with the place of the fault, and those of `parseFilter`
 */
export function planList(query: ListQuery, shape: ListShape): ListPlan {
  const sort = query.sort ?? shape.sort;
  const direction = sort.startsWith('-') ? -1 : 1;
  const name = sort.replace(/^[-+]/, '');
  const kind = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
  if (!kind) return refuse('sort', `there is no field "${name}"; known: ${Object.keys(shape.fields).join(', ')}`);
  const limit = query.limit ?? shape.limit ?? 100;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) return refuse('limit', 'the limit is a whole number from 1 to 1000');
  const asked = storeFilter(parseFilter(query.filter ?? '', shape.fields));
  const rest = query.after === undefined ? undefined : cursorFilter(query.after, name, direction, kind);
  return {
    filter: rest === undefined ? asked : { $and: [asked, rest] },
    sort: { [name]: direction, _id: direction },
    read: limit + 1,
    limit,
    page(rows) {
      const last = rows[limit - 1];
      if (rows.length <= limit || !last) return { rows };
      const value: unknown = Object.entries(last).find(([key]) => key === name)?.[1];
      const text = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
      return { rows: rows.slice(0, limit), next: [name, text, last._id].map((part) => encodeURIComponent(part)).join(',') };
    },
  };
}
