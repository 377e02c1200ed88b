import { Problem } from './errors.ts';

/** What a field of a list holds; a `time` is written as ISO 8601 and stored as milliseconds. */
export type ListField = 'text' | 'number' | 'boolean' | 'time';

export interface ListShape {
  /** Fields that may be filtered and sorted by. `_id` is always the last sort key. */
  readonly fields: Readonly<Record<string, ListField>>;
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

const OPERATORS: Readonly<Record<string, string>> = { ne: '$ne', gt: '$gt', gte: '$gte', lt: '$lt', lte: '$lte', in: '$in', nin: '$nin' };

const refuse = (path: string, detail: string): never => {
  throw new Problem('LIST_QUERY', 422, detail, { place: { path } });
};

function valueOf(field: ListField, text: string, path: string): string | number | boolean {
  if (field === 'boolean') return text === 'true' ? true : text === 'false' ? false : refuse(path, `"${text}" is neither true nor false`);
  if (field === 'number') {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : refuse(path, `"${text}" is no number`);
  }
  if (field === 'time') {
    const at = Date.parse(text);
    return Number.isNaN(at) ? refuse(path, `"${text}" is no time (ISO 8601)`) : at;
  }
  return text;
}

function term(text: string, shape: ListShape, index: number): Record<string, unknown> {
  const path = `filter[${index}]`;
  const [name = '', operator = '', ...rest] = text.split(':');
  const value = rest.join(':');
  const field = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
  if (!field) return refuse(path, `there is no field "${name}"; known: ${Object.keys(shape.fields).join(', ')}`);
  if (operator === 'eq') return { [name]: valueOf(field, value, path) };
  if (operator === 'has') return field === 'text' ? { [name]: { $regex: literal(value) } } : refuse(path, '"has" is for texts');
  const op = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (op === undefined) return refuse(path, `there is no operator "${operator}"; known: eq, has, ${Object.keys(OPERATORS).join(', ')}`);
  const many = operator === 'in' || operator === 'nin';
  return { [name]: { [op]: many ? value.split(',').map((part) => valueOf(field, part, path)) : valueOf(field, value, path) } };
}

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

function cursorFilter(after: string, name: string, direction: 1 | -1, field: ListField): Record<string, unknown> {
  const op = direction === 1 ? '$gt' : '$lt';
  const [key, value, id] = after.split(',').map((part) => decodePart(part));
  if (key !== name || value === undefined || id === undefined) return refuse('after', 'the cursor is of another list');
  const at = field === 'time' ? Number(value) : valueOf(field, value, 'after');
  return { $or: [{ [name]: { [op]: at } }, { [name]: at, _id: { [op]: id } }] };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return refuse('after', 'the cursor is damaged');
  }
}

/** Turns the query of a list into a filter, a sort and a page for the store. @throws Problem `LIST_QUERY` with the place of the fault. */
export function planList(query: ListQuery, shape: ListShape): ListPlan {
  const sort = query.sort ?? shape.sort;
  const direction = sort.startsWith('-') ? -1 : 1;
  const name = sort.replace(/^[-+]/, '');
  const field = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
  if (!field) return refuse('sort', `there is no field "${name}"; known: ${Object.keys(shape.fields).join(', ')}`);
  const limit = query.limit ?? shape.limit ?? 100;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) return refuse('limit', 'the limit is a whole number from 1 to 1000');
  const terms = (query.filter ?? '')
    .split(';')
    .filter((part) => part !== '')
    .map((part, index) => term(part, shape, index));
  if (query.after !== undefined) terms.push(cursorFilter(query.after, name, direction, field));
  return {
    filter: terms.length === 0 ? {} : terms.length === 1 ? (terms[0] ?? {}) : { $and: terms },
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
