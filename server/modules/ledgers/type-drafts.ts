import Type from 'typebox';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import { LedgerTypeSchema } from '#contract/ledgers';
import type { LedgerTypeContent, TypeDraft } from '#contract/ledgers';
import { Problem } from '#domain/errors.ts';
import { typeChanges } from '#domain/ledger/type-changes.ts';
import type { ModuleContext } from '../../define-module.ts';
import type { Caller, Deployments } from '../../services.ts';
import type { Doc } from '../../store/port.ts';
import type { Catalogue } from './catalogue.ts';
import type { Migration, Misfits } from './migration.ts';
import { auditBy } from './records.ts';
import type { Asked } from './records.ts';

const DRAFTS = 'ledgerTypeDrafts';
export const KIND = 'ledger-type';

const Person = Type.Object({ id: Type.String(), name: Type.String() });
const DraftSchema = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  type: Type.String(),
  /** Hash of the definition that it changes; empty for a new type. */
  parent: Type.String(),
  definition: LedgerTypeSchema,
  reason: Type.String(),
  author: Person,
  at: Type.Number(),
  state: Type.Union([Type.Literal('open'), Type.Literal('approved'), Type.Literal('rejected'), Type.Literal('withdrawn')]),
  decidedBy: Type.Optional(Person),
  decidedAt: Type.Optional(Type.Number()),
  deployment: Type.Optional(Type.Integer()),
  changes: Type.Array(Type.Unknown()),
});
type Draft = Static<typeof DraftSchema>;

function parseDraft(doc: Doc): Draft {
  if (Value.Check(DraftSchema, doc)) return doc;
  throw new Problem('STORE_CORRUPT', 500, `${DRAFTS}/${doc._id} does not have the shape of this version`);
}

const iso = (at: number): string => new Date(at).toISOString();
const person = ({ id, name }: Caller): { readonly id: string; readonly name: string } => ({ id, name });

/** Of the roles that may approve at all, the process engineer may only what is low; a record type is middle (roles.md). */
const approvesMiddle = (caller: Caller): boolean =>
  caller.kind !== 'user' || caller.roles.some((role) => role === 'manager' || role === 'alarm-administrator');

/** What a definition would do. */
interface Judgement {
  readonly changes: ReturnType<typeof typeChanges>;
  readonly problems: readonly Problem[];
  readonly misfits: Misfits;
}

/** The way of a record type: draft, second person, live. */
export class TypeDrafts {
  readonly #context: ModuleContext;
  readonly #deployments: Deployments;
  readonly #catalogue: Catalogue;
  readonly #migration: Migration;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: ModuleContext, deployments: Deployments, catalogue: Catalogue, migration: Migration) {
    this.#context = context;
    this.#deployments = deployments;
    this.#catalogue = catalogue;
    this.#migration = migration;
  }

  async list(filter: Readonly<Record<string, unknown>>): Promise<TypeDraft[]> {
    const docs = await this.#context.store.all(DRAFTS, filter, { sort: { at: -1 }, limit: 1000 });
    return docs.map((doc) => this.#view(parseDraft(doc)));
  }

  async judge(id: string, definition: LedgerTypeContent): Promise<Judgement> {
    const named =
      definition.id === id ? [] : [new Problem('LEDGER_TYPE_INVALID', 422, `the id must be "${id}"`, { place: { path: 'id' } })];
    const problems = [...named, ...this.#catalogue.faults(definition)];
    const changes = typeChanges(this.#catalogue.find(id)?.type, definition);
    const misfits = problems.length > 0 ? { list: [], count: 0 } : await this.#migration.misfits(definition);
    return { changes, problems, misfits };
  }

  /** @throws Problem LEDGER_TYPE_INVALID, LEDGER_TYPE_UNCHANGED, LEDGER_TYPE_DATA */
  async draft(id: string, definition: LedgerTypeContent, reason: string, asked: Asked): Promise<TypeDraft> {
    const { changes, problems, misfits } = await this.judge(id, definition);
    const [first] = problems;
    if (first) throw first;
    if (changes.length === 0) throw new Problem('LEDGER_TYPE_UNCHANGED', 422, 'this is what is deployed already');
    if (misfits.count > 0) await this.#migration.refuseMisfits(definition);
    const { store, ids, clock } = this.#context;
    const made = {
      _id: ids.next(),
      type: id,
      parent: this.#catalogue.find(id)?.hash ?? '',
      definition,
      reason,
      author: person(asked.caller),
      at: clock.now(),
      state: 'open' as const,
      changes,
    };
    await store.insert(DRAFTS, [made]);
    await this.#audit('draft', id, asked, { after: changes, reason });
    return this.#view(parseDraft({ ...made, ver: 1 }));
  }

  /** @throws Problem DRAFT_UNKNOWN, DRAFT_DECIDED, DRAFT_STALE, SECOND_PERSON, APPROVE_RISK, LEDGER_TYPE_DATA, DEPLOYMENT_FAILED */
  approve(type: string, id: string, asked: Asked): Promise<TypeDraft> {
    return this.#inTurn(async () => {
      const draft = await this.#open(type, id);
      secondPerson(draft, asked);
      if ((this.#catalogue.find(type)?.hash ?? '') !== draft.parent)
        throw new Problem('DRAFT_STALE', 409, 'the type was deployed anew since the draft was made');
      await this.#migration.refuseMisfits(draft.definition);
      const { n } = await this.#deployments.deploy({
        artefacts: [{ kind: KIND, id: type, content: draft.definition }],
        author: draft.author.id,
        approver: asked.caller.id,
        message: draft.reason,
      });
      const decided = await this.#decide(draft, 'approved', asked, { deployment: n });
      await this.#audit('approve', type, asked, { after: draft.changes, reason: draft.reason });
      return decided;
    });
  }

  async reject(type: string, id: string, asked: Asked): Promise<TypeDraft> {
    const draft = await this.#open(type, id);
    secondPerson(draft, asked);
    const decided = await this.#decide(draft, 'rejected', asked);
    await this.#audit('reject', type, asked, { after: draft.changes, reason: draft.reason });
    return decided;
  }

  async withdraw(type: string, id: string, asked: Asked): Promise<TypeDraft> {
    const draft = await this.#open(type, id);
    if (draft.author.id !== asked.caller.id) throw new Problem('DRAFT_NOT_YOURS', 403, 'only the author withdraws a draft');
    const decided = await this.#decide(draft, 'withdrawn', asked);
    await this.#audit('withdraw', type, asked, { after: draft.changes, reason: draft.reason });
    return decided;
  }

  #view(draft: Draft): TypeDraft {
    const { _id, ver: _ver, parent, at, decidedAt, changes, ...told } = draft;
    return {
      ...told,
      id: _id,
      at: iso(at),
      stale: draft.state === 'open' && parent !== (this.#catalogue.find(draft.type)?.hash ?? ''),
      changes: changes.flatMap((change) => (Value.Check(ChangeSchema, change) ? [change] : [])),
      ...(decidedAt === undefined ? {} : { decidedAt: iso(decidedAt) }),
    };
  }

  async #open(type: string, id: string): Promise<Draft> {
    const doc = await this.#context.store.get(DRAFTS, id);
    const draft = doc ? parseDraft(doc) : undefined;
    if (draft?.type !== type) throw new Problem('DRAFT_UNKNOWN', 404, `there is no draft ${id} of ${type}`);
    if (draft.state !== 'open') throw new Problem('DRAFT_DECIDED', 409, `the draft is ${draft.state} already`);
    return draft;
  }

  async #decide(draft: Draft, state: Draft['state'], asked: Asked, more: { readonly deployment?: number } = {}): Promise<TypeDraft> {
    const decided: Draft = { ...draft, ...more, state, decidedBy: person(asked.caller), decidedAt: this.#context.clock.now() };
    const { _id, ver, ...fields } = decided;
    const done = await this.#context.store.update(DRAFTS, { _id, ver }, { $set: fields });
    if (!done) throw new Problem('DRAFT_DECIDED', 409, 'somebody else has just decided it');
    return this.#view(decided);
  }

  /** One deployment at a time, so that two approvals of one type cannot cross. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #audit(action: string, type: string, asked: Asked, what: { readonly after: unknown; readonly reason: string }): Promise<void> {
    await this.#context.audit.append({
      ...auditBy(asked),
      event: 'ledger-type',
      object: `${KIND}/${type}`,
      action,
      result: 'done',
      ...what,
    });
  }
}

const ChangeSchema = Type.Object({
  kind: Type.Union([Type.Literal('added'), Type.Literal('removed'), Type.Literal('changed')]),
  path: Type.String(),
  before: Type.Optional(Type.Unknown()),
  after: Type.Optional(Type.Unknown()),
});

function secondPerson(draft: Draft, { caller }: Asked): void {
  if (draft.author.id === caller.id) throw new Problem('SECOND_PERSON', 403, 'another person than the author has to decide');
  if (!approvesMiddle(caller))
    throw new Problem('APPROVE_RISK', 403, 'a record type needs the approval of a manager or an alarm administrator');
}
