import type { Misfit } from '#contract/ledgers';
import { Problem } from '#domain/errors.ts';
import { isSealed } from '#domain/ledger/definition.ts';
import type { LedgerType } from '#domain/ledger/definition.ts';
import { misfits } from '#domain/ledger/type-changes.ts';
import type { ModuleContext } from '../../define-module.ts';
import { parseLedgerType } from './catalogue.ts';
import type { Catalogue } from './catalogue.ts';
import type { FieldSeal } from './seal.ts';
import { collectionOf, HISTORY, openRecord, parseEntry, sealValues } from './stored.ts';

const STATES = 'ledgerTypeStates';
const LISTED = 100;

interface Deployed {
  readonly id: string;
  readonly hash: string;
  readonly content: unknown;
}

/** Records that could not live under a definition: the first hundred faults and how many records there are. */
export interface Misfits {
  readonly list: readonly Misfit[];
  readonly count: number;
}

/** Brings records to a changed type, or refuses the type with the records that it would break. */
export class Migration {
  readonly #context: Pick<ModuleContext, 'store'>;
  readonly #catalogue: Catalogue;
  readonly #seal: FieldSeal;

  constructor(context: Pick<ModuleContext, 'store'>, catalogue: Catalogue, seal: FieldSeal) {
    this.#context = context;
    this.#catalogue = catalogue;
    this.#seal = seal;
  }

  async misfits(type: LedgerType): Promise<Misfits> {
    const list: Misfit[] = [];
    let count = 0;
    for await (const doc of this.#context.store.find(collectionOf(type.id), {})) {
      const faults = misfits(type, doc._id, openRecord(this.#seal, type.id, doc).values);
      if (faults.length > 0) count += 1;
      for (const { field, code, text } of faults.slice(0, LISTED - list.length))
        list.push({ record: doc._id, field, code, text: { ...text } });
    }
    return { list, count };
  }

  /** @throws Problem LEDGER_TYPE_DATA that names the records */
  async refuseMisfits(type: LedgerType): Promise<void> {
    const { list, count } = await this.misfits(type);
    if (count === 0) return;
    const say = (language: 'zh' | 'en'): string =>
      list
        .slice(0, 10)
        .map((one) => `${one.record}${one.field === '' ? '' : `.${one.field}`}: ${one.text[language]}`)
        .join('; ');
    const text = { zh: `${count} 条记录不符合新定义: ${say('zh')}`, en: `${count} records do not fit the new definition: ${say('en')}` };
    throw new Problem('LEDGER_TYPE_DATA', 409, text.en, { context: { text, misfits: list } });
  }

  /** Follows the deployment pointer. @throws Problem LEDGER_TYPE_DATA; the deployment is then rolled back */
  async apply(changed: readonly Deployed[], removed: readonly string[]): Promise<void> {
    const { store } = this.#context;
    const types = changed.map(({ hash, content }) => ({ hash, type: parseLedgerType(content) }));
    const states = new Map((await store.all(STATES, {})).map((doc) => [doc._id, doc['hash']]));
    const fresh = types.filter(({ type, hash }) => states.get(type.id) !== hash);
    for (const id of removed) {
      const records = await store.count(collectionOf(id), {});
      if (records > 0) throw new Problem('LEDGER_TYPE_DATA', 409, `the type ${id} has ${records} records: it cannot go`);
    }
    for (const { type } of fresh) await this.refuseMisfits(type);
    for (const { type } of types) await this.#index(type);
    for (const { type, hash } of fresh) {
      await this.#reseal(type);
      await store.upsert(STATES, { _id: type.id, hash });
    }
    for (const live of types) this.#catalogue.put(live);
    for (const id of removed) this.#catalogue.drop(id);
  }

  async #index(type: LedgerType): Promise<void> {
    for (const [name, field] of Object.entries(type.fields)) {
      if (isSealed(field)) await this.#context.store.ensureIndex(collectionOf(type.id), [`_blind.${name}`]);
      else if (field.type === 'reference' || field.unique === true) await this.#context.store.ensureIndex(collectionOf(type.id), [name]);
    }
  }

  /** A field that has become personal is sealed in every record and every change of the past. */
  async #reseal(type: LedgerType): Promise<void> {
    const { store } = this.#context;
    const sealed = Object.keys(type.fields).filter((name) => type.fields[name] !== undefined && isSealed(type.fields[name]));
    for await (const doc of store.find(collectionOf(type.id), {})) {
      const { values, meta } = openRecord(this.#seal, type.id, doc);
      const wanted = sealed.filter((name) => values[name] !== undefined);
      if (wanted.length === Object.keys(meta._blind).length && wanted.every((name) => Object.hasOwn(meta._blind, name))) continue;
      const { fields, blind } = sealValues(this.#seal, type, doc._id, values);
      const _last = this.#resealed(type, doc._id, sealed, meta._last);
      await store.update(collectionOf(type.id), { _id: doc._id, ver: doc.ver }, { $set: { ...fields, _blind: blind, _last } });
    }
    if (sealed.length === 0) return;
    for await (const doc of store.find(HISTORY, { key: { $gte: `${type.id}/`, $lt: `${type.id}0` } })) {
      const entry = parseEntry(doc);
      const next = this.#resealed(type, entry.key.slice(type.id.length + 1), sealed, entry);
      if (next !== entry) await store.upsert(HISTORY, { ...next });
    }
  }

  #resealed<E extends ReturnType<typeof parseEntry>>(type: LedgerType, code: string, sealed: readonly string[], entry: E): E {
    const names = sealed.filter((name) => !entry.sealed.includes(name) && (name in entry.before || name in entry.after));
    if (names.length === 0) return entry;
    const seal = (values: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
      ...values,
      ...Object.fromEntries(
        names.flatMap((name) =>
          values[name] === undefined
            ? []
            : [[name, this.#seal.seal({ collection: collectionOf(type.id), field: name, id: code }, JSON.stringify(values[name]))]],
        ),
      ),
    });
    return { ...entry, before: seal(entry.before), after: seal(entry.after), sealed: [...entry.sealed, ...names] };
  }
}
