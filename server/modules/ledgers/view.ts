import type { HistoryEntry, RecordView } from '#contract/ledgers';
import { isMasked } from '#domain/ledger/definition.ts';
import type { LedgerType, LedgerValue, LedgerValues } from '#domain/ledger/definition.ts';
import { maskValue } from '#domain/ledger/mask.ts';
import type { FieldSeal } from './seal.ts';
import { openValue } from './stored.ts';
import type { Entry, StoredRecord } from './stored.ts';

const iso = (at: number): string => new Date(at).toISOString();

/** The value that a reader sees; a field that the type does not know is never shown. */
export function shownValue(type: LedgerType, name: string, value: LedgerValue | undefined, open: boolean): LedgerValue | undefined {
  const field = type.fields[name];
  if (!field || value === undefined) return undefined;
  return open || !isMasked(field) ? value : maskValue(field, value);
}

/** Names of the filled fields that a reader sees masked. */
const maskedFields = (type: LedgerType, values: LedgerValues, open: boolean): string[] =>
  open ? [] : Object.keys(values).filter((name) => type.fields[name] !== undefined && isMasked(type.fields[name]));

function shownValues(type: LedgerType, values: LedgerValues, open: boolean, fields?: ReadonlySet<string>): Record<string, LedgerValue> {
  const shown: Record<string, LedgerValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const seen = fields && !fields.has(name) ? undefined : shownValue(type, name, value, open);
    if (seen !== undefined) shown[name] = seen;
  }
  return shown;
}

/** The one way out for a record: everything of level 3 and 4 is masked unless the reader may see it and has said what for. */
export function recordView(type: LedgerType, record: StoredRecord, open: boolean, fields?: ReadonlySet<string>): RecordView {
  const { meta } = record;
  return {
    code: record.code,
    ver: record.ver,
    values: shownValues(type, record.values, open, fields),
    masked: maskedFields(type, record.values, open),
    createdAt: iso(meta._created),
    changedAt: iso(meta._at),
    changedBy: { ...meta._by },
  };
}

/** What names a record in lists and links; always masked, since no purpose was given for it. */
export function titleOf(type: LedgerType, values: LedgerValues, code: string): string {
  const title = shownValue(type, type.title, values[type.title], false);
  return typeof title === 'string' || typeof title === 'number' ? String(title) : code;
}

/** A change without what its reader may not see; the audit log gets it so too. */
export function shownChange(type: LedgerType, values: LedgerValues, names: readonly string[]): Record<string, LedgerValue> {
  return shownValues(type, values, false, new Set(names));
}

function valuesOf(seal: FieldSeal, type: LedgerType, code: string, stored: Entry['before'], sealed: ReadonlySet<string>): LedgerValues {
  return Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [name, openValue(seal, type.id, code, name, value, sealed.has(name))]),
  );
}

export function entryView(seal: FieldSeal, type: LedgerType, code: string, entry: Entry, open: boolean): HistoryEntry {
  const sealed = new Set(entry.sealed);
  const [before, after] = [valuesOf(seal, type, code, entry.before, sealed), valuesOf(seal, type, code, entry.after, sealed)];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return {
    ver: entry.n,
    at: iso(entry.at),
    by: { ...entry.by },
    action: entry.action,
    ...(entry.source === undefined ? {} : { source: entry.source }),
    ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    changes: names.map((field) => {
      const definition = type.fields[field];
      const [was, is] = [shownValue(type, field, before[field], open), shownValue(type, field, after[field], open)];
      return {
        field,
        ...(was === undefined ? {} : { before: was }),
        ...(is === undefined ? {} : { after: is }),
        masked: !open && (definition === undefined || isMasked(definition)),
      };
    }),
  };
}
