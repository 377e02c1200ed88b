import type { Text } from '../text.ts';
import type { FieldFault, LedgerCheck, LedgerType, LedgerValue, LedgerValues } from './definition.ts';
import { checkValue } from './value.ts';

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.length === 0);

const REQUIRED: Text = { zh: '必填', en: 'required' };

function applies(check: LedgerCheck, values: LedgerValues): boolean {
  return Object.entries(check.when ?? {}).every(([field, wanted]) => wanted.some((one) => one === values[field]));
}

/** What one check says of a value; a field that is empty is only asked whether it is required. */
function holds(check: LedgerCheck, values: LedgerValues): boolean {
  const value = values[check.field];
  if (value === undefined) return check.required !== true;
  if (check.equals !== undefined && value !== check.equals) return false;
  if (typeof value !== 'number') return true;
  const over = (other: LedgerValue | undefined, times: number): number =>
    typeof other === 'number' ? other * times : Number.NEGATIVE_INFINITY;
  if (check.min !== undefined && value < check.min) return false;
  if (check.max !== undefined && value > check.max) return false;
  if (check.atLeast && value < over(values[check.atLeast.field], check.atLeast.times)) return false;
  return !check.moreThan || value > over(values[check.moreThan.field], check.moreThan.times);
}

/** Limits of the whole record that do not hold. */
function checkFaults(type: LedgerType, values: LedgerValues): FieldFault[] {
  return (type.checks ?? [])
    .filter((check) => applies(check, values) && !holds(check, values))
    .map(({ field, text }) => ({ field, code: 'LEDGER_FIELD_CHECK', text }));
}

export interface CheckedRecord {
  readonly values: LedgerValues;
  readonly faults: readonly FieldFault[];
}

/** A record from outside: every field, then the limits of the whole. Empty values are left out. */
export function checkRecord(type: LedgerType, input: Readonly<Record<string, unknown>>): CheckedRecord {
  const values: Record<string, LedgerValue> = {};
  const faults: FieldFault[] = [];
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(type.fields, name))
      faults.push({ field: name, code: 'LEDGER_FIELD_UNKNOWN', text: { zh: '没有这个字段', en: 'there is no such field' } });
  }
  for (const [name, field] of Object.entries(type.fields)) {
    const given = Object.hasOwn(input, name) ? input[name] : undefined;
    if (isEmpty(given)) {
      if (field.required === true) faults.push({ field: name, code: 'LEDGER_FIELD_REQUIRED', text: REQUIRED });
      continue;
    }
    const checked = checkValue(field, given);
    if ('value' in checked) values[name] = checked.value;
    else faults.push({ field: name, code: checked.code, text: checked.text });
  }
  return { values, faults: faults.length > 0 ? faults : checkFaults(type, values) };
}

/** The record with a change laid over it; null or empty clears a field. */
export function withChange(values: LedgerValues, change: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries({ ...values, ...change }).filter(([, value]) => !isEmpty(value)));
}

const sameValue = (a: LedgerValue | undefined, b: LedgerValue | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));

/** Names of the fields that differ. */
export function changedFields(before: LedgerValues, after: LedgerValues): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !sameValue(before[name], after[name])).sort();
}
