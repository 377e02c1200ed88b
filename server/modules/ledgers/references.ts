import { Problem } from '#domain/errors.ts';
import type { FieldFault, LedgerType, LedgerValues } from '#domain/ledger/definition.ts';
import type { Doc, Store } from '../../store/port.ts';
import type { Catalogue } from './catalogue.ts';
import type { FieldSeal } from './seal.ts';
import { collectionOf, openRecord } from './stored.ts';
import { titleOf } from './view.ts';

const SHOWN = 20;
const NAMED = 3;
const PIECE = 200;

export interface Referrers {
  readonly ledger: string;
  readonly field: string;
  readonly count: number;
  readonly records: { readonly code: string; readonly title: string }[];
}

/** What points from record to record. */
export class References {
  readonly #store: Store;
  readonly #catalogue: Catalogue;
  readonly #seal: FieldSeal;

  constructor(store: Store, catalogue: Catalogue, seal: FieldSeal) {
    this.#store = store;
    this.#catalogue = catalogue;
    this.#seal = seal;
  }

  /** References to records that are not there; `coming` are codes that the same import makes. */
  async faults(type: LedgerType, values: LedgerValues, coming?: ReadonlySet<string>, known?: Map<string, boolean>): Promise<FieldFault[]> {
    const faults: FieldFault[] = [];
    for (const [name, field] of Object.entries(type.fields)) {
      const code = values[name];
      if (field.type !== 'reference' || typeof code !== 'string') continue;
      if (field.ledger === type.id && coming?.has(code)) continue;
      const key = `${field.ledger}/${code}`;
      const exists = known?.get(key) ?? (await this.#store.get(collectionOf(field.ledger), code)) !== undefined;
      known?.set(key, exists);
      if (exists) continue;
      const label = this.#catalogue.find(field.ledger)?.type.label ?? { zh: field.ledger, en: field.ledger };
      const text = { zh: `没有${label.zh} ${code}`, en: `there is no ${label.en} ${code}` };
      faults.push({ field: name, code: 'LEDGER_FIELD_REFERENCE', text });
    }
    return faults;
  }

  /** Who refers to a record, field by field; `except` leaves out the record itself. */
  async of(type: string, code: string): Promise<Referrers[]> {
    const found: Referrers[] = [];
    for (const { type: other, field } of this.#catalogue.pointing(type)) {
      const filter = other.id === type ? { [field]: code, _id: { $ne: code } } : { [field]: code };
      const count = await this.#store.count(collectionOf(other.id), filter);
      if (count === 0) continue;
      const docs = await this.#store.all(collectionOf(other.id), filter, { sort: { _id: 1 }, limit: SHOWN });
      const records = docs.map((doc) => {
        const { values } = openRecord(this.#seal, other.id, doc);
        return { code: doc._id, title: titleOf(other, values, doc._id) };
      });
      found.push({ ledger: other.id, field, count, records });
    }
    return found;
  }

  /** @throws Problem LEDGER_REFERRED that names who refers */
  async refuseIfReferred(type: string, code: string): Promise<void> {
    const referrers = await this.of(type, code);
    if (referrers.length === 0) return;
    const total = referrers.reduce((sum, one) => sum + one.count, 0);
    const who = (language: 'zh' | 'en'): string =>
      referrers
        .map(({ ledger, count, records }) => {
          const label = this.#catalogue.find(ledger)?.type.label[language] ?? ledger;
          const codes = records.slice(0, NAMED).map((one) => one.code);
          return `${label} ${codes.join(', ')}${count > NAMED ? ' …' : ''}`;
        })
        .join('; ');
    const text = { zh: `${total} 条记录引用 ${code}: ${who('zh')}`, en: `${total} records refer to ${code}: ${who('en')}` };
    throw new Problem('LEDGER_REFERRED', 409, text.en, { context: { text } });
  }

  /** Names of everything that some records refer to, by `type/code`. */
  async titles(type: LedgerType, records: readonly LedgerValues[]): Promise<Record<string, string>> {
    const wanted = new Map<string, Set<string>>();
    for (const [name, field] of Object.entries(type.fields)) {
      if (field.type !== 'reference') continue;
      const codes = wanted.get(field.ledger) ?? new Set();
      for (const values of records) if (typeof values[name] === 'string') codes.add(values[name]);
      wanted.set(field.ledger, codes);
    }
    const titles: Record<string, string> = {};
    for (const [ledger, codes] of wanted) {
      const other = this.#catalogue.find(ledger)?.type;
      if (!other || codes.size === 0) continue;
      for (const doc of await this.#some(ledger, [...codes]))
        titles[`${ledger}/${doc._id}`] = titleOf(other, openRecord(this.#seal, ledger, doc).values, doc._id);
    }
    return titles;
  }

  /** In pieces: the store takes a list of so many alternatives, not of a thousand. */
  async #some(ledger: string, codes: readonly string[]): Promise<Doc[]> {
    const pieces = Array.from({ length: Math.ceil(codes.length / PIECE) }, (_, index) => codes.slice(index * PIECE, (index + 1) * PIECE));
    const found = await Promise.all(pieces.map((piece) => this.#store.all(collectionOf(ledger), { _id: { $in: piece } })));
    return found.flat();
  }
}
