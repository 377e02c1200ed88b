import Type from 'typebox';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import { Problem } from '#domain/errors.ts';
import { isSealed } from '#domain/ledger/definition.ts';
import type { LedgerType, LedgerValue, LedgerValues } from '#domain/ledger/definition.ts';
import { isGeometry } from '#domain/ledger/value.ts';
import type { Doc, NewDoc } from '../../store/port.ts';
import type { FieldSeal } from './seal.ts';

export const HISTORY = 'ledgerHistory';
export const collectionOf = (type: string): string => `ledger_${type}`;
export const historyKey = (type: string, code: string): string => `${type}/${code}`;

const Person = Type.Object({ id: Type.String(), name: Type.String() });
/** One change of one record; values as they are stored, sealed ones sealed. */
const EntrySchema = Type.Object({
  _id: Type.String(),
  key: Type.String(),
  n: Type.Integer(),
  at: Type.Number(),
  by: Person,
  action: Type.Union([Type.Literal('create'), Type.Literal('update'), Type.Literal('delete')]),
  source: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  before: Type.Record(Type.String(), Type.Unknown()),
  after: Type.Record(Type.String(), Type.Unknown()),
  sealed: Type.Array(Type.String()),
  /** The record is still to be taken out: a delete that was interrupted. */
  open: Type.Optional(Type.Boolean()),
});
export type Entry = Static<typeof EntrySchema>;

/** What stands in a record besides its fields. */
const MetaSchema = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  _created: Type.Number(),
  _at: Type.Number(),
  _by: Person,
  _blind: Type.Record(Type.String(), Type.String()),
  /** The newest change: the history may be one behind it after a crash. */
  _last: EntrySchema,
});
type Meta = Static<typeof MetaSchema>;

/** A record in the open, as only this module sees it. */
export interface StoredRecord {
  readonly code: string;
  readonly ver: number;
  readonly values: LedgerValues;
  readonly meta: Meta;
}

const corrupt = (collection: string, id: string, cause?: unknown): Problem =>
  new Problem('STORE_CORRUPT', 500, `${collection}/${id} does not have the shape of this version`, { cause });

export const isEntry = (value: unknown): value is Entry => Value.Check(EntrySchema, value);

export function parseEntry(doc: Doc): Entry {
  const { ver: _ver, ...fields } = doc;
  if (!Value.Check(EntrySchema, fields)) throw corrupt(HISTORY, doc._id);
  return fields;
}

const isValue = (value: unknown): value is LedgerValue =>
  ['string', 'number', 'boolean'].includes(typeof value) ||
  (Array.isArray(value) && value.every((item) => typeof item === 'string')) ||
  isGeometry(value);

/** The value of a field as it was sealed or stored plain. */
export function openValue(seal: FieldSeal, type: string, code: string, field: string, stored: unknown, sealed: boolean): LedgerValue {
  const collection = collectionOf(type);
  const value: unknown = sealed ? JSON.parse(seal.open({ collection, field, id: code }, String(stored))) : stored;
  if (!isValue(value)) throw corrupt(collection, code);
  return value;
}

export function openRecord(seal: FieldSeal, type: string, doc: Doc): StoredRecord {
  if (!Value.Check(MetaSchema, doc)) throw corrupt(collectionOf(type), doc._id);
  const meta: Meta = doc;
  const values: Record<string, LedgerValue> = {};
  for (const [name, stored] of Object.entries(doc)) {
    if (name.startsWith('_') || name === 'ver' || stored === null) continue;
    values[name] = openValue(seal, type, doc._id, name, stored, Object.hasOwn(meta._blind, name));
  }
  return { code: doc._id, ver: doc.ver, values, meta };
}

/** A value as the blind index and a comparison take it. */
export const plainText = (value: LedgerValue): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** Values as they are written: personal ones sealed, each with its blind index. */
export function sealValues(
  seal: FieldSeal,
  type: LedgerType,
  code: string,
  values: LedgerValues,
): { readonly fields: Readonly<Record<string, unknown>>; readonly blind: Readonly<Record<string, string>> } {
  const collection = collectionOf(type.id);
  const fields: Record<string, unknown> = {};
  const blind: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    const field = type.fields[name];
    if (!field || !isSealed(field)) {
      fields[name] = value;
      continue;
    }
    fields[name] = seal.seal({ collection, field: name, id: code }, JSON.stringify(value));
    blind[name] = seal.blind(collection, name, plainText(value));
  }
  return { fields, blind };
}

/** The document of a record with its newest change. */
export function recordDoc(
  seal: FieldSeal,
  type: LedgerType,
  code: string,
  values: LedgerValues,
  change: { readonly created: number; readonly entry: (after: ReturnType<typeof sealValues>) => Entry },
): NewDoc {
  const sealed = sealValues(seal, type, code, values);
  const entry = change.entry(sealed);
  return { _id: code, ...sealed.fields, _blind: sealed.blind, _created: change.created, _at: entry.at, _by: entry.by, _last: entry };
}
