import { BSON } from 'mongodb';
import { Problem } from '#domain/errors.ts';
import type { Doc, NewDoc } from '../port.ts';
import { escapeName, INNER, NESTED, ORDER, unescapeName, uniqueField } from './field-names.ts';

/** A document as the server keeps it. */
export interface StoredDoc {
  readonly _id: string;
  readonly ver: number;
  readonly [field: string]: unknown;
}
type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isStored = (value: Fields): value is StoredDoc => typeof value['_id'] === 'string' && typeof value['ver'] === 'number';
/** BSON is UTF-8, which has no half of a surrogate pair; MongoDB allows 16 MiB and 100 levels, of which an array in an array takes two. */
const MAX_BYTES = 16 * 1024 * 1024 - 16 * 1024;
const MAX_DEPTH = 45;

const refuse = (id: unknown, why: string): Problem =>
  new Problem('STORE_VALUE', 422, `document ${String(id)}: ${why}`, { place: { element: String(id) } });

/** The server's form of a document. What JSON would change (dates, undefined) is changed as the embedded adapter does. @throws Problem STORE_VALUE */
export function toStored(doc: NewDoc | Doc, ver: number, order: number, uniques: readonly (readonly string[])[]): StoredDoc {
  const plain: unknown = JSON.parse(JSON.stringify({ ...doc, ver }));
  if (!isFields(plain)) throw refuse(doc._id, 'is not an object');
  const { fields, nested } = new Encoder(doc._id).document(plain);
  const stored: Record<string, unknown> = { ...fields, [ORDER]: order };
  if (nested) stored[NESTED] = true;
  for (const keys of uniques) {
    const text = uniqueText(plain, keys);
    if (text !== undefined) stored[uniqueField(keys)] = text;
  }
  if (!isStored(stored)) throw refuse(doc._id, '_id is not a text');
  if (BSON.calculateObjectSize(stored) > MAX_BYTES) throw refuse(doc._id, 'is larger than the 16 MiB of a MongoDB document');
  return stored;
}

/** The document that was stored. @throws Problem STORE_CORRUPT for one that this adapter did not write */
export function fromStored(stored: Fields): Doc {
  const doc: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(stored)) if (!/^%[nux](?::|$)/.test(name)) define(doc, unescapeName(name), decoded(value));
  if (!isStored(doc)) throw corrupt();
  return doc;
}

export const orderOf = (stored: Fields): number => (typeof stored[ORDER] === 'number' ? stored[ORDER] : 0);

/** The values of the keys as one text, undefined if one of them is null or missing. */
export function uniqueText(doc: Fields, keys: readonly string[]): string | undefined {
  const values = keys.map((key) => key.split('.').reduce<unknown>((value, name) => (isFields(value) ? value[name] : undefined), doc));
  return values.some((value) => value === undefined || value === null) ? undefined : JSON.stringify(values);
}

const corrupt = (): Problem => new Problem('STORE_CORRUPT', 500, 'a stored row is not a document');

/** Plain assignment would take `__proto__` for the prototype. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

class Encoder {
  readonly #id: string;
  #nested = false;

  constructor(id: string) {
    this.#id = id;
  }

  document(plain: Fields): { readonly fields: Fields; readonly nested: boolean } {
    return { fields: this.#fields(plain, 1), nested: this.#nested };
  }

  #fields(value: Fields, depth: number): Fields {
    const fields: Record<string, unknown> = {};
    for (const [name, inner] of Object.entries(value)) {
      if (!name.isWellFormed()) throw refuse(this.#id, 'a field name is not valid Unicode');
      define(fields, escapeName(name), this.#value(inner, depth + 1));
    }
    return fields;
  }

  #value(value: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH) throw refuse(this.#id, `is nested more than ${MAX_DEPTH} levels`);
    if (typeof value === 'string' && !value.isWellFormed()) throw refuse(this.#id, 'a text is not valid Unicode');
    if (Array.isArray(value)) {
      return value.map((one) => {
        const inner = this.#value(one, depth + 1);
        if (!Array.isArray(inner)) return inner;
        this.#nested = true;
        return { [INNER]: inner };
      });
    }
    return isFields(value) ? this.#fields(value, depth) : value;
  }
}

function decoded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decoded);
  if (!isFields(value)) return value;
  if (INNER in value) return decoded(value[INNER]);
  // A date, an ObjectId, a binary: not ours.
  if ('_bsontype' in value || value instanceof Date || value instanceof RegExp) throw corrupt();
  const plain: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) define(plain, unescapeName(name), decoded(inner));
  return plain;
}
