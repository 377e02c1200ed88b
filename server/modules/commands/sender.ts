import { Problem, isProblem } from '#domain/errors.ts';
import type { Text } from '#domain/text.ts';
import type { GateRule } from '#domain/command/types.ts';
import type { TagId } from '#domain/sample.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { CommandOutcome, Log, RuntimeLink, Timers } from '../../services.ts';
import type { Gate } from './gate-view.ts';
import type { Journal, Step } from './journal.ts';
import { PLATFORM } from './journal.ts';
import type { CommandRecord } from './record.ts';

/** The runtime must take the command up within this time after it was sent, whatever its expiry: a broker may hold it back for long. ms */
const TAKE_UP = 15_000;
/** How much longer than take-up and read-back the server waits for the answer, ms. */
const ANSWER_MARGIN = 5000;
const RETRY = 1000;
/** With these the link says that nothing has left; any other rejection says nothing about the device. */
const NOT_LEFT: ReadonlySet<string> = new Set(['TAG_NOT_OWNED', 'RUNTIME_OFFLINE', 'COMMAND_EXPIRED']);

export interface SenderParts {
  readonly journal: Journal;
  readonly gate: Gate;
  readonly link: RuntimeLink;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Number of the deployment in force. */
  readonly deployment: () => number;
}

/** Sends queued commands, one at a time for each tag, at most once each. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #tags = new Map<TagId, Promise<void>>();
  readonly #lastWrite = new Map<TagId, Millis>();
  readonly #timers = new Set<() => void>();
  #closed = false;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  lastWrite(tag: TagId): Millis | undefined {
    return this.#lastWrite.get(tag);
  }

  /** A write of an earlier run, for the rate limit. */
  remember(tag: TagId, at: Millis): void {
    this.#lastWrite.set(tag, Math.max(at, this.#lastWrite.get(tag) ?? 0));
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  /** Takes its turn among the commands of the tag. Never rejects. */
  enqueue(id: string, tag: TagId): void {
    const turn = (this.#tags.get(tag) ?? Promise.resolve()).then(() => this.#turn(id, tag));
    this.#tags.set(tag, turn);
    void turn.then(() => {
      if (this.#tags.get(tag) === turn) this.#tags.delete(tag);
    });
  }

  async #turn(id: string, tag: TagId): Promise<void> {
    if (this.#closed) return;
    try {
      const record = await this.#claim(id);
      if (record) await this.#finish(id, await this.#send(record));
    } catch (error) {
      this.#parts.log.error(
        { err: error, command: id },
        'command not sent: the journal could not be written, trying again until it expires',
      );
      await this.#orphan(id, tag);
    }
  }

  /** Expiry and gate once more, just before the effect; then `sent` is durable. Undefined: there is nothing to send. */
  async #claim(id: string): Promise<CommandRecord | undefined> {
    const { journal, clock, gate, deployment } = this.#parts;
    let refused = true;
    const { record, moved } = await journal.advance(id, (now) => {
      if (now.state !== 'queued') return undefined;
      if (clock.now() >= now.expires) return EXPIRED;
      const persons = now.approver === undefined ? [now.submitter] : [now.submitter, now.approver];
      const verdict = gate.check({
        tag: now.tag,
        value: now.value,
        lastWriteAt: this.lastWrite(now.tag),
        persons,
        roleOk: true,
        alone: false,
      });
      if (!verdict.ok) return { event: 'refuse', actor: PLATFORM, code: verdict.code, why: verdict.detail };
      refused = false;
      const before = gate.value(now.tag);
      return {
        event: 'send',
        actor: PLATFORM,
        set: { sentAt: clock.now(), deployment: deployment(), ...(before === undefined ? {} : { before }) },
      };
    });
    return moved && !refused ? record : undefined;
  }

  async #send(record: CommandRecord): Promise<Step> {
    const { link, clock, gate } = this.#parts;
    // The journal and the audit took their time: what expired meanwhile is known not to have left.
    if (clock.now() >= record.expires) return { event: 'fail', actor: PLATFORM, code: 'COMMAND_EXPIRED', why: EXPIRED.why };
    this.remember(record.tag, clock.now());
    try {
      const expires = Math.min(record.expires, clock.now() + TAKE_UP);
      const command = { id: record._id, tag: record.tag, value: record.value, expires, deployment: record.deployment ?? 0 };
      return outcomeStep(await this.#answer(link.sendCommand(command), gate.rule(record.tag)));
    } catch (error) {
      if (isProblem(error) && NOT_LEFT.has(error.code))
        return { event: 'fail', actor: PLATFORM, code: error.code, why: both(error.message) };
      this.#parts.log.error({ err: error, command: record._id }, 'outcome of a command is unknown');
      return { event: 'lose', actor: PLATFORM, code: 'COMMAND_OUTCOME_UNKNOWN', why: LOST };
    }
  }

  #answer(answer: Promise<CommandOutcome>, rule: GateRule | undefined): Promise<CommandOutcome> {
    return new Promise((resolve, reject) => {
      const cancel = this.#after(TAKE_UP + (rule?.readBack.timeout ?? 0) + ANSWER_MARGIN, () => {
        reject(new Error('the flow runtime did not answer in time'));
      });
      answer.then(resolve, reject).finally(cancel);
    });
  }

  /** The effect has happened: its outcome is kept until it can be written. */
  async #finish(id: string, step: Step): Promise<void> {
    for (;;) {
      if (this.#closed) return;
      try {
        await this.#parts.journal.advance(id, (now) => (now.state === 'sent' ? step : undefined));
        return;
      } catch (error) {
        this.#parts.log.error({ err: error, command: id }, 'outcome of a command waits for the journal');
        await new Promise<void>((resolve) => this.#after(RETRY, resolve));
      }
    }
  }

  /** The journal failed before the effect. If `sent` is there nevertheless, the command did not leave; else it is tried again. */
  async #orphan(id: string, tag: TagId): Promise<void> {
    for (;;) {
      await new Promise<void>((resolve) => this.#after(RETRY, resolve));
      if (this.#closed) return;
      try {
        const { record } = await this.#parts.journal.advance(id, (now) => (now.state === 'sent' ? NOT_SENT : undefined));
        if (record?.state === 'queued') this.enqueue(id, tag);
        return;
      } catch (error) {
        this.#parts.log.error({ err: error, command: id }, 'the journal is still not there');
      }
    }
  }

  #after(ms: number, run: () => void): () => void {
    const cancel = this.#parts.timers.after(ms, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }
}

const both = (detail: string): Text => ({ zh: detail, en: detail });
const LOST: Text = {
  zh: '结果未知：请到现场或画面核对，系统不会自动重发',
  en: 'the outcome is unknown: check the device; it is never sent again by itself',
};
const NOT_SENT: Step = {
  event: 'fail',
  actor: PLATFORM,
  code: 'COMMAND_NOT_SENT',
  why: { zh: '日志写入失败，命令没有发出', en: 'the journal failed, the command was not sent' },
};

export const EXPIRED = {
  event: 'expire',
  actor: PLATFORM,
  code: 'COMMAND_EXPIRED',
  why: { zh: '已过有效期，没有下发', en: 'it expired and was not sent' },
} as const satisfies Step;

function outcomeStep(outcome: CommandOutcome): Step {
  const event = { confirmed: 'confirm', failed: 'fail', unknown: 'lose' } as const;
  const code =
    outcome.code ?? (outcome.state === 'unknown' ? 'COMMAND_OUTCOME_UNKNOWN' : outcome.state === 'failed' ? 'COMMAND_FAILED' : undefined);
  return {
    event: event[outcome.state],
    actor: PLATFORM,
    ...(code === undefined ? {} : { code }),
    ...(outcome.detail === undefined ? (outcome.state === 'unknown' ? { why: LOST } : {}) : { why: both(outcome.detail) }),
    ...(outcome.readBack === undefined ? {} : { set: { readBack: outcome.readBack } }),
  };
}

/** For the start after a crash. */
export const LOST_AT_RESTART = { event: 'restart', actor: PLATFORM, code: 'COMMAND_OUTCOME_UNKNOWN', why: LOST } as const satisfies Step;
export const unknownCommand = (id: string): Problem => new Problem('COMMAND_UNKNOWN', 404, `there is no command ${id}`);
