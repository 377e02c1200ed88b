import { Problem } from '#domain/errors.ts';
import { codeStart } from '#domain/ledger/code.ts';
import { isSealed } from '#domain/ledger/definition.ts';
import type { FieldFault, LedgerType, LedgerValues } from '#domain/ledger/definition.ts';
import type { LedgerReader } from '#domain/ledger/list.ts';
import { changedFields, checkRecord, withChange } from '#domain/ledger/record.ts';
import { requireMatch } from '../../define-module.ts';
import type { ModuleContext } from '../../define-module.ts';
import type { AuditEntry, Caller } from '../../services.ts';
import { DuplicateKey } from '../../store/port.ts';
import type { Catalogue } from './catalogue.ts';
import { Codes } from './codes.ts';
import { References } from './references.ts';
import type { FieldSeal } from './seal.ts';
import { collectionOf, HISTORY, historyKey, openRecord, parseEntry, plainText, recordDoc, sealValues } from './stored.ts';
import type { Entry, StoredRecord } from './stored.ts';
import { shownChange } from './view.ts';

/** Who changes something, and how it came. */
export interface Asked {
  readonly caller: Caller;
  readonly requestId: string;
  readonly ifMatch?: string;
}
interface How {
  readonly by: { readonly id: string; readonly name: string };
  readonly source?: string;
  readonly reason?: string;
}

const entryId = (type: string, code: string, n: number): string => `${historyKey(type, code)}/${String(n).padStart(8, '0')}`;

function refuseFaults(faults: readonly FieldFault[]): void {
  const [first] = faults;
  if (!first) return;
  const at = (language: 'zh' | 'en'): string =>
    faults.map((fault) => `${fault.field === '' ? '' : `${fault.field}: `}${fault.text[language]}`).join('; ');
  const more = { place: { path: first.field === '' ? 'code' : first.field }, context: { text: { zh: at('zh'), en: at('en') } } };
  if (first.code === 'LEDGER_CODE_RULE') throw new Problem('LEDGER_CODE_RULE', 422, at('en'), more);
  if (first.code === 'LEDGER_CODE_TAKEN') throw new Problem('LEDGER_CODE_TAKEN', 409, at('en'), more);
  throw new Problem('LEDGER_RECORD_INVALID', 422, at('en'), more);
}

export const auditBy = ({ caller, requestId }: Asked): Omit<AuditEntry, 'event' | 'object' | 'action' | 'result'> => ({
  actor: caller.id,
  actorName: caller.name,
  roles: caller.roles,
  requestId,
  ...(caller.session === undefined ? {} : { session: caller.session }),
  ...(caller.ip === undefined ? {} : { ip: caller.ip }),
});

/**
 * Records of every type. One write at a time, so that a reference, a unique value or a number that was found free still is when it is stored.
 * Each record carries its newest change; the history is written after it and caught up with the next write, so that no crash loses a change.
 */
export class Records {
  readonly catalogue: Catalogue;
  readonly codes: Codes;
  readonly references: References;
  readonly seal: FieldSeal;
  readonly #context: ModuleContext;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: ModuleContext, catalogue: Catalogue, seal: FieldSeal) {
    this.#context = context;
    this.catalogue = catalogue;
    this.seal = seal;
    this.codes = new Codes(context.store);
    this.references = new References(context.store, catalogue, seal);
  }

  /** Finishes deletes that a crash has interrupted. */
  async open(): Promise<void> {
    await this.#context.store.ensureIndex(HISTORY, ['key']);
    for (const doc of await this.#context.store.all(HISTORY, { open: true })) await this.#takeOut(parseEntry(doc));
  }

  /** One after the other with every other write. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  reader(type: LedgerType, open: boolean): LedgerReader {
    return { open, blind: (field, text) => this.seal.blind(collectionOf(type.id), field, text) };
  }

  async find(type: LedgerType, code: string): Promise<StoredRecord | undefined> {
    const doc = await this.#context.store.get(collectionOf(type.id), code);
    return doc ? openRecord(this.seal, type.id, doc) : undefined;
  }

  /** @throws Problem LEDGER_RECORD_UNKNOWN */
  async need(type: LedgerType, code: string): Promise<StoredRecord> {
    const found = await this.find(type, code);
    if (!found) throw new Problem('LEDGER_RECORD_UNKNOWN', 404, `there is no ${type.id} ${code}`);
    return found;
  }

  /** Values that must be one record's alone and are another's. */
  async uniqueFaults(type: LedgerType, code: string, values: LedgerValues): Promise<FieldFault[]> {
    const faults: FieldFault[] = [];
    for (const [name, field] of Object.entries(type.fields)) {
      const value = values[name];
      if (field.unique !== true || value === undefined) continue;
      const collection = collectionOf(type.id);
      const test = isSealed(field) ? { [`_blind.${name}`]: this.seal.blind(collection, name, plainText(value)) } : { [name]: value };
      const [other] = await this.#context.store.all(collection, { ...test, _id: { $ne: code } }, { limit: 1 });
      if (other)
        faults.push({ field: name, code: 'LEDGER_FIELD_UNIQUE', text: { zh: `与 ${other._id} 重复`, en: `the same as in ${other._id}` } });
    }
    return faults;
  }

  /** @throws Problem LEDGER_RECORD_INVALID, LEDGER_CODE_RULE, LEDGER_CODE_TAKEN */
  create(type: LedgerType, code: string | undefined, input: Readonly<Record<string, unknown>>, asked: Asked): Promise<StoredRecord> {
    return this.inTurn(async () => {
      const { values, faults } = checkRecord(type, input);
      refuseFaults(faults);
      refuseFaults(await this.references.faults(type, values));
      const chosen = code === undefined ? undefined : await this.codes.fault(type, code, values);
      refuseFaults(chosen ? [chosen] : []);
      if (code !== undefined) await this.codes.took(type, code, values);
      const own = code ?? (await this.codes.next(type, values));
      refuseFaults(await this.uniqueFaults(type, own, values));
      await this.#audit('create', type, own, asked, {}, values);
      const doc = this.newDoc(type, own, values, { by: person(asked.caller) });
      try {
        await this.#context.store.insert(collectionOf(type.id), [doc]);
      } catch (error) {
        if (!(error instanceof DuplicateKey)) throw error;
        throw new Problem('LEDGER_CODE_TAKEN', 409, `the code ${own} is taken`, { place: { path: 'code' } });
      }
      return this.#stored(type, own);
    });
  }

  /** @throws Problem LEDGER_RECORD_UNKNOWN, IF_MATCH_MISSING, IF_MATCH_STALE, LEDGER_RECORD_INVALID */
  update(type: LedgerType, code: string, change: Readonly<Record<string, unknown>>, asked: Asked, reason?: string): Promise<StoredRecord> {
    return this.inTurn(async () => {
      const present = await this.need(type, code);
      const ver = requireMatch(asked, present.ver);
      const { values, faults } = checkRecord(type, withChange(present.values, change));
      refuseFaults(faults);
      const names = changedFields(present.values, values);
      if (names.length === 0) return present;
      if (codeStart(type, values) !== codeStart(type, present.values))
        throw new Problem('LEDGER_CODE_RULE', 422, `the code ${code} is made of this reference: it stays`, {
          place: { path: names[0] ?? 'code' },
        });
      refuseFaults([...(await this.references.faults(type, values)), ...(await this.uniqueFaults(type, code, values))]);
      await this.#audit('update', type, code, asked, present.values, values, reason);
      await this.catchUp([present.meta._last]);
      const how = { by: person(asked.caller), ...(reason === undefined ? {} : { reason }) };
      const done = await this.#context.store.bulk(collectionOf(type.id), [this.changeOp(type, present, values, how)]);
      if (done[0] !== true) throw new Problem('IF_MATCH_STALE', 412, `it was changed meanwhile: not version ${ver} any more`);
      return this.#stored(type, code);
    });
  }

  /** @throws Problem LEDGER_RECORD_UNKNOWN, LEDGER_REFERRED, IF_MATCH_MISSING, IF_MATCH_STALE */
  remove(type: LedgerType, code: string, asked: Asked, reason?: string): Promise<void> {
    return this.inTurn(async () => {
      const present = await this.need(type, code);
      requireMatch(asked, present.ver);
      await this.references.refuseIfReferred(type.id, code);
      await this.#audit('delete', type, code, asked, present.values, {}, reason);
      await this.catchUp([present.meta._last]);
      const sealed = sealValues(this.seal, type, code, present.values);
      const how = { by: person(asked.caller), ...(reason === undefined ? {} : { reason }) };
      const entry: Entry = {
        ...this.#entry(type, code, present.ver + 1, 'delete', how),
        before: sealed.fields,
        after: {},
        sealed: Object.keys(sealed.blind),
        open: true,
      };
      await this.#context.store.insert(HISTORY, [{ ...entry }]);
      await this.#takeOut(entry);
    });
  }

  async #takeOut(entry: Entry): Promise<void> {
    const slash = entry.key.indexOf('/');
    await this.#context.store.remove(collectionOf(entry.key.slice(0, slash)), { _id: entry.key.slice(slash + 1) });
    await this.#context.store.update(HISTORY, { _id: entry._id }, { $unset: ['open'] });
  }

  async #stored(type: LedgerType, code: string): Promise<StoredRecord> {
    const stored = await this.need(type, code);
    await this.catchUp([stored.meta._last]);
    return stored;
  }

  #entry(
    type: LedgerType,
    code: string,
    n: number,
    action: Entry['action'],
    how: How,
  ): Pick<Entry, '_id' | 'key' | 'n' | 'at' | 'by' | 'action'> {
    return { _id: entryId(type.id, code, n), key: historyKey(type.id, code), n, at: this.#context.clock.now(), action, ...how };
  }

  newDoc(type: LedgerType, code: string, values: LedgerValues, how: How): ReturnType<typeof recordDoc> {
    return recordDoc(this.seal, type, code, values, {
      created: this.#context.clock.now(),
      entry: (sealed) => ({
        ...this.#entry(type, code, 1, 'create', how),
        before: {},
        after: sealed.fields,
        sealed: Object.keys(sealed.blind),
      }),
    });
  }

  /** A compare-and-set of one record for `Store.bulk`. */
  changeOp(type: LedgerType, present: StoredRecord, values: LedgerValues, how: How): Parameters<ModuleContext['store']['bulk']>[1][number] {
    const { code, ver, meta } = present;
    const names = changedFields(present.values, values);
    const pick = (from: Readonly<Record<string, unknown>>): Record<string, unknown> =>
      Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])));
    const was = sealValues(this.seal, type, code, present.values);
    const doc = recordDoc(this.seal, type, code, values, {
      created: meta._created,
      entry: (sealed) => ({
        ...this.#entry(type, code, ver + 1, 'update', how),
        before: pick(was.fields),
        after: pick(sealed.fields),
        sealed: names.filter((name) => type.fields[name] !== undefined && isSealed(type.fields[name])),
      }),
    });
    const { _id, ...set } = doc;
    const gone = Object.keys(present.values).filter((name) => values[name] === undefined);
    return { update: { _id, ver, ops: { $set: set, ...(gone.length > 0 ? { $unset: gone } : {}) } } };
  }

  /** Writes changes that records carry; one that the history has already stays as it is. */
  async catchUp(entries: readonly Entry[]): Promise<void> {
    if (entries.length > 0)
      await this.#context.store.bulk(
        HISTORY,
        entries.map((entry) => ({ insert: { ...entry } })),
      );
  }

  /** Changes of a record, newest first, also of one that was deleted. @throws Problem LEDGER_RECORD_UNKNOWN */
  async history(type: LedgerType, code: string): Promise<readonly Entry[]> {
    const { store } = this.#context;
    const stored = (await store.all(HISTORY, { key: historyKey(type.id, code) }, { sort: { n: -1 } })).map(parseEntry);
    const record = await this.find(type, code);
    if (stored.length === 0 && !record) throw new Problem('LEDGER_RECORD_UNKNOWN', 404, `there is no ${type.id} ${code}`);
    return record && stored[0]?._id !== record.meta._last._id ? [record.meta._last, ...stored] : stored;
  }

  async #audit(
    action: string,
    type: LedgerType,
    code: string,
    asked: Asked,
    before: LedgerValues,
    after: LedgerValues,
    reason?: string,
  ): Promise<void> {
    const names = changedFields(before, after);
    await this.#context.audit.append({
      ...auditBy(asked),
      event: 'ledger',
      object: historyKey(type.id, code),
      action,
      result: 'done',
      before: shownChange(type, before, names),
      after: { ...shownChange(type, after, names), fields: names },
      ...(reason === undefined ? {} : { reason }),
    });
  }
}

const person = ({ id, name }: Caller): How['by'] => ({ id, name });
