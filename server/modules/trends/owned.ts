import { Problem } from '#domain/errors.ts';
import { requireMatch, type ModuleContext } from '../../define-module.ts';
import type { Caller } from '../../services.ts';
import type { Doc } from '../../store/port.ts';

/** A document that one person owns: others may see it, but only the owner changes it. */
export interface Owned {
  readonly _id: string;
  readonly ver: number;
  readonly by: { readonly id: string; readonly name: string };
  readonly changed: number;
}

/** What a collection of owned documents is. */
export interface OwnedKind<T extends Owned> {
  readonly collection: string;
  /** Event of the audit log: `annotation`. */
  readonly event: string;
  readonly parse: (doc: Doc) => T;
  readonly unknown: (id: string) => Problem;
  /** False for what this person may not know of. */
  readonly visible: (doc: T, person: string) => boolean;
}

/** A request that writes. */
export interface Writing {
  readonly caller: Caller;
  readonly requestId: string;
  readonly ifMatch?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Notes belong to people: a token writes none. */
function personOf({ kind, id, name }: Caller): { readonly id: string; readonly name: string } {
  if (kind !== 'user') throw new Problem('PERSON_NEEDED', 403, 'only a logged-in person writes annotations and views');
  return { id, name };
}

/** The writes of a collection of owned documents: audited before they take effect, changed only in the version that was seen. */
export class OwnedDocs<T extends Owned> {
  readonly #context: ModuleContext;
  readonly #kind: OwnedKind<T>;

  constructor(context: ModuleContext, kind: OwnedKind<T>) {
    this.#context = context;
    this.#kind = kind;
  }

  async find(filter: Fields, options: { readonly sort: Readonly<Record<string, 1 | -1>>; readonly limit: number }): Promise<T[]> {
    return (await this.#context.store.all(this.#kind.collection, filter, options)).map(this.#kind.parse);
  }

  /** How many a person has. */
  count(person: string): Promise<number> {
    return this.#context.store.count(this.#kind.collection, { 'by.id': person });
  }

  /** @throws Problem PERSON_NEEDED (403) */
  async add(fields: Fields, request: Writing): Promise<T> {
    const { ids, clock, store } = this.#context;
    const doc = { _id: ids.next(), ...fields, by: personOf(request.caller), changed: clock.now() };
    await this.#note('add', doc._id, request, { after: fields });
    await store.insert(this.#kind.collection, [doc]);
    return this.#kind.parse({ ...doc, ver: 1 });
  }

  /** @throws Problem of an unknown id (404), NOT_YOURS, PERSON_NEEDED (403), IF_MATCH_MISSING (428), IF_MATCH_STALE (412) */
  async change(id: string, fields: Fields, request: Writing): Promise<T> {
    const { clock, store } = this.#context;
    const before = await this.#mine(id, request.caller);
    const ver = requireMatch(request, before.ver);
    await this.#note('change', id, request, { before, after: fields });
    await store.update(this.#kind.collection, { _id: id, ver }, { $set: { ...fields, changed: clock.now() } });
    const after = await this.#read(id, before.by.id);
    // Somebody was faster between the check and the write.
    if (after.ver !== ver + 1) requireMatch(request, after.ver);
    return after;
  }

  async remove(id: string, request: Writing): Promise<undefined> {
    const before = await this.#mine(id, request.caller);
    await this.#note('remove', id, request, { before });
    await this.#context.store.remove(this.#kind.collection, { _id: id });
  }

  async #read(id: string, person: string): Promise<T> {
    const doc = await this.#context.store.get(this.#kind.collection, id);
    const found = doc && this.#kind.parse(doc);
    if (!found || !this.#kind.visible(found, person)) throw this.#kind.unknown(id);
    return found;
  }

  async #mine(id: string, caller: Caller): Promise<T> {
    const person = personOf(caller);
    const found = await this.#read(id, person.id);
    if (found.by.id !== person.id) throw new Problem('NOT_YOURS', 403, `it belongs to ${found.by.name}; only they can change it`);
    return found;
  }

  async #note(
    action: string,
    id: string,
    { caller, requestId }: Writing,
    more: { readonly before?: unknown; readonly after?: unknown },
  ): Promise<void> {
    const { event } = this.#kind;
    const who = { actor: caller.id, actorName: caller.name, roles: caller.roles };
    const where = {
      ...(caller.session === undefined ? {} : { session: caller.session }),
      ...(caller.ip === undefined ? {} : { ip: caller.ip }),
    };
    await this.#context.audit.append({ ...who, ...where, event, object: `${event}/${id}`, action, result: 'done', requestId, ...more });
  }
}
