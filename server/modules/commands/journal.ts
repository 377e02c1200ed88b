import { hasEnded, nextState } from '#domain/command/state.ts';
import type { CommandEvent } from '#domain/command/state.ts';
import type { Text } from '#domain/text.ts';
import type { ModuleContext } from '../../define-module.ts';
import type { Caller } from '../../services.ts';
import { DuplicateKey } from '../../store/port.ts';
import { COMMANDS, parseRecord, toCommand } from './record.ts';
import type { CommandRecord, CommandTransition } from './record.ts';

export type Actor = Pick<Caller, 'id' | 'name' | 'roles'> & { readonly session?: string; readonly ip?: string };
export const PLATFORM: Actor = { id: 'system', name: 'system', roles: [] };

export interface Step {
  readonly event: CommandEvent;
  readonly actor: Actor;
  readonly code?: string;
  readonly why?: Text;
  /** Other fields of the record that change with the state. */
  readonly set?: Partial<Pick<CommandRecord, 'approver' | 'sentAt' | 'before' | 'readBack' | 'deployment'>>;
}

export const transitionOf = (state: CommandRecord['state'], at: number, step: Omit<Step, 'event' | 'set'>): CommandTransition => ({
  at,
  state,
  by: step.actor.id,
  byName: step.actor.name,
  roles: [...step.actor.roles],
  ...(step.actor.session === undefined ? {} : { session: step.actor.session }),
  ...(step.actor.ip === undefined ? {} : { ip: step.actor.ip }),
  ...(step.code === undefined ? {} : { code: step.code }),
  ...(step.why === undefined ? {} : { why: step.why }),
});

const RESULT: Readonly<Record<CommandRecord['state'], 'done' | 'refused' | 'failed'>> = {
  waiting: 'done',
  queued: 'done',
  sent: 'done',
  confirmed: 'done',
  failed: 'failed',
  refused: 'refused',
  expired: 'refused',
  unknown: 'failed',
};

/** 命令日志: every transition is durable before its effect, and reaches the audit log even if that was down at the time. */
export class Journal {
  readonly #context: ModuleContext;
  readonly #locks = new Map<string, Promise<void>>();
  readonly #changed: (record: CommandRecord) => void;

  constructor(context: ModuleContext, changed: (record: CommandRecord) => void) {
    this.#context = context;
    this.#changed = changed;
  }

  async open(): Promise<void> {
    await this.#context.store.ensureIndex(COMMANDS, ['key'], { unique: true });
    await this.#context.store.ensureIndex(COMMANDS, ['state']);
    await this.#context.store.ensureIndex(COMMANDS, ['submittedAt']);
  }

  async get(id: string): Promise<CommandRecord | undefined> {
    const doc = await this.#context.store.get(COMMANDS, id);
    return doc && parseRecord(doc);
  }

  async byKey(key: string): Promise<CommandRecord | undefined> {
    const [doc] = await this.#context.store.all(COMMANDS, { key }, { limit: 1 });
    return doc && parseRecord(doc);
  }

  async find(filter: Readonly<Record<string, unknown>>): Promise<CommandRecord[]> {
    return (await this.#context.store.all(COMMANDS, filter, { sort: { submittedAt: 1, _id: 1 } })).map(parseRecord);
  }

  /** Writes a new command, or gives back the one that the same key made before. */
  async create(record: CommandRecord): Promise<{ readonly record: CommandRecord; readonly created: boolean }> {
    const { ver: _ver, ...doc } = record;
    try {
      await this.#context.store.insert(COMMANDS, [doc]);
    } catch (error) {
      const earlier = error instanceof DuplicateKey ? await this.byKey(record.key) : undefined;
      if (!earlier) throw error;
      return { record: earlier, created: false };
    }
    this.#announce(record);
    await this.#exclusive(record._id, () => this.#audit(record._id));
    return { record, created: true };
  }

  /**
   * Moves one command by one event, durably, then tells the others. `decide` sees the newest record and answers with the event or with
   * nothing; what it throws goes to the caller. One at a time for each command; against another process compare-and-set decides.
   */
  async advance(
    id: string,
    decide: (record: CommandRecord) => Step | undefined,
  ): Promise<{ readonly record: CommandRecord | undefined; readonly moved: boolean }> {
    return this.#exclusive(id, async () => {
      const record = await this.get(id);
      const step = record && decide(record);
      if (!record || !step) return { record, moved: false };
      const next = await this.#step(record, step);
      if (next) await this.#audit(id);
      return { record: next ?? (await this.get(id)), moved: next !== undefined };
    });
  }

  async #step(record: CommandRecord, step: Step): Promise<CommandRecord | undefined> {
    const state = nextState(record.state, step.event);
    if (state === undefined) return undefined;
    const transition = transitionOf(state, this.#context.clock.now(), step);
    const fields = {
      state,
      auditPending: true,
      ...(step.code === undefined ? {} : { code: step.code }),
      ...(step.why === undefined ? {} : { why: step.why }),
      ...(hasEnded(state) ? { endedAt: transition.at } : {}),
      ...step.set,
    };
    const key = { _id: record._id, ver: record.ver };
    const done = await this.#context.store.update(COMMANDS, key, { $set: fields, $push: { transitions: transition } });
    if (!done) return undefined;
    const next = { ...record, ...fields, ver: record.ver + 1, transitions: [...record.transitions, transition] };
    this.#announce(next);
    return next;
  }

  async #exclusive<T>(id: string, run: () => Promise<T>): Promise<T> {
    const before = this.#locks.get(id) ?? Promise.resolve();
    const result = before.then(run, run);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.#locks.set(id, settled);
    try {
      return await result;
    } finally {
      if (this.#locks.get(id) === settled) this.#locks.delete(id);
    }
  }

  /** Commands with transitions that the audit log has not yet; called at start and from time to time. True if nothing is left. */
  async auditPending(): Promise<boolean> {
    const pending = await this.find({ auditPending: true });
    const done = await Promise.all(pending.map((record) => this.#exclusive(record._id, () => this.#audit(record._id))));
    return done.every(Boolean);
  }

  #announce(record: CommandRecord): void {
    this.#changed(record);
    this.#context.bus.emit('command', toCommand(record));
  }

  /** Hands the transitions that are not yet there to the audit log, in order; false if it could not. */
  async #audit(id: string): Promise<boolean> {
    try {
      const fresh = await this.get(id);
      if (!fresh?.auditPending) return true;
      for (const [index, transition] of fresh.transitions.entries()) {
        if (index >= fresh.audited) await this.#context.audit.append(auditEntry(fresh, transition));
      }
      const audited = fresh.transitions.length;
      await this.#context.store.update(COMMANDS, { _id: fresh._id, ver: fresh.ver }, { $set: { audited, auditPending: false } });
      return true;
    } catch (error) {
      this.#context.log.error({ err: error, command: id }, 'audit of a command waits: the log could not be written');
      return false;
    }
  }
}

function auditEntry(record: CommandRecord, transition: CommandTransition): Parameters<ModuleContext['audit']['append']>[0] {
  return {
    actor: transition.by,
    actorName: transition.byName,
    roles: transition.roles,
    event: 'command',
    object: record.tag,
    action: `command.${transition.state}`,
    result: RESULT[transition.state],
    before: { command: record._id, value: record.before ?? null },
    after: {
      command: record._id,
      value: record.value,
      unit: record.unit,
      at: transition.at,
      ...(transition.code === undefined ? {} : { code: transition.code }),
      ...(record.readBack === undefined || transition.state !== 'confirmed' ? {} : { readBack: record.readBack }),
    },
    reason: transition.why?.en ?? record.reason,
    ...(transition.session === undefined ? {} : { session: transition.session }),
    ...(transition.ip === undefined ? {} : { ip: transition.ip }),
  };
}
