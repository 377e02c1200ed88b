import { canonicalJson } from '../canonical.ts';
import { codeStart, numberOf, parseCodeRule } from './code.ts';
import type { FieldFault, LedgerType, LedgerValues } from './definition.ts';
import { checkRecord } from './record.ts';

/** One difference between two definitions of a type: which part, and how it was and is. */
export interface TypeChange {
  readonly kind: 'added' | 'removed' | 'changed';
  /** `fields.name`, `groups`, `code`. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

const entries = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

function compare(path: string, before: unknown, after: unknown, deep: boolean): TypeChange[] {
  if (before === undefined) return [{ kind: 'added', path, after }];
  if (after === undefined) return [{ kind: 'removed', path, before }];
  if (canonicalJson(before) === canonicalJson(after)) return [];
  if (!deep) return [{ kind: 'changed', path, before, after }];
  const [was, is] = [entries(before), entries(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((name) => compare(`${path}.${name}`, was[name], is[name], false));
}

/** What differs, part by part, for people and for the audit. */
export function typeChanges(before: LedgerType | undefined, after: LedgerType): TypeChange[] {
  if (!before) return [{ kind: 'added', path: '$', after: after.id }];
  const parts = (['label', 'code', 'title', 'groups', 'columns', 'checks', 'order'] as const).flatMap((part) =>
    before[part] === undefined && after[part] === undefined ? [] : compare(part, before[part], after[part], false),
  );
  const names = [...new Set([...Object.keys(before.fields), ...Object.keys(after.fields)])];
  return [...parts, ...names.flatMap((name) => compare(`fields.${name}`, before.fields[name], after.fields[name], true))];
}

/**
 * What keeps a record from living under a type: a value of a field that is no more, a value that breaks a limit, a code of another rule.
 * New optional fields, wider limits and other labels keep nobody.
 */
export function misfits(type: LedgerType, code: string, values: LedgerValues): readonly FieldFault[] {
  const known = Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(type.fields, name)));
  const lost = Object.keys(values)
    .filter((name) => !Object.hasOwn(type.fields, name))
    .map((field) => ({
      field,
      code: 'LEDGER_FIELD_REMOVED',
      text: { zh: '字段将被删除但有数据', en: 'the field would be removed but holds a value' },
    }));
  const { values: checked, faults } = checkRecord(type, known);
  const start = codeStart(type, { ...known, ...checked });
  const isOther = start === undefined || numberOf(parseCodeRule(type.code), start, code) === undefined;
  const renamed = isOther
    ? [{ field: '', code: 'LEDGER_CODE_RULE', text: { zh: '编号不符合规则', en: 'the code does not follow the rule' } }]
    : [];
  return [...lost, ...renamed, ...faults];
}
