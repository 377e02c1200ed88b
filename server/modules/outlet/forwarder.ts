import { BackOff } from '#domain/back-off.ts';
import { toLine } from '#domain/history/line-protocol.ts';
import type { Sample, TagId } from '#domain/sample.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { History, Log, Series, TagDictionary, Timers } from '../../services.ts';
import { lateOf, type LateRange, type Position } from './position.ts';
import { send, type Receiver } from './sender.ts';

/** How often new samples are looked for, ms. */
const EVERY = 10_000;
/** Samples are this late in normal running at most, ms; what comes later is noted and sent afterwards. */
const LAG = 30_000;
/** Lines of one request at most. */
const BATCH = 5000;
/** Tags that are read at once. */
const TAGS = 200;
/** The history is read in pieces of this length, ms: after an outage memory holds one of them. */
const STEP = 600_000;
const PAUSES = [5000, 10_000, 30_000, 60_000, 300_000];

export interface ForwarderNeeds {
  readonly history: History;
  readonly dictionary: TagDictionary;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * 转发: sends the stored samples on, at least once, from a durable position. It only reads what is stored, so it never holds up ingest;
 * samples that come late are noted before they are stored.
 */
export class Forwarder {
  readonly #needs: ForwarderNeeds;
  readonly #receiver: Receiver & { readonly measurement: string };
  readonly #position: Position;
  readonly #backOff = new BackOff(PAUSES, 0);
  readonly #stop = new AbortController();
  readonly #storing = new Set<Promise<unknown>>();
  #reading: Millis;
  #turn: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #round: Promise<void> = Promise.resolve();
  sent = 0;
  refused = 0;
  error: string | null = null;

  constructor(needs: ForwarderNeeds, receiver: Receiver & { readonly measurement: string }, position: Position) {
    this.#needs = needs;
    this.#receiver = receiver;
    this.#position = position;
    this.#reading = position.cursor;
  }

  begin(): void {
    this.#cancel = this.#needs.timers.after(EVERY, () => {
      this.#round = this.#run();
    });
  }

  /**
   * Before samples are stored: those that lie behind the cursor are noted durably, or a crash would lose them for the receiver. The
   * calls keep their order: the batches of a runtime are numbered, and one that came after its successor would count as known.
   */
  storing<T>(samples: readonly Sample[], store: () => Promise<T>): Promise<T> {
    const begun = this.#turn.then(async () => {
      const late = lateOf(samples, Math.max(this.#reading, this.#position.cursor));
      if (late) await this.#position.add(late);
      // In an object, so that the next call waits for the begin only.
      return { stored: this.#watched(store()) };
    });
    this.#turn = begun.then(
      () => undefined,
      () => undefined,
    );
    return begun.then(({ stored }) => stored);
  }

  #watched<T>(stored: Promise<T>): Promise<T> {
    const settled = stored.then(
      () => undefined,
      () => undefined,
    );
    this.#storing.add(settled);
    void settled.then(() => this.#storing.delete(settled));
    return stored;
  }

  resend(range: LateRange): Promise<void> {
    return this.#position.add(range);
  }

  async close(): Promise<void> {
    this.#cancel();
    this.#stop.abort();
    await this.#round;
  }

  async #run(): Promise<void> {
    let pause = EVERY;
    try {
      await this.#forward();
      this.error = null;
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      // Nothing beyond the cursor has been read for certain.
      this.#reading = this.#position.cursor;
      pause = this.#backOff.ended(this.error === null ? 0 : undefined);
      const reason = error instanceof Error ? error.message : String(error);
      if (this.error === null) this.#needs.log.warn({ err: error }, 'the outlet does not deliver; it tries again');
      this.error = reason;
    }
    if (this.#stop.signal.aborted) return;
    this.#cancel = this.#needs.timers.after(pause, () => {
      this.#round = this.#run();
    });
  }

  /** What is new first, then what is late: the picture of today counts most. */
  async #forward(): Promise<void> {
    const to = Math.max(this.#position.cursor, this.#needs.clock.now() - LAG);
    this.#reading = to;
    // What is being stored now passed the check with the cursor before; it has to be there when it is read.
    await Promise.all(this.#storing);
    const tags = this.#needs.dictionary.tags.map((tag) => tag.id);
    for (let from = this.#position.cursor; from < to; from = this.#position.cursor) {
      const end = Math.min(to, from + STEP);
      await this.#range(tags, from, end);
      await this.#position.advance(end);
    }
    for (const range of this.#position.late) {
      for (let from = range.from; from < range.to; from += STEP)
        await this.#range(range.tags ?? tags, from, Math.min(range.to, from + STEP));
      await this.#position.drop(range);
    }
  }

  async #range(tags: readonly TagId[], from: Millis, to: Millis): Promise<void> {
    const { signal } = this.#stop;
    for (let i = 0; i < tags.length; i += TAGS) {
      signal.throwIfAborted();
      const lines = (await this.#needs.history.read(tags.slice(i, i + TAGS), from, to, { signal })).flatMap((series) =>
        this.#lines(series),
      );
      for (let k = 0; k < lines.length; k += BATCH) await this.#send(lines.slice(k, k + BATCH), signal);
    }
  }

  async #send(lines: readonly string[], signal: AbortSignal): Promise<void> {
    const refusal = await send(this.#receiver, lines, signal);
    if (refusal === undefined) this.sent += lines.length;
    else {
      this.refused += lines.length;
      this.#needs.log.error({ refusal, lines: lines.length }, 'the receiver refused samples for good');
    }
  }

  #lines({ tag, at, value, quality }: Series): string[] {
    const unit = this.#needs.dictionary.tag(tag)?.unit ?? '';
    const { measurement } = this.#receiver;
    return at.map((time, i) => toLine(measurement, { tag, at: time, value: value[i] ?? null, quality: quality[i] ?? 'bad' }, unit));
  }
}
