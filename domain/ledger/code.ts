import { Problem } from '../errors.ts';
import type { LedgerType, LedgerValues } from './definition.ts';

/** `STA`, then three digits; or the code of a reference, a dot and the rest. */
export interface CodeRule {
  /** The reference field whose code stands at the beginning. */
  readonly parent: string | undefined;
  /** Literal text between the parent and the number. */
  readonly prefix: string;
  readonly digits: number;
}

const RULE = /^(?:\{([a-z][A-Za-z0-9]*)\})?([A-Za-z0-9.-]*)\{(n{1,6})\}$/;
/** What a code may be at all: it stands in addresses and tags. */
export const CODE = /^[A-Za-z0-9][A-Za-z0-9.-]{0,59}$/;

/** @throws Problem LEDGER_TYPE_INVALID */
export function parseCodeRule(text: string): CodeRule {
  const found = RULE.exec(text);
  if (!found) {
    const detail = `the code rule "${text}" must be like STA{nnn} or {station}.UNT{nn}`;
    throw new Problem('LEDGER_TYPE_INVALID', 422, detail, { place: { path: 'code' } });
  }
  const [, parent, prefix = '', digits = ''] = found;
  return { parent, prefix, digits: digits.length };
}

/** What stands before the number in the code of such a record; undefined while the reference is not filled in. */
export function codeStart(type: LedgerType, values: LedgerValues): string | undefined {
  const { parent, prefix } = parseCodeRule(type.code);
  if (parent === undefined) return prefix;
  const code = values[parent];
  return typeof code === 'string' ? code + prefix : undefined;
}

/** The number of a code of this rule and start; undefined if it is of another rule. Numbers may outgrow their digits. */
export function numberOf(rule: CodeRule, start: string, code: string): number | undefined {
  if (!code.startsWith(start)) return undefined;
  const rest = code.slice(start.length);
  if (!/^\d{1,9}$/.test(rest) || rest.length < rule.digits || (rest.length > rule.digits && rest.startsWith('0'))) return undefined;
  return Number(rest);
}

export const codeOf = (rule: CodeRule, start: string, n: number): string => start + String(n).padStart(rule.digits, '0');
