import { Problem } from './errors.ts';
import { matchesFilter, parseFilter } from './filter.ts';
import type { FilterFields } from './filter.ts';
import type { ListQuery, ListShape } from './list.ts';

type Key = string | number | boolean;

const compare = (a: Key, b: Key): number => (a === b ? 0 : a < b ? -1 : 1);
const keyOf = (value: unknown): Key => (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : '');

function orderOf(sort: string, fields: FilterFields): { readonly name: string; readonly direction: 1 | -1 } {
  const name = sort.replace(/^[-+]/, '');
  if (!Object.hasOwn(fields, name)) {
    throw new Problem('LIST_QUERY', 400, `there is no field "${name}"; known: ${Object.keys(fields).join(', ')}`, {
      place: { path: 'sort' },
    });
  }
  return { name, direction: sort.startsWith('-') ? -1 : 1 };
}

function cursorOf(after: string): readonly [Key, string] {
  try {
    const parsed: unknown = JSON.parse(decodeURIComponent(after));
    if (Array.isArray(parsed) && parsed.length === 2 && typeof parsed[1] === 'string') return [keyOf(parsed[0]), parsed[1]];
  } catch (error) {
    throw new Problem('LIST_QUERY', 400, 'the cursor is damaged', { place: { path: 'after' }, cause: error });
  }
  throw new Problem('LIST_QUERY', 400, 'the cursor is damaged', { place: { path: 'after' } });
}

/**
 * The query of a list (api.md) over rows that are in memory: filter, sort, page. `get` reads a field, times as milliseconds.
 * @throws Problem LIST_QUERY and those of `parseFilter`
 */
export function listInMemory<T extends { readonly id: string }>(
  rows: readonly T[],
  get: (row: T, field: string) => unknown,
  query: ListQuery,
  shape: ListShape,
): { readonly items: readonly T[]; readonly next?: string } {
  const clauses = parseFilter(query.filter ?? '', shape.fields);
  const { name, direction } = orderOf(query.sort ?? shape.sort, shape.fields);
  const limit = query.limit ?? shape.limit ?? 100;
  const place = (row: T): readonly [Key, string] => [keyOf(get(row, name)), row.id];
  const by = (a: readonly [Key, string], b: readonly [Key, string]): number => (compare(a[0], b[0]) || compare(a[1], b[1])) * direction;
  const cursor = query.after === undefined ? undefined : cursorOf(query.after);
  const found = rows
    .filter((row) => matchesFilter(clauses, (field) => get(row, field)))
    .filter((row) => cursor === undefined || by(place(row), cursor) > 0)
    .toSorted((a, b) => by(place(a), place(b)));
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last ? { items, next: encodeURIComponent(JSON.stringify(place(last))) } : { items };
}
