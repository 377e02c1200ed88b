import type { LimitDraft, LimitValues, RuleItem } from '#contract/rules';
import { alarmIds, kindOf } from '#domain/alarm/definition.ts';
import type { AlarmDefinition } from '#domain/alarm/definition.ts';
import { parseDefinition } from '#domain/alarm/parse.ts';
import { Problem } from '#domain/errors.ts';
import type { ModuleContext } from '../../define-module.ts';
import type { Caller, Deployments, History, TagDictionary } from '../../services.ts';
import { checkLimits, limitsOf, withLimits } from './limits.ts';
import { parseDraft, parseRevision, RULE_DRAFTS, RULE_REVISIONS } from './stored.ts';
import type { Draft, StoredRevision } from './stored.ts';

export interface RulesNeeds {
  readonly deployments: Deployments;
  readonly dictionary: TagDictionary;
  readonly history: Pick<History, 'read'>;
}
export type RulesContext = ModuleContext & RulesNeeds;

export interface Rule {
  readonly id: string;
  readonly hash: string;
  /** As it was deployed, before defaults. */
  readonly content: unknown;
  readonly definition: AlarmDefinition;
}
export interface Asked {
  readonly caller: Caller;
  readonly requestId: string;
}

const iso = (at: number): string => new Date(at).toISOString();
const person = ({ id, name }: Caller): { readonly id: string; readonly name: string } => ({ id, name });
const same = (a: LimitValues, b: LimitValues): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Limits are of risk class middle: of the roles that may approve at all, the process engineer may only what is low (roles.md). */
const approvesMiddle = (caller: Caller): boolean =>
  caller.kind !== 'user' || caller.roles.some((role) => role === 'manager' || role === 'alarm-administrator');

/** Deployed alarm rules, drafts of their limits, and the way from one to the other. */
export class RuleService {
  readonly #context: RulesContext;
  readonly #parsed = new Map<string, AlarmDefinition>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: RulesContext) {
    this.#context = context;
  }

  async open(): Promise<void> {
    await this.#context.store.ensureIndex(RULE_DRAFTS, ['rule']);
    await this.#context.store.ensureIndex(RULE_REVISIONS, ['rule']);
  }

  rules(): Rule[] {
    return this.#context.deployments.list('alarm').map((deployed) => this.#rule(deployed));
  }

  /** @throws Problem RULE_UNKNOWN */
  rule(id: string): Rule {
    const deployed = this.#context.deployments.deployed('alarm', id);
    if (!deployed) throw new Problem('RULE_UNKNOWN', 404, `no alarm rule ${id} is deployed`);
    return this.#rule({ id, ...deployed });
  }

  #rule({ id, hash, content }: { readonly id: string; readonly hash: string; readonly content: unknown }): Rule {
    const key = `${id}@${hash}`;
    const definition = this.#parsed.get(key) ?? parseDefinition(content, '', new Map());
    this.#parsed.set(key, definition);
    return { id, hash, content, definition };
  }

  async revisions(rule?: string): Promise<StoredRevision[]> {
    const docs = await this.#context.store.all(RULE_REVISIONS, rule === undefined ? {} : { rule }, { sort: { n: 1 } });
    return docs.map(parseRevision);
  }

  async drafts(filter: Readonly<Record<string, unknown>>): Promise<Draft[]> {
    return (await this.#context.store.all(RULE_DRAFTS, filter, { sort: { at: -1 }, limit: 1000 })).map(parseDraft);
  }

  item(rule: Rule, revisions: readonly StoredRevision[], drafts: readonly Draft[]): RuleItem {
    const { definition, hash, id } = rule;
    const tag = definition.tag === undefined ? undefined : this.#context.dictionary.tag(definition.tag);
    const assetId = definition.asset ?? tag?.asset;
    const asset = assetId === undefined ? undefined : this.#context.dictionary.asset(assetId);
    const current = revisions.findLast((revision) => revision.rule === id && revision.hash === hash);
    return {
      id,
      label: definition.label ?? { zh: id, en: id },
      kind: kindOf(definition),
      class: definition.class ?? 'process',
      priority: definition.priority ?? 3,
      limits: limitsOf(definition),
      deadband: definition.deadband ?? 0,
      onDelay: definition.onDelay ?? '0s',
      offDelay: definition.offDelay ?? '0s',
      latch: definition.latch ?? false,
      alarms: alarmIds(definition).map((alarm) => alarm.id),
      origin: (current?.n ?? 0) === 0 ? 'shipped' : 'deployed',
      revision: hash,
      n: current?.n ?? 0,
      drafts: drafts.filter((draft) => draft.rule === id && draft.state === 'open').length,
      ...(assetId === undefined ? {} : { asset: assetId }),
      ...(asset ? { assetLabel: asset.label } : {}),
      ...(tag ? { tag: tag.id, unit: tag.unit, decimals: tag.decimals } : {}),
      ...(definition.starts === undefined ? {} : { starts: definition.starts }),
    };
  }

  draftView(draft: Draft): LimitDraft {
    const deployed = this.#context.deployments.deployed('alarm', draft.rule);
    const rule = deployed ? this.#rule({ id: draft.rule, ...deployed }) : undefined;
    const unit = rule?.definition.tag === undefined ? undefined : this.#context.dictionary.tag(rule.definition.tag)?.unit;
    const { _id, ver: _ver, parent, at, decidedAt, ...told } = draft;
    return {
      ...told,
      id: _id,
      label: rule?.definition.label ?? { zh: draft.rule, en: draft.rule },
      at: iso(at),
      stale: draft.state === 'open' && parent !== rule?.hash,
      ...(unit === undefined ? {} : { unit }),
      ...(decidedAt === undefined ? {} : { decidedAt: iso(decidedAt) }),
    };
  }

  /** @throws Problem RULE_UNKNOWN, RULE_NO_LIMIT, RULE_LIMIT_RANGE, RULE_LIMITS_ORDER, RULE_UNCHANGED */
  async draft(id: string, limits: LimitValues, reason: string, asked: Asked): Promise<LimitDraft> {
    const { store, ids, clock, dictionary } = this.#context;
    const { definition, hash } = this.rule(id);
    const next = withLimits(definition, limits);
    const before = limitsOf(definition);
    if (same(before, limitsOf(next))) throw new Problem('RULE_UNCHANGED', 422, 'these limits are in force already');
    checkLimits(next, limits, definition.tag === undefined ? undefined : dictionary.tag(definition.tag));
    const made = { _id: ids.next(), rule: id, parent: hash, before, limits, reason, author: person(asked.caller), at: clock.now() };
    const draft: Draft = { ...made, ver: 1, state: 'open' };
    await store.insert(RULE_DRAFTS, [{ ...made, state: 'open' }]);
    await this.#audit('draft', id, asked, { before, after: limitsOf(next), reason });
    return this.draftView(draft);
  }

  async #open(rule: string, id: string): Promise<Draft> {
    const doc = await this.#context.store.get(RULE_DRAFTS, id);
    const draft = doc ? parseDraft(doc) : undefined;
    if (draft?.rule !== rule) throw new Problem('DRAFT_UNKNOWN', 404, `there is no draft ${id} of ${rule}`);
    if (draft.state !== 'open') throw new Problem('DRAFT_DECIDED', 409, `the draft is ${draft.state} already`);
    return draft;
  }

  async #decide(draft: Draft, state: Draft['state'], asked: Asked, more: { readonly deployment?: number } = {}): Promise<LimitDraft> {
    const decided: Draft = { ...draft, ...more, state, decidedBy: person(asked.caller), decidedAt: this.#context.clock.now() };
    const { _id, ver, ...fields } = decided;
    const done = await this.#context.store.update(RULE_DRAFTS, { _id, ver }, { $set: fields });
    if (!done) throw new Problem('DRAFT_DECIDED', 409, 'somebody else has just decided it');
    return this.draftView(decided);
  }

  #secondPerson(draft: Draft, { caller }: Asked): void {
    if (draft.author.id === caller.id) throw new Problem('SECOND_PERSON', 403, 'another person than the author has to decide');
    if (!approvesMiddle(caller)) throw new Problem('APPROVE_RISK', 403, 'limits need the approval of a manager or an alarm administrator');
  }

  /** One deployment at a time, so that two approvals of one rule cannot cross. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** @throws Problem DRAFT_UNKNOWN, DRAFT_DECIDED, DRAFT_STALE, SECOND_PERSON, APPROVE_RISK and what the deployment refuses */
  approve(rule: string, id: string, asked: Asked): Promise<LimitDraft> {
    return this.#inTurn(async () => {
      const draft = await this.#open(rule, id);
      this.#secondPerson(draft, asked);
      const present = this.rule(rule);
      if (present.hash !== draft.parent) throw new Problem('DRAFT_STALE', 409, 'the rule was deployed anew since the draft was made');
      const content = withLimits(present.definition, draft.limits);
      const by = { author: draft.author, approver: person(asked.caller), reason: draft.reason };
      const n = await this.#deploy(present, content, by);
      const decided = await this.#decide(draft, 'approved', asked, { deployment: n });
      await this.#audit('approve', rule, asked, { before: draft.before, after: limitsOf(content), reason: draft.reason });
      return decided;
    });
  }

  async reject(rule: string, id: string, asked: Asked): Promise<LimitDraft> {
    const draft = await this.#open(rule, id);
    this.#secondPerson(draft, asked);
    const decided = await this.#decide(draft, 'rejected', asked);
    await this.#audit('reject', rule, asked, { before: draft.before, after: draft.limits, reason: draft.reason });
    return decided;
  }

  async withdraw(rule: string, id: string, asked: Asked): Promise<LimitDraft> {
    const draft = await this.#open(rule, id);
    if (draft.author.id !== asked.caller.id) throw new Problem('DRAFT_NOT_YOURS', 403, 'only the author withdraws a draft');
    const decided = await this.#decide(draft, 'withdrawn', asked);
    await this.#audit('withdraw', rule, asked, { before: draft.before, after: draft.limits, reason: draft.reason });
    return decided;
  }

  /** @throws Problem RULE_UNKNOWN, RULE_REVISION_UNKNOWN, RULE_UNCHANGED */
  rollback(id: string, n: number, reason: string, asked: Asked): Promise<RuleItem> {
    return this.#inTurn(async () => {
      const present = this.rule(id);
      const target = (await this.revisions(id)).find((revision) => revision.n === n);
      if (!target) throw new Problem('RULE_REVISION_UNKNOWN', 404, `the rule ${id} has no revision ${n}`);
      if (target.hash === present.hash) throw new Problem('RULE_UNCHANGED', 422, `revision ${n} is in force already`);
      const content = parseDefinition(target.content, '', new Map());
      await this.#context.deployments.deploy({
        artefacts: [{ kind: 'alarm', id, content: target.content }],
        author: asked.caller.id,
        message: reason,
      });
      await this.#audit('rollback', id, asked, { before: limitsOf(present.definition), after: limitsOf(content), reason });
      return this.item(this.rule(id), await this.revisions(id), await this.drafts({ rule: id }));
    });
  }

  /** Moves the pointer; keeps both revisions, so that each can be gone back to. */
  async #deploy(
    present: Rule,
    content: AlarmDefinition,
    by: { readonly author: Draft['author']; readonly approver: Draft['author']; readonly reason: string },
  ): Promise<number> {
    const { deployments, store, clock } = this.#context;
    const { id } = present;
    const known = await this.revisions(id);
    const last = known.at(-1)?.n ?? -1;
    const docs: Omit<StoredRevision, 'ver'>[] = [];
    if (!known.some((revision) => revision.hash === present.hash)) {
      docs.push({ _id: `${id}#${last + 1}`, rule: id, n: last + 1, hash: present.hash, content: present.content });
    }
    if (docs.length > 0) await store.insert(RULE_REVISIONS, docs);
    const { n: deployment } = await deployments.deploy({
      artefacts: [{ kind: 'alarm', id, content }],
      author: by.author.id,
      approver: by.approver.id,
      message: by.reason,
    });
    const { hash } = this.rule(id);
    const n = last + docs.length + 1;
    await store.insert(RULE_REVISIONS, [{ _id: `${id}#${n}`, rule: id, n, hash, content, at: clock.now(), ...by, deployment }]);
    return deployment;
  }

  #audit(
    action: string,
    rule: string,
    { caller, requestId }: Asked,
    what: { readonly before: unknown; readonly after: unknown; readonly reason: string },
  ): Promise<number> {
    return this.#context.audit.append({
      actor: caller.id,
      actorName: caller.name,
      roles: caller.roles,
      event: 'rule',
      object: `alarm/${rule}`,
      action,
      result: 'done',
      ...what,
      requestId,
      ...(caller.session === undefined ? {} : { session: caller.session }),
      ...(caller.ip === undefined ? {} : { ip: caller.ip }),
    });
  }
}
