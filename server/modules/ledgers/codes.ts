import { Problem } from '#domain/errors.ts';
import { codeOf, codeStart, numberOf, parseCodeRule } from '#domain/ledger/code.ts';
import type { FieldFault, LedgerType, LedgerValues } from '#domain/ledger/definition.ts';
import type { Store } from '../../store/port.ts';
import { collectionOf, HISTORY, historyKey } from './stored.ts';

/** Ids that begin with a text and go on with a digit; `:` stands behind the digits. */
const withStart = (field: string, start: string): Readonly<Record<string, unknown>> => ({ [field]: { $gte: start, $lt: `${start}:` } });

/** Numbers of records: the next free one, and never one of a record that was deleted. */
export class Codes {
  readonly #store: Store;
  readonly #highest = new Map<string, number>();

  constructor(store: Store) {
    this.#store = store;
  }

  async #last(type: LedgerType, start: string): Promise<number> {
    const key = historyKey(type.id, start);
    const known = this.#highest.get(key);
    if (known !== undefined) return known;
    const rule = parseCodeRule(type.code);
    let highest = 0;
    const see = (code: string): void => {
      highest = Math.max(highest, numberOf(rule, start, code) ?? 0);
    };
    for (const doc of await this.#store.all(collectionOf(type.id), withStart('_id', start))) see(doc._id);
    const gone = await this.#store.all(HISTORY, { ...withStart('key', key), action: 'delete' });
    for (const { key: name } of gone) if (typeof name === 'string') see(name.slice(type.id.length + 1));
    this.#highest.set(key, highest);
    return highest;
  }

  /** The next free code. @throws Problem LEDGER_CODE_RULE while the reference that it begins with is empty */
  async next(type: LedgerType, values: LedgerValues): Promise<string> {
    const start = codeStart(type, values);
    if (start === undefined) throw new Problem('LEDGER_CODE_RULE', 422, `the code follows ${type.code}: fill in the reference first`);
    const n = (await this.#last(type, start)) + 1;
    this.#highest.set(historyKey(type.id, start), n);
    return codeOf(parseCodeRule(type.code), start, n);
  }

  /** A code that somebody chose: of the rule, and neither taken nor of a deleted record. */
  async fault(type: LedgerType, code: string, values: LedgerValues): Promise<FieldFault | undefined> {
    const start = codeStart(type, values);
    const n = start === undefined ? undefined : numberOf(parseCodeRule(type.code), start, code);
    if (start === undefined || n === undefined) return ruleFault(type);
    if (await this.#store.get(collectionOf(type.id), code)) return TAKEN;
    const gone = await this.#store.count(HISTORY, { key: historyKey(type.id, code), action: 'delete' });
    if (gone > 0) return GONE;
    return undefined;
  }

  /** A chosen code is in use from now on: numbers go on behind it. */
  async took(type: LedgerType, code: string, values: LedgerValues): Promise<void> {
    const start = codeStart(type, values);
    const n = start === undefined ? undefined : numberOf(parseCodeRule(type.code), start, code);
    if (start === undefined || n === undefined) return;
    const last = await this.#last(type, start);
    if (n > last) this.#highest.set(historyKey(type.id, start), n);
  }
}

const ruleFault = (type: LedgerType): FieldFault => ({
  field: '',
  code: 'LEDGER_CODE_RULE',
  text: { zh: `编号应符合 ${type.code}`, en: `the code must follow ${type.code}` },
});
const TAKEN: FieldFault = { field: '', code: 'LEDGER_CODE_TAKEN', text: { zh: '编号已被使用', en: 'the code is taken' } };
const GONE: FieldFault = {
  field: '',
  code: 'LEDGER_CODE_TAKEN',
  text: { zh: '编号属于已删除的记录', en: 'the code was that of a deleted record' },
};
