import type { Log } from '../../../services.ts';
import type { Job } from '../port.ts';

interface Hand {
  readonly type: string;
  readonly timeout: number;
  readonly handler: (job: Job) => Promise<void>;
}
interface HandsOptions {
  now(): number;
  fetch(types: readonly { readonly type: string; readonly limit: number }[]): Promise<readonly Job[]>;
  fail(job: Job, message: string): Promise<void>;
  readonly log: Log;
}

/** How many jobs of one type are worked at a time. */
const AT_ONCE = 32;

/** Gives activatable jobs to their workers, each again after its timeout if it is still there. */
export class JobHands {
  readonly #options: HandsOptions;
  readonly #hands = new Map<string, Hand>();
  /** Job key -> until when it is in somebody's hands. */
  readonly #given = new Map<string, number>();
  #fetching = false;
  #again = false;
  #closed = false;
  readonly #every: NodeJS.Timeout;

  constructor(options: HandsOptions) {
    this.#options = options;
    // Timeouts and back-offs end without an event: a slow look for those.
    this.#every = setInterval(() => this.wake(), 500);
    this.#every.unref();
  }

  work(type: string, timeout: number, handler: (job: Job) => Promise<void>): () => void {
    this.#hands.set(type, { type, timeout, handler });
    this.wake();
    return () => {
      this.#hands.delete(type);
    };
  }

  wake(types?: readonly string[]): void {
    if (this.#closed || this.#hands.size === 0 || (types && !types.some((type) => this.#hands.has(type)))) return;
    this.#again = true;
    if (!this.#fetching) void this.#fetch();
  }

  async #fetch(): Promise<void> {
    this.#fetching = true;
    while (this.#again && !this.#closed) {
      this.#again = false;
      const now = this.#options.now();
      for (const [key, until] of this.#given) if (until <= now) this.#given.delete(key);
      try {
        const jobs = await this.#options.fetch([...this.#hands.keys()].map((type) => ({ type, limit: this.#given.size + AT_ONCE })));
        for (const job of jobs) this.#give(job, now);
      } catch (error) {
        if (!this.#closed) this.#options.log.error({ error: String(error) }, 'jobs could not be fetched');
      }
    }
    this.#fetching = false;
  }

  #give(job: Job, now: number): void {
    const hand = this.#hands.get(job.type);
    if (!hand || this.#given.has(job.key)) return;
    this.#given.set(job.key, now + hand.timeout);
    void this.#work(hand, job);
  }

  /** A job that its worker left open stays in its hands until the timeout; a failed one may be taken again at once. */
  async #work(hand: Hand, job: Job): Promise<void> {
    try {
      await hand.handler(job);
    } catch (error) {
      this.#options.log.warn({ job: job.key, type: job.type, error: String(error) }, 'a job failed');
      try {
        await this.#options.fail(job, error instanceof Error ? error.message : String(error));
      } catch (refused) {
        this.#options.log.warn({ job: job.key, error: String(refused) }, 'the failure of a job was not taken');
      }
      this.#given.delete(job.key);
      this.wake();
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#every);
  }
}
