import type { Log, StoredTransition, Timers } from '../../services.ts';
import type { NewDoc, Store } from '../../store/port.ts';
import { ALARM_CHECKPOINT, ALARM_STATES, ALARM_TRANSITIONS, checkpointDoc, transitionDoc, upserts } from './stored.ts';
import type { Checkpoint } from './stored.ts';

/** What one group of changes leaves behind; taken when its turn to be written comes. */
export interface WriterSource {
  /** Document of one alarm now, with what is still in its outbox; undefined if the alarm is gone. */
  document(alarm: string, outbox: readonly StoredTransition[]): NewDoc | undefined;
  checkpoint(): Checkpoint;
  /** Called with the transitions, in order, after they are durable. */
  durable(transitions: readonly StoredTransition[]): void;
}

const RETRY_MS = 1000;

/**
 * Group commit of alarm states: while one group is written, the next gathers. Order of one group:
 * (1) the alarms' documents with the transitions in their outbox, (2) the transitions' own documents, (3) told to the bus,
 * (4) the checkpoint. A crash after (1) loses nothing: the outbox is delivered at the next start; before (1) the stored samples
 * are evaluated again and give the same transitions.
 */
export class AlarmWriter {
  readonly #store: Store;
  readonly #log: Log;
  readonly #timers: Timers;
  readonly #source: WriterSource;
  #dirty = new Set<string>();
  #transitions: StoredTransition[] = [];
  #waiting: (() => void)[] = [];
  #running: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;
  #closed = false;

  constructor(options: { readonly store: Store; readonly log: Log; readonly timers: Timers; readonly source: WriterSource }) {
    this.#store = options.store;
    this.#log = options.log;
    this.#timers = options.timers;
    this.#source = options.source;
  }

  touch(alarm: string): void {
    this.#dirty.add(alarm);
  }

  add(transition: StoredTransition): void {
    this.#transitions.push(transition);
  }

  /** Starts writing what has gathered; call it after every event. */
  kick(): void {
    if (this.#running || this.#closed || this.#cancelRetry || (this.#dirty.size === 0 && this.#waiting.length === 0)) return;
    this.#running = this.#run();
  }

  /** Resolves when everything up to now is durable. */
  async flushed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.kick();
    await promise;
  }

  async #run(): Promise<void> {
    let failed = false;
    while (!failed && (this.#dirty.size > 0 || this.#waiting.length > 0)) {
      const group: Group = { dirty: this.#dirty, transitions: this.#transitions, waiting: this.#waiting };
      this.#dirty = new Set();
      this.#transitions = [];
      this.#waiting = [];
      try {
        await this.#write(group);
        for (const resolve of group.waiting) resolve();
      } catch (error) {
        this.#log.error({ error, alarms: group.dirty.size }, 'alarm states could not be stored; tried again');
        for (const alarm of group.dirty) this.#dirty.add(alarm);
        this.#transitions = [...group.transitions, ...this.#transitions];
        this.#waiting = [...group.waiting, ...this.#waiting];
        failed = true;
      }
    }
    this.#running = undefined;
    if (!failed || this.#closed) return;
    this.#cancelRetry = this.#timers.after(RETRY_MS, () => {
      this.#cancelRetry = undefined;
      this.kick();
    });
  }

  async #write(group: Group): Promise<void> {
    const { transitions } = group;
    const outboxes = Map.groupBy(transitions, (transition) => transition.alarm);
    const checkpoint = this.#source.checkpoint();
    const docs = [...group.dirty].flatMap((alarm) => this.#source.document(alarm, outboxes.get(alarm) ?? []) ?? []);
    if (docs.length > 0) await this.#store.bulk(ALARM_STATES, upserts(docs));
    if (transitions.length > 0) {
      await this.#store.bulk(ALARM_TRANSITIONS, upserts(transitions.map(transitionDoc)));
      // Told once: a failure after this must not bring them back.
      group.transitions = [];
      this.#source.durable(transitions);
      const empty = { $set: { outbox: [] } };
      await this.#store.bulk(
        ALARM_STATES,
        [...outboxes.keys()].map((alarm) => ({ update: { _id: alarm, ops: empty } })),
      );
    }
    await this.#store.upsert(ALARM_CHECKPOINT, checkpointDoc(checkpoint));
  }

  /** Writes what is left, unless the store is failing. */
  async close(): Promise<void> {
    if (!this.#cancelRetry) {
      void this.flushed();
      await this.#running;
    }
    this.#closed = true;
    this.#cancelRetry?.();
  }
}

interface Group {
  readonly dirty: ReadonlySet<string>;
  transitions: readonly StoredTransition[];
  readonly waiting: readonly (() => void)[];
}
