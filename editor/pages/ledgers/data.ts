import { useQuery } from '@tanstack/react-query';
import { contract, type LedgerTypeContent, type RecordView, type TypeView } from '#contract/ledgers';
import { cellOf } from '#domain/ledger/cell.ts';
import type { LedgerField, LedgerType, LedgerValue } from '#domain/ledger/definition.ts';
import { isGeometry } from '#domain/ledger/value.ts';
import { call } from '../../api.ts';
import { formatUnit } from '../../ui/format.ts';

export type { LedgerTypeContent, RecordView, TypeView };
export type Titles = Readonly<Record<string, string>>;

export const useLedgerTypes = () =>
  useQuery({ queryKey: ['ledgers', 'types'], queryFn: async ({ signal }) => (await call(contract.types, { signal })).items });

/** A value as it came over the wire; what is none is nothing. */
export function valueOf(value: unknown): LedgerValue | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string');
  return isGeometry(value) ? value : undefined;
}

/** A value as text of the form or the list; references by their code. */
export function textOf(field: LedgerField, value: unknown, lang: 'zh' | 'en'): string {
  const known = valueOf(value);
  if (field.type === 'geo' && isGeometry(known) && known.type === 'Point') return known.coordinates.map(String).join(', ');
  const cell = cellOf(field, known, lang);
  return cell === null ? '' : String(cell);
}

/** What a list shows of a field: numbers in groups, references by their name. */
export function shownText(field: LedgerField, value: unknown, lang: 'zh' | 'en', titles: Titles): string {
  if (field.type === 'reference' && typeof value === 'string') return titles[`${field.ledger}/${value}`] ?? value;
  if (typeof value === 'number') return value.toLocaleString('en-US', { maximumFractionDigits: 3 }).replaceAll(',', '\u2009');
  return textOf(field, value, lang);
}

export const isNumeric = (field: LedgerField | undefined): boolean => field?.type === 'number' || field?.type === 'integer';
export const unitOf = (field: LedgerField): string => ('unit' in field && field.unit !== undefined ? formatUnit(field.unit) : '');
export const titleText = (type: LedgerType, record: RecordView): string => {
  const title = record.values[type.title];
  return typeof title === 'string' && title !== '' ? title : record.code;
};
