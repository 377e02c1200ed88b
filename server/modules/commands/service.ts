import { canonicalJson } from '#domain/canonical.ts';
import type { GateVerdict } from '#domain/command/gate.ts';
import { hasEnded } from '#domain/command/state.ts';
import type { Command } from '#domain/command/types.ts';
import { Problem } from '#domain/errors.ts';
import type { Text } from '#domain/text.ts';
import type { ModuleContext } from '../../define-module.ts';
import type { Directory } from '../../people.ts';
import type { Caller, CommandRequest, Commands, Deployments, Messenger, RuntimeLink, Timers } from '../../services.ts';
import { Gate, isSecondPerson } from './gate-view.ts';
import type { GateWorld } from './gate-view.ts';
import { Journal, transitionOf } from './journal.ts';
import type { Actor } from './journal.ts';
import { toCommand } from './record.ts';
import type { CommandRecord } from './record.ts';
import { EXPIRED, LOST_AT_RESTART, Sender, unknownCommand } from './sender.ts';

export interface CommandNeeds extends Omit<GateWorld, 'clock'> {
  readonly link: RuntimeLink;
  readonly deployments: Pick<Deployments, 'n'>;
  /** Tell dispatchers and the submitter of a command whose outcome nobody knows; without them it is only logged, audited and on the bus. */
  readonly messenger?: Messenger;
  readonly directory?: Pick<Directory, 'withRole'>;
  readonly timers: Timers;
}

/** Without `expires`: 30 s for one person; 15 min where another person has to be found. */
const EXPIRES_ALONE = 30_000;
const EXPIRES_WAITING = 900_000;
const EXPIRES_MOST = 86_400_000;
/** After a start a queued command waits for a flow runtime to come back, at most so many times this long. ms */
const RUNTIME_POLL = 500;
const RUNTIME_POLLS = 30;
const AUDIT_RETRY = 10_000;
/** Unknown outcomes of this long before a start are told once more: the crash may have come before the message. ms */
const TELL_AGAIN = 3_600_000;

/** 控制命令: gate, journal, second person, sending at most once, read-back. */
export class CommandService implements Commands {
  readonly gate: Gate;
  readonly #context: ModuleContext;
  readonly #needs: CommandNeeds;
  readonly #journal: Journal;
  readonly #sender: Sender;
  readonly #timers: Timers;
  readonly #expiry = new Map<string, () => void>();
  readonly #reconnect = new Map<string, () => void>();
  readonly #listeners = new Set<(record: CommandRecord) => void>();
  #auditTimer: (() => void) | undefined;

  constructor(context: ModuleContext, needs: CommandNeeds) {
    this.#context = context;
    this.#needs = needs;
    this.#timers = needs.timers;
    this.gate = new Gate({ ...needs, clock: context.clock });
    this.#journal = new Journal(context, (record) => {
      this.#onChange(record);
    });
    this.#sender = new Sender({
      journal: this.#journal,
      gate: this.gate,
      link: needs.link,
      clock: context.clock,
      timers: this.#timers,
      log: context.log,
      deployment: () => needs.deployments.n,
    });
  }

  /** What a crash left: `sent` becomes unknown, `queued` is sent if it has not expired, `waiting` goes on waiting. */
  async open(): Promise<void> {
    await this.#journal.open();
    const longest = Math.max(0, ...[...this.#needs.dictionary.gate.values()].map((rule) => rule.minInterval ?? 0));
    for (const record of await this.#journal.find({ sentAt: { $gte: this.#context.clock.now() - longest } })) {
      if (record.sentAt !== undefined) this.#sender.remember(record.tag, record.sentAt);
    }
    for (const record of await this.#journal.find({ state: { $in: ['waiting', 'queued', 'sent'] } })) {
      if (record.state === 'sent') await this.#journal.advance(record._id, (now) => (now.state === 'sent' ? LOST_AT_RESTART : undefined));
      else {
        this.#watchExpiry(record);
        if (record.state === 'queued') this.#whenOnline(record, RUNTIME_POLLS);
      }
    }
    for (const record of await this.#journal.find({ state: 'unknown', endedAt: { $gte: this.#context.clock.now() - TELL_AGAIN } }))
      await this.#tellUnknown(record);
    await this.#drainAudit();
  }

  close(): void {
    this.#sender.close();
    this.#auditTimer?.();
    for (const cancel of [...this.#expiry.values(), ...this.#reconnect.values()]) cancel();
    this.#reconnect.clear();
    this.#expiry.clear();
  }

  async submit(request: CommandRequest): Promise<Command> {
    return toCommand(await this.submitRecord(request));
  }

  async submitRecord(request: CommandRequest): Promise<CommandRecord> {
    const { submitter } = request;
    const id = this.#context.ids.next();
    const key = request.idempotencyKey === undefined ? id : `${submitter.kind}:${submitter.id}:${request.idempotencyKey}`;
    const earlier = request.idempotencyKey === undefined ? undefined : await this.#journal.byKey(key);
    if (earlier) return sameRequest(earlier, request);
    const tag = this.#needs.dictionary.tag(request.tag);
    if (!tag) throw new Problem('TAG_UNKNOWN', 404, `there is no tag ${request.tag}`, { place: { path: 'tag' } });
    const rule = this.gate.rule(request.tag);
    const persons = rule?.persons ?? 1;
    const second = request.approver && isSecondPerson(submitter, request.approver) ? request.approver : undefined;
    const waits = persons === 2 && request.approver === undefined;
    const now = this.#context.clock.now();
    const verdict = this.#verdict(request, second, waits);
    const state = verdict.ok ? (waits ? 'waiting' : 'queued') : 'refused';
    const why = verdict.ok ? {} : { code: verdict.code, why: verdict.detail };
    const fresh: CommandRecord = {
      _id: id,
      ver: 1,
      tag: request.tag,
      value: request.value,
      unit: tag.unit,
      reason: request.reason,
      submitter: submitter.id,
      ...(submitter.session === undefined ? {} : { submitterSession: submitter.session }),
      ...(second ? { approver: second.id } : {}),
      state,
      ...why,
      submittedAt: now,
      expires: now + expiresIn(request.expiresIn, waits),
      ...(verdict.ok ? {} : { endedAt: now }),
      ...(request.instance === undefined ? {} : { instance: request.instance }),
      persons,
      key,
      transitions: [transitionOf(state, now, { actor: submitter, ...why })],
      audited: 0,
      auditPending: true,
    };
    const { record, created } = await this.#journal.create(fresh);
    if (!created) return sameRequest(record, request);
    this.#resume(record);
    return record;
  }

  #verdict(request: CommandRequest, second: Caller | undefined, waits: boolean): GateVerdict {
    const { submitter, approver } = request;
    const roleOk = submitter.rights.has('command.submit') && (approver === undefined || approver.rights.has('command.approve'));
    return this.gate.check({
      tag: request.tag,
      value: request.value,
      lastWriteAt: this.#sender.lastWrite(request.tag),
      persons: second ? [submitter.id, second.id] : [submitter.id],
      roleOk,
      alone: waits,
    });
  }

  /** The second person. @throws Problem COMMAND_UNKNOWN, STATE_REFUSED, COMMAND_SECOND_PERSON */
  async approve(id: string, approver: Caller): Promise<CommandRecord> {
    const { record, moved } = await this.#journal.advance(id, (now) => {
      if (now.state !== 'waiting') throw refusedIn(now);
      const first = { id: now.submitter, ...(now.submitterSession === undefined ? {} : { session: now.submitterSession }) };
      if (!isSecondPerson(first, approver))
        throw new Problem('COMMAND_SECOND_PERSON', 403, 'the second person is another one than the submitter, in a session of their own');
      if (!approver.rights.has('command.approve')) throw new Problem('RIGHT_MISSING', 403, 'no right to approve commands');
      return this.#context.clock.now() >= now.expires
        ? EXPIRED
        : { event: 'approve', actor: actorOf(approver), set: { approver: approver.id } };
    });
    if (!record) throw unknownCommand(id);
    if (!moved) throw refusedIn(record);
    this.#resume(record);
    return record;
  }

  /** By the submitter, or rejected by one who might approve; only before it is sent. */
  async withdraw(id: string, caller: Caller, reason: string | undefined): Promise<CommandRecord> {
    const { record, moved } = await this.#journal.advance(id, (now) => {
      const own = now.submitter === caller.id;
      if (!own && !caller.rights.has('command.approve'))
        throw new Problem('RIGHT_MISSING', 403, 'only the submitter or an approver can do this');
      if (now.state !== 'waiting' && now.state !== 'queued') throw refusedIn(now);
      return {
        event: 'refuse',
        actor: actorOf(caller),
        code: own ? 'COMMAND_WITHDRAWN' : 'COMMAND_REJECTED',
        why: withdrawal(own, reason),
      };
    });
    if (!record) throw unknownCommand(id);
    if (!moved) throw refusedIn(record);
    return record;
  }

  async get(id: string): Promise<Command | undefined> {
    const record = await this.#journal.get(id);
    return record && toCommand(record);
  }

  record(id: string): Promise<CommandRecord | undefined> {
    return this.#journal.get(id);
  }

  active(tag?: string): Promise<CommandRecord[]> {
    return this.#journal.find({ state: { $in: ['waiting', 'queued', 'sent'] }, ...(tag === undefined ? {} : { tag }) });
  }

  lastWrite(tag: string): number | undefined {
    return this.#sender.lastWrite(tag);
  }

  onChange(listener: (record: CommandRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async ended(id: string, signal?: AbortSignal): Promise<Command> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Command>();
    const off = this.onChange((record) => {
      if (record._id === id && hasEnded(record.state)) resolve(toCommand(record));
    });
    const abort = (): void => {
      reject(new Problem('COMMAND_WAIT_ABORTED', 499, `nobody waits for command ${id} any more`));
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const record = await this.#journal.get(id);
      if (!record) throw unknownCommand(id);
      return hasEnded(record.state) ? toCommand(record) : await promise;
    } finally {
      off();
      signal?.removeEventListener('abort', abort);
    }
  }

  #resume(record: CommandRecord): void {
    if (record.state === 'queued') this.#sender.enqueue(record._id, record.tag);
    this.#watchExpiry(record);
  }

  #whenOnline(record: CommandRecord, polls: number): void {
    if (polls === 0 || this.#needs.link.runtimes().some((runtime) => runtime.online)) this.#sender.enqueue(record._id, record.tag);
    else
      this.#reconnect.set(
        record._id,
        this.#timers.after(RUNTIME_POLL, () => this.#whenOnline(record, polls - 1)),
      );
  }

  #watchExpiry(record: CommandRecord): void {
    if (record.state !== 'waiting' && record.state !== 'queued') return;
    this.#expiry.get(record._id)?.();
    const ms = Math.max(0, record.expires - this.#context.clock.now());
    this.#expiry.set(
      record._id,
      this.#timers.after(ms, () => void this.#expire(record)),
    );
  }

  async #expire(record: CommandRecord): Promise<void> {
    try {
      await this.#journal.advance(record._id, (now) => (now.state === 'waiting' || now.state === 'queued' ? EXPIRED : undefined));
    } catch (error) {
      // It cannot be sent any more either way: the expiry is checked again before the effect.
      this.#context.log.error({ err: error, command: record._id }, 'expiry of a command could not be written');
    }
  }

  #onChange(record: CommandRecord): void {
    if (record.state !== 'waiting' && record.state !== 'queued') {
      this.#expiry.get(record._id)?.();
      this.#expiry.delete(record._id);
    }
    if (record.state === 'unknown') {
      this.#context.log.error({ command: record._id, tag: record.tag }, 'outcome of a command is unknown');
      void this.#tellUnknown(record);
    }
    for (const listener of this.#listeners) listener(record);
  }

  /** The key makes it one message a person, however often it is told. */
  async #tellUnknown(record: CommandRecord): Promise<void> {
    const { messenger, directory, dictionary } = this.#needs;
    const { tag, value, unit, submitter, reason } = record;
    const to = [submitter, ...(directory?.withRole('dispatcher') ?? []).map((person) => person.id)];
    const data = { tag, tagLabel: dictionary.tag(tag)?.label ?? tag, value, unit, submitter, reason };
    try {
      await messenger?.send({
        template: 'command-unknown',
        to,
        data,
        link: `/commands/${record._id}`,
        key: `command-unknown:${record._id}`,
      });
    } catch (error) {
      this.#context.log.error({ err: error, command: record._id }, 'message of an unknown outcome could not be sent');
    }
  }

  async #drainAudit(): Promise<void> {
    try {
      await this.#journal.auditPending();
    } catch (error) {
      this.#context.log.error({ err: error }, 'audit of commands waits');
    }
    this.#auditTimer = this.#timers.after(AUDIT_RETRY, () => void this.#drainAudit());
  }
}

const actorOf = (caller: Caller): Actor => ({
  id: caller.id,
  name: caller.name,
  roles: caller.roles,
  ...(caller.session === undefined ? {} : { session: caller.session }),
  ...(caller.ip === undefined ? {} : { ip: caller.ip }),
});

function sameRequest(record: CommandRecord, request: CommandRequest): CommandRecord {
  const of = (one: Pick<CommandRequest, 'tag' | 'value' | 'reason'>): string => canonicalJson([one.tag, one.value, one.reason]);
  if (of(record) !== of(request))
    throw new Problem('IDEMPOTENCY_KEY_REUSED', 422, 'this key was used for another command', { context: { command: record._id } });
  return record;
}

function expiresIn(asked: number | undefined, waits: boolean): number {
  if (asked === undefined) return waits ? EXPIRES_WAITING : EXPIRES_ALONE;
  if (Number.isFinite(asked) && asked > 0 && asked <= EXPIRES_MOST) return asked;
  throw new Problem('COMMAND_EXPIRES', 422, 'a command expires after more than 0 s and at most 24 h', { place: { path: 'expires' } });
}

const refusedIn = (record: CommandRecord): Problem =>
  new Problem('STATE_REFUSED', 409, `command ${record._id} is ${record.state}`, { context: { state: record.state } });

const withdrawal = (own: boolean, reason: string | undefined): Text => {
  const more = reason === undefined || reason === '' ? '' : `: ${reason}`;
  return own ? { zh: `已撤回${more}`, en: `withdrawn${more}` } : { zh: `已驳回${more}`, en: `rejected${more}` };
};
