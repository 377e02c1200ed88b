import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Clock } from '#domain/time.ts';
import type { Log } from '../../../services.ts';
import { EngineRefusal, ModelRejected } from '../port.ts';
import type { DeployedModel, EngineEvent, Job, WorkflowEngine } from '../port.ts';
import type { Outcome } from './core.ts';
import { CELL_BYTES, cellOf } from './protocol.ts';
import type { Answer, Ask, Request, WorkerStart } from './protocol.ts';
import { JobHands } from './job-hands.ts';
import { Followers } from './followers.ts';

/** Milliseconds that one FEEL evaluation may take. */
const FEEL_LIMIT = 200;
const WATCH_EVERY = 40;

export interface EmbeddedOptions {
  readonly file: string;
  readonly clock?: Clock;
  readonly log: Log;
}
/** The engine and what only the embedded one can do: `tick` fires what is due by its clock (tests with virtual time). */
export type EmbeddedEngine = WorkflowEngine & { tick(): Promise<void> };

const SYSTEM_CLOCK: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

interface Pending {
  readonly request: Request;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Talks with the engine's thread; starts it anew when an evaluation does not end or it dies. */
class Shell {
  readonly #options: EmbeddedOptions;
  readonly #clock: Clock;
  readonly #memory = new SharedArrayBuffer(CELL_BYTES);
  readonly #epoch = randomUUID();
  readonly #poison: { command: number; evaluation: number }[] = [];
  readonly #pending = new Map<number, Pending>();
  readonly #onReport: (position: number, jobTypes: readonly string[]) => void;
  #worker: Worker;
  #ids = 0;
  #seen = { state: 0, since: 0 };
  #deaths = 0;
  #timer: NodeJS.Timeout | undefined;
  #nextDue: number | undefined;
  #closing = false;
  readonly #watch: NodeJS.Timeout;

  constructor(options: EmbeddedOptions, onReport: (position: number, jobTypes: readonly string[]) => void) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#onReport = onReport;
    this.#worker = this.#start();
    this.#watch = setInterval(() => this.#look(), WATCH_EVERY);
    this.#watch.unref();
  }

  now(): number {
    return this.#clock.now();
  }

  #start(): Worker {
    const data: WorkerStart = { file: this.#options.file, memory: this.#memory, epoch: this.#epoch, poison: this.#poison };
    cellOf(this.#memory).state.fill(0);
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: data });
    worker.on('message', (answer: Answer) => this.#answer(answer));
    worker.on('error', (error) => this.#options.log.error({ error: String(error) }, 'the workflow engine thread failed'));
    worker.on('exit', () => this.#restart(worker));
    return worker;
  }

  /** Everything that was asked and not answered is asked again; the file makes that exact. */
  #restart(worker: Worker): void {
    if (this.#closing || worker !== this.#worker) return;
    this.#deaths += 1;
    if (this.#deaths > 20) {
      for (const pending of this.#pending.values()) pending.reject(new Error('the workflow engine thread does not stay up'));
      this.#pending.clear();
      return;
    }
    this.#worker = this.#start();
    for (const { request } of this.#pending.values()) this.#worker.postMessage(request, []);
  }

  #look(): void {
    const cell = cellOf(this.#memory);
    const state = Atomics.load(cell.state, 0);
    const at = performance.now();
    if (state % 2 === 0 || state !== this.#seen.state) {
      this.#seen = { state, since: at };
      return;
    }
    if (at - this.#seen.since < FEEL_LIMIT) return;
    const culprit = { command: cell.culprit[0] ?? 0, evaluation: cell.culprit[1] ?? 0 };
    this.#options.log.warn(culprit, 'a FEEL evaluation did not end in 200 ms; the workflow engine thread is started anew');
    this.#poison.push(culprit);
    this.#deaths = 0;
    this.#seen = { state: 0, since: at };
    void this.#worker.terminate();
  }

  #answer(answer: Answer): void {
    if ('position' in answer) {
      this.#nextDue = answer.nextDue;
      this.#schedule();
      this.#onReport(answer.position, answer.jobTypes);
      return;
    }
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    this.#deaths = 0;
    if (!pending) return;
    if (answer.rejected) pending.reject(new ModelRejected(answer.rejected.resource, answer.rejected.problems));
    else settle(pending, answer.outcome);
  }

  /** One timer for the next due row; with a clock of one's own it looks every second at most. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#nextDue === undefined || this.#closing) return;
    const wait = Math.min(Math.max(this.#nextDue - this.now(), 0), 1000);
    this.#timer = setTimeout(() => {
      if (this.#nextDue !== undefined && this.#nextDue <= this.now())
        void this.ask({ kind: 'tick' }).catch((error: unknown) =>
          this.#options.log.error({ error: String(error) }, 'timers could not be fired'),
        );
      else this.#schedule();
    }, wait);
    this.#timer.unref();
  }

  async ask(ask: Ask): Promise<unknown> {
    if (this.#closing && ask.kind !== 'close') throw new Error('the workflow engine is closed');
    this.#ids += 1;
    const request: Request = { id: this.#ids, now: this.now(), ask };
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(request.id, { request, resolve, reject });
    this.#worker.postMessage(request, []);
    return promise;
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    clearTimeout(this.#timer);
    await this.ask({ kind: 'close' });
    clearInterval(this.#watch);
    await this.#worker.terminate();
  }
}

function settle(pending: Pending, outcome: Outcome): void {
  if (outcome.ok) pending.resolve(outcome.value);
  else if (outcome.refusal) pending.reject(new EngineRefusal(outcome.refusal.code, outcome.refusal.message));
  else pending.reject(new Error(outcome.error ?? 'the workflow engine failed'));
}

/** Opens (or creates) the engine's file. Every promise of the engine resolves after a durable commit. */
export async function openEmbeddedEngine(options: EmbeddedOptions): Promise<EmbeddedEngine> {
  const followers = new Followers(async (after) => {
    const events: EngineEvent[] = await typed(shell.ask({ kind: 'events', after, limit: 1000 }));
    return events;
  }, options.log);
  const hands = new JobHands({
    now: () => shell.now(),
    fetch: async (types) => {
      const jobs: Job[] = await typed(shell.ask({ kind: 'activatable', types }));
      return jobs;
    },
    fail: async (job, message) => {
      await shell.ask({
        kind: 'command',
        command: { do: 'fail', key: job.key, retries: Math.max(0, job.retries - 1), message, backoff: 0 },
      });
    },
    log: options.log,
  });
  const shell: Shell = new Shell(options, (position, jobTypes) => {
    followers.wake(position);
    hands.wake(jobTypes);
  });
  const command = async (what: Extract<Ask, { kind: 'command' }>['command']): Promise<unknown> =>
    shell.ask({ kind: 'command', command: what });
  await shell.ask({ kind: 'definitions' });
  return {
    deploy: async (resources) => typed(shell.ask({ kind: 'deploy', resources })),
    start: async (process, variables, businessKey) =>
      typed(command({ do: 'start', process, variables, ...(businessKey === undefined ? {} : { businessKey }) })),
    publish: async (message) => {
      await command({
        do: 'publish',
        name: message.name,
        key: message.key,
        variables: message.variables ?? {},
        ttl: message.ttl ?? 0,
        ...(message.id === undefined ? {} : { id: message.id }),
      });
    },
    completeJob: async (key, variables) => {
      await command({ do: 'complete', key, variables });
    },
    failJob: async (key, failure) => {
      await command({ do: 'fail', key, retries: failure.retries, message: failure.message, backoff: failure.backoff ?? 0 });
    },
    throwError: async (key, error) => {
      await command({ do: 'throw', key, code: error.code, message: error.message, variables: error.variables ?? {} });
    },
    resolveIncident: async (key, resolution) => {
      await command({ do: 'resolve', key, ...(resolution?.retries === undefined ? {} : { retries: resolution.retries }) });
    },
    setVariables: async (scope, variables) => {
      await command({ do: 'set', scope, variables });
    },
    cancel: async (instance) => {
      await command({ do: 'cancel', instance });
    },
    work: (type, timeout, handler) => hands.work(type, timeout, handler),
    follow: (position, listener) => followers.follow(position, listener),
    jobs: async (filter) => typed(shell.ask({ kind: 'jobs', filter })),
    models: async () => {
      const models: DeployedModel[] = await typed(shell.ask({ kind: 'definitions' }));
      return models;
    },
    tick: async () => {
      await shell.ask({ kind: 'tick' });
      hands.wake();
    },
    async [Symbol.asyncDispose]() {
      hands.close();
      followers.close();
      await shell.close();
    },
  };
}

/** Answers of our own thread, whose protocol is one file: the shape is known. */
async function typed<T>(answer: Promise<unknown>): Promise<T> {
  return (await answer) as T;
}
