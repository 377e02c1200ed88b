import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Problem } from '#domain/errors.ts';
import type { TagId } from '#domain/sample.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { Log } from '../../services.ts';
import type { Database } from '../embedded/sqlite.ts';
import { dayOf, dayStart } from './calendar.ts';
import { encodeChunk } from './codec.ts';
import { columnsOf } from './columns.ts';
import type { CompactAnswer, CompactAsk } from './compact-worker.ts';
import { CHUNK_MILLIS } from './head.ts';
import { hotBounds, timeOfHot } from './hot-table.ts';
import type { Intake } from './intake.ts';
import type { Retention } from './retention.ts';

/** How often it is looked whether there is a day to compact, ms. */
const LOOK_EVERY = 600_000;
/** A day is left alone for so long after its end: what comes a little late goes with the rest, ms. */
const SETTLE = 1_800_000;
/** The thread ends when it had nothing to do for so long, ms. */
const IDLE_MILLIS = 10_000;
/** Rows that one commit deletes. */
const STEP = 1000;

export interface CompactorNeeds {
  readonly dir: string;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly intake: Intake;
  readonly retention: Retention;
  /** Counters for billing are kept longer. */
  readonly isCounter: (tag: TagId) => boolean;
}

/** Every night, and for late samples of days before: the days that are over go to the files of their months, in a thread of their own. */
export class Compactor {
  readonly #needs: CompactorNeeds;
  readonly #timer: NodeJS.Timeout;
  /** Last samples of silent tags that are written already. */
  readonly #resting = new Map<number, Millis>();
  #running: Promise<{ readonly days: number; readonly samples: number }> | undefined;
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;
  #last: Millis | undefined;

  constructor(needs: CompactorNeeds) {
    this.#needs = needs;
    this.#timer = setInterval(() => {
      this.run().catch((error: unknown) => needs.log.error({ error: String(error) }, 'history not compacted'));
    }, LOOK_EVERY);
    this.#timer.unref();
  }

  /** Wall time of the last compaction that came to its end. */
  get last(): Millis | undefined {
    return this.#last;
  }

  run(): Promise<{ readonly days: number; readonly samples: number }> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
    await this.#running?.catch(() => undefined);
  }

  async #run(): Promise<{ readonly days: number; readonly samples: number }> {
    const { clock, log, intake } = this.#needs;
    clearTimeout(this.#idle);
    const today = dayOf(clock.now() - SETTLE);
    // What is written from now on has a later group, and is left for the next time.
    const { group } = intake;
    const days = this.#days().filter((day) => day < today);
    let total = 0;
    try {
      for (const day of days) {
        const { tags, samples } = await this.#ask({ day, counters: intake.numbersOf(this.#needs.isCounter) });
        await this.#sweep(day, group);
        total += samples;
        if (tags > 0) log.info({ day: new Date(day * 86_400_000).toISOString().slice(0, 10), tags, samples }, 'history compacted');
      }
      await this.#deleteExpired();
      this.#last = clock.now();
    } finally {
      this.#idle = setTimeout(() => {
        const worker = this.#worker;
        this.#worker = undefined;
        void worker?.terminate();
      }, IDLE_MILLIS);
      this.#idle.unref();
    }
    return { days: days.length, samples: total };
  }

  /** Days of which there may be chunks or late samples. */
  #days(): number[] {
    const { db } = this.#needs;
    const days = new Set<number>();
    let id: unknown = db.get('SELECT min(id) AS id FROM hot')?.['id'];
    while (typeof id === 'number') {
      const at = timeOfHot(id);
      const [, next] = hotBounds(at, at);
      for (let day = dayOf(at); day <= dayOf(timeOfHot(next) + CHUNK_MILLIS); day += 1) days.add(day);
      id = db.get('SELECT min(id) AS id FROM hot WHERE id >= ?', next)?.['id'];
    }
    for (const row of db.all('SELECT DISTINCT at / 3600000 AS hour FROM late')) days.add(dayOf(Number(row['hour']) * 3_600_000));
    return [...days].sort((a, b) => a - b);
  }

  /** By the time of the newest sample: a clock that is set years ahead deletes nothing. */
  async #deleteExpired(): Promise<void> {
    const { clock, log, intake, retention } = this.#needs;
    const { deleted, kept } = await this.#ask({ now: Math.min(clock.now(), intake.newest()), retention });
    if (deleted.length > 0) log.info({ deleted }, 'history: months deleted after their time');
    if (kept.length > 0) log.error({ kept }, 'history: months not deleted, their 10-minute summaries are not complete');
  }

  async #ask(ask: CompactAsk): Promise<Exclude<CompactAnswer, { readonly error: string }>> {
    if (this.#closed) throw new Problem('STORE_CLOSED', 503, 'the history is closed');
    this.#worker ??= new Worker(new URL('./compact-worker.ts', import.meta.url), { workerData: this.#needs.dir });
    const worker = this.#worker;
    worker.ref();
    const ended = new AbortController();
    const exit = (): void => ended.abort(new Problem('STORE_CLOSED', 503, 'the compaction was ended'));
    worker.once('exit', exit);
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage(ask);
      const [answer]: CompactAnswer[] = await once(worker, 'message', { signal: ended.signal });
      if (!answer || 'error' in answer) throw new Problem('HISTORY_COMPACT', 500, answer?.error ?? 'no answer');
      return answer;
    } finally {
      worker.off('exit', exit);
      worker.unref();
    }
  }

  /** Deletes what is in the file of the month now, in steps, so that neither samples nor requests wait. */
  async #sweep(day: number, group: number): Promise<void> {
    const from = dayStart(day);
    const to = dayStart(day + 1);
    await this.#keepLast(to);
    const [first, next] = hotBounds(from, to);
    const { db } = this.#needs;
    await this.#steps(() =>
      db.run(
        'DELETE FROM hot WHERE id IN (SELECT id FROM hot WHERE id >= ? AND id < ? AND t1 >= ? AND t1 < ? AND v <= ? LIMIT ?)',
        first,
        next,
        from,
        to,
        group,
        STEP,
      ),
    );
    await this.#steps(() =>
      db.run(
        'DELETE FROM late WHERE (tag, at) IN (SELECT tag, at FROM late WHERE at >= ? AND at < ? AND v <= ? LIMIT ?)',
        from,
        to,
        group,
        STEP,
      ),
    );
  }

  /** Silent tags lose their last chunk: their last sample is kept for the next start. */
  async #keepLast(before: Millis): Promise<void> {
    const { db, intake } = this.#needs;
    const heads = intake.resting(before).filter((head) => this.#resting.get(head.id) !== head.lastAt);
    await this.#steps(() => {
      const some = heads.splice(0, STEP);
      for (const { id, last } of some) {
        if (!last) continue;
        db.run('INSERT OR REPLACE INTO latest (tag, b) VALUES (?, ?)', id, encodeChunk(columnsOf([last])));
        this.#resting.set(id, last.at);
      }
      return some.length;
    });
  }

  async #steps(step: () => number): Promise<void> {
    const { intake } = this.#needs;
    for (;;) {
      if (this.#closed) throw new Problem('STORE_CLOSED', 503, 'the history is closed');
      if (intake.write(step) < STEP) return;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }
}
