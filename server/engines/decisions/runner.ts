import { Worker } from 'node:worker_threads';
import { Problem } from '#domain/errors.ts';
import type { Timers } from '../../services.ts';
import type { Answer, Question } from './worker.ts';

type Events = Extract<Answer, { readonly events: unknown }>['events'];
interface Job {
  readonly question: Question;
  readonly resolve: (events: Events) => void;
  readonly reject: (error: Problem) => void;
}

/**
 * Runs json-rules-engine in one worker thread, one question after the other. A question that is not answered within `limit` ms costs
 * the worker its life; the next question gets a new one.
 */
export class DecisionRunner {
  readonly #timers: Timers;
  readonly #limit: number;
  readonly #queue: Job[] = [];
  #worker: Worker | undefined;
  #ready = false;
  #running: { readonly job: Job; readonly cancel: () => void } | undefined;
  #next = 1;

  constructor(options: { readonly timers: Timers; readonly limit?: number }) {
    this.#timers = options.timers;
    this.#limit = options.limit ?? 200;
  }

  /** @throws Problem DECISION_TIMEOUT, DECISION_FAILED */
  run(rules: Question['rules'], facts: Question['facts']): Promise<Events> {
    const { promise, resolve, reject } = Promise.withResolvers<Events>();
    this.#queue.push({ question: { id: this.#next, rules, facts }, resolve, reject });
    this.#next += 1;
    this.#pump();
    return promise;
  }

  #pump(): void {
    if (this.#running || this.#queue.length === 0) return;
    const worker = (this.#worker ??= this.#start());
    if (!this.#ready) return;
    const job = this.#queue.shift();
    if (!job) return;
    const cancel = this.#timers.after(this.#limit, () => {
      this.#end(new Problem('DECISION_TIMEOUT', 504, `the decision took longer than ${this.#limit} ms and was ended`));
    });
    this.#running = { job, cancel };
    worker.postMessage(job.question, []);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    worker.unref();
    worker.on('message', (answer: Answer) => {
      if (worker === this.#worker) this.#onAnswer(answer);
    });
    worker.on('error', (error) => {
      if (worker === this.#worker) this.#end(new Problem('DECISION_FAILED', 500, 'the decision could not be evaluated', { cause: error }));
    });
    return worker;
  }

  #onAnswer(answer: Answer): void {
    if ('ready' in answer) {
      this.#ready = true;
      this.#pump();
      return;
    }
    const running = this.#running;
    if (running?.job.question.id !== answer.id) return;
    this.#running = undefined;
    running.cancel();
    if ('events' in answer) running.job.resolve(answer.events);
    else running.job.reject(new Problem('DECISION_FAILED', 500, `the decision could not be evaluated: ${answer.error}`));
    this.#pump();
  }

  /** Ends the worker with the question that it holds; one that never became ready fails the first that waits. */
  #end(problem: Problem): void {
    const job = this.#running?.job ?? this.#queue.shift();
    this.#running?.cancel();
    this.#running = undefined;
    this.#kill();
    job?.reject(problem);
    this.#pump();
  }

  #kill(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#ready = false;
    if (worker) void worker.terminate();
  }

  close(): void {
    const jobs = [...(this.#running ? [this.#running.job] : []), ...this.#queue.splice(0)];
    this.#running?.cancel();
    this.#running = undefined;
    this.#kill();
    for (const job of jobs) job.reject(new Problem('DECISION_FAILED', 503, 'the server is stopping'));
  }
}
