import { cellOf } from '#domain/ledger/cell.ts';
import type { Cell } from '#domain/ledger/cell.ts';
import type { LedgerField, LedgerType } from '#domain/ledger/definition.ts';
import type { Text } from '#domain/text.ts';
import type { StoredRecord } from './stored.ts';
import { shownValue } from './view.ts';

type Language = 'zh' | 'en';
/** A row that begins so is a note, not a record. */
export const NOTE = '#';
/** What stands where a reader may see nothing of a value. */
export const HIDDEN = '***';

const CODE_LABEL: Text = { zh: '编号', en: 'Code' };
const CHANGED: Text = { zh: '变更时间', en: 'Changed' };
const BY: Text = { zh: '变更人', en: 'Changed by' };

const unitOf = (field: LedgerField): string => ('unit' in field && field.unit !== undefined ? ` [${field.unit}]` : '');
/** `设计热负荷 [MW]`. */
const headingOf = (field: LedgerField, language: Language): string => field.label[language] + unitOf(field);

/** Fields in the order of the form. */
export const orderedFields = (type: LedgerType): string[] => type.groups.flatMap((group) => group.fields);

export function headerRow(type: LedgerType, fields: readonly string[], zone: string | undefined, language: Language): Cell[] {
  const own = fields.flatMap((name) => (type.fields[name] ? [headingOf(type.fields[name], language)] : []));
  return [CODE_LABEL[language], ...own, ...(zone === undefined ? [] : [`${CHANGED[language]} (${zone})`, BY[language]])];
}

export function exportRow(
  type: LedgerType,
  record: StoredRecord,
  options: {
    readonly fields: readonly string[];
    readonly open: boolean;
    readonly language: Language;
    readonly clock: (at: number) => string;
  },
): Cell[] {
  const cells = options.fields.flatMap((name) => {
    const field = type.fields[name];
    if (!field) return [];
    const value = record.values[name];
    const shown = shownValue(type, name, value, options.open);
    return [value !== undefined && shown === undefined ? HIDDEN : cellOf(field, shown, options.language)];
  });
  return [record.code, ...cells, options.clock(record.meta._at), record.meta._by.name];
}

export interface Column {
  /** Undefined for the code. */
  readonly field: string | undefined;
  readonly heading: string;
}

const plain = (text: string): string =>
  text
    .replace(/\s*[[（(【][^\])）】]*[\])）】]\s*$/, '')
    .trim()
    .toLowerCase();

/** What the headings of a sheet mean: a label in either language or a field's name, with or without its unit. */
export function readHeader(
  type: LedgerType,
  cells: readonly Cell[],
): { readonly columns: (Column | undefined)[]; readonly ignored: string[] } {
  const meaning = new Map<string, string | undefined>([
    ['编号', undefined],
    ['code', undefined],
  ]);
  for (const [name, field] of Object.entries(type.fields)) {
    for (const word of [name, field.label.zh, field.label.en]) meaning.set(plain(word), name);
  }
  const ours = new Set([plain(CHANGED.zh), plain(CHANGED.en), plain(BY.zh), plain(BY.en)]);
  const ignored: string[] = [];
  const columns = cells.map((cell) => {
    const heading = cell === null ? '' : String(cell).trim();
    const word = [heading.toLowerCase(), plain(heading)].find((one) => meaning.has(one));
    if (word !== undefined) return { field: meaning.get(word), heading };
    if (heading !== '' && !ours.has(plain(heading))) ignored.push(heading);
    return undefined;
  });
  return { columns, ignored };
}
