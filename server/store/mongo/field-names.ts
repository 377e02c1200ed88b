/**
 * Field names as the server keeps them. JSON allows names that MongoDB gives a meaning (dots, `$`) or cannot hold (empty, NUL); they
 * are written with `%` and two hex digits, as in URLs. A `%` of a name is written so too, hence names that begin with a bare `%` are
 * free for the adapter's own fields.
 */
const SPECIAL = /[%.\0]|^\$/g;
const EMPTY = '%';

export function escapeName(name: string): string {
  if (name === '') return EMPTY;
  return name.replaceAll(SPECIAL, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

export function unescapeName(name: string): string {
  if (name === EMPTY) return '';
  return name.replaceAll(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** A dotted path of the port as the server's path. */
export const escapePath = (path: string): string => path.split('.').map(escapeName).join('.');

/** Order of insertion: a number that grows with each insert of one process, and follows the clock between processes. */
export const ORDER = '%n';
/** True in documents that hold an array directly in an array, where mingo finds more than MongoDB. */
export const NESTED = '%x';
/** The one field of an object that stands for an array in an array: FerretDB 1.24 refuses the latter. */
export const INNER = '%a';
/** The values of a unique index as one text; missing where one of them is null or missing, as NULL in SQLite collides with nothing. */
export const uniqueField = (keys: readonly string[]): string => `%u:${keys.map((key) => escapeName(key).replaceAll(',', '%2c')).join(',')}`;

/** The keys of a unique index from its field, undefined for other fields. */
export function uniqueKeys(field: string): readonly string[] | undefined {
  return field.startsWith('%u:') ? field.slice(3).split(',').map(unescapeName) : undefined;
}
