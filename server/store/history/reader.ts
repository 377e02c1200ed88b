import { Worker } from 'node:worker_threads';
import { Problem } from '#domain/errors.ts';
import type { WorkerAnswer, WorkerAsk, WorkerRead } from './read-worker.ts';

interface Pending {
  readonly resolve: (read: WorkerRead) => void;
  readonly reject: (error: unknown) => void;
}

const IDLE_MILLIS = 30_000;

/** Long reads in a thread with its own read-only connection, so that the event loop is never held (storage.md 2). Started when needed. */
export class LongReader {
  readonly #dir: string;
  #worker: Worker | undefined;
  #next = 1;
  #idle: NodeJS.Timeout | undefined;
  readonly #pending = new Map<number, Pending>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  read(ask: Omit<WorkerAsk, 'id'>, signal?: AbortSignal): Promise<WorkerRead> {
    signal?.throwIfAborted();
    const id = this.#next;
    this.#next += 1;
    const worker = this.#start();
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#pending.delete(id);
        reject(signal?.reason);
      };
      this.#pending.set(id, {
        resolve: (read) => {
          signal?.removeEventListener('abort', abort);
          resolve(read);
        },
        reject,
      });
      signal?.addEventListener('abort', abort, { once: true });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage({ ...ask, id });
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    this.#fail(new Problem('STORE_CLOSED', 503, 'the history is closed'));
    await worker?.terminate();
  }

  #start(): Worker {
    clearTimeout(this.#idle);
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('./read-worker.ts', import.meta.url), { workerData: this.#dir });
    worker.unref();
    worker.on('message', (answer: WorkerAnswer) => this.#answered(answer));
    worker.on('error', (error) => this.#lost(worker, error));
    worker.on('exit', () => this.#lost(worker, new Error('the reading thread ended')));
    this.#worker = worker;
    return worker;
  }

  #answered(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ('error' in answer) pending?.reject(new Problem('HISTORY_READ', 500, answer.error));
    else pending?.resolve(answer);
    if (this.#pending.size > 0) return;
    this.#idle = setTimeout(() => {
      const worker = this.#worker;
      this.#worker = undefined;
      void worker?.terminate();
    }, IDLE_MILLIS);
    this.#idle.unref();
  }

  #lost(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#fail(new Problem('HISTORY_READ', 500, error.message, { cause: error }));
  }

  #fail(problem: Problem): void {
    for (const pending of this.#pending.values()) pending.reject(problem);
    this.#pending.clear();
  }
}
