import { Problem } from '#domain/errors.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { Log } from '../../services.ts';
import type { DeployedArtefact } from './define-kind.ts';

export type Apply = (changed: readonly DeployedArtefact[], removed: readonly string[], n: number) => Promise<void>;

/** What the pointer names now. */
export interface Pointer {
  readonly n: number;
  list(kind: string): readonly DeployedArtefact[];
}

/** What one consumer says that it runs. */
export interface ConsumerReport {
  readonly consumer: string;
  readonly kind: string;
  readonly n: number;
  readonly at: Millis;
  readonly hashes: ReadonlyMap<string, string>;
  readonly failure?: string;
}

interface Consumer {
  readonly name: string;
  readonly kind: string;
  readonly apply: Apply;
  /** Id to hash; an id whose hash is unknown after a failure is not in it, so that it is sent again. */
  readonly runs: Map<string, string>;
  /** Ids that a failed attempt may have left behind. */
  readonly doubtful: Set<string>;
  n: number;
  at: Millis;
  failure: string | undefined;
  started: boolean;
  turn: Promise<void>;
}

export interface ConsumersParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Waits at most `ms`; rejects then. */
  readonly within: <T>(ms: number, work: Promise<T>, late: () => Error) => Promise<T>;
  readonly timeout: number;
  readonly reported: (report: ConsumerReport) => void;
}

/** Those who follow the pointer: each is given exactly the difference between what it runs and what the pointer names. */
export class Consumers {
  readonly #parts: ConsumersParts;
  readonly #consumers = new Map<string, Consumer>();

  constructor(parts: ConsumersParts) {
    this.#parts = parts;
  }

  async add(kind: string, name: string, apply: Apply, pointer: Pointer): Promise<void> {
    const consumer: Consumer = {
      name,
      kind,
      apply,
      runs: new Map(),
      doubtful: new Set(),
      n: 0,
      at: 0,
      failure: undefined,
      started: false,
      turn: Promise.resolve(),
    };
    this.#consumers.set(`${kind}\n${name}`, consumer);
    await this.#advance(consumer, pointer);
  }

  /** Brings everyone to the pointer; the failures of those that could not. */
  async advance(pointer: Pointer): Promise<readonly { readonly consumer: string; readonly error: unknown }[]> {
    const outcomes = await Promise.allSettled([...this.#consumers.values()].map((consumer) => this.#advance(consumer, pointer)));
    const names = [...this.#consumers.values()].map((consumer) => consumer.name);
    return outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [{ consumer: names[index] ?? '', error: outcome.reason }] : [],
    );
  }

  reports(): ConsumerReport[] {
    return [...this.#consumers.values()].map(reportOf);
  }

  async #advance(consumer: Consumer, pointer: Pointer): Promise<void> {
    const turn = consumer.turn.then(() => this.#apply(consumer, pointer));
    consumer.turn = turn.catch(() => undefined);
    await turn;
  }

  async #apply(consumer: Consumer, pointer: Pointer): Promise<void> {
    const wanted = pointer.list(consumer.kind);
    const ids = new Set(wanted.map((artefact) => artefact.id));
    const changed = wanted.filter((artefact) => consumer.runs.get(artefact.id) !== artefact.hash);
    const removed = [...consumer.runs.keys(), ...consumer.doubtful].filter((id) => !ids.has(id));
    try {
      if (!consumer.started || changed.length > 0 || removed.length > 0) {
        const late = (): Error => new Problem('CONSUMER_LATE', 504, `${consumer.name} did not report in ${this.#parts.timeout / 1000} s`);
        await this.#parts.within(this.#parts.timeout, consumer.apply(changed, [...new Set(removed)], pointer.n), late);
      }
      for (const artefact of changed) consumer.runs.set(artefact.id, artefact.hash);
      for (const id of removed) consumer.runs.delete(id);
      consumer.doubtful.clear();
      consumer.started = true;
      consumer.n = pointer.n;
      consumer.failure = undefined;
    } catch (error) {
      for (const artefact of changed) {
        consumer.runs.delete(artefact.id);
        consumer.doubtful.add(artefact.id);
      }
      consumer.failure = error instanceof Error ? error.message : String(error);
      this.#parts.log.error(
        { err: error, consumer: consumer.name, kind: consumer.kind, deployment: pointer.n },
        'a consumer could not apply a deployment',
      );
      throw error;
    } finally {
      consumer.at = this.#parts.clock.now();
      this.#parts.reported(reportOf(consumer));
    }
  }
}

const reportOf = (consumer: Consumer): ConsumerReport => ({
  consumer: consumer.name,
  kind: consumer.kind,
  n: consumer.n,
  at: consumer.at,
  hashes: new Map(consumer.runs),
  ...(consumer.failure === undefined ? {} : { failure: consumer.failure }),
});
