import type { Millis } from '#domain/time.ts';
import { EngineRefusal } from '../port.ts';
import type { EngineEvent, Job } from '../port.ts';
import { settleAll } from './behaviour.ts';
import { cancel, deploy, fire, number, publish, refuse, resolve, setVariables, start, throwError } from './commands.ts';
import type { EngineCommand } from './commands.ts';
import { Database } from './database.ts';
import { find, visible } from './instance.ts';
import type { ElementInstance, Instance, JobRow } from './instance.ts';
import { Step } from './step.ts';
import type { Guard } from './step.ts';
import { dropJob, raise } from './waiting.ts';

export type { EngineCommand } from './commands.ts';
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly refusal?: { readonly code: EngineRefusal['code']; readonly message: string }; readonly error?: string };

const NO_GUARD: Guard = { enter: () => true, leave: () => undefined };
/** The embedded engine without thread, clock or timers of its own: synchronous, durable, deterministic. */
export class Core {
  readonly db: Database;
  #guard: Guard;

  constructor(file: string, guard: Guard = NO_GUARD) {
    this.db = new Database(file);
    this.#guard = guard;
  }

  /**
   * Runs commands in one durable commit. If one of them fails for a reason that is no refusal, nothing of the batch is kept and each
   * runs alone. `acknowledge` may write beside them in the same commit.
   */
  run(
    now: Millis,
    commands: readonly EngineCommand[],
    acknowledge?: (outcomes: readonly Outcome[]) => void,
    before?: (index: number) => void,
  ): Outcome[] {
    try {
      return this.db.transaction(() => {
        const outcomes = commands.map((command, index) => {
          before?.(index);
          return this.#one(now, command);
        });
        acknowledge?.(outcomes);
        return outcomes;
      });
    } catch (error) {
      if (commands.length === 1) {
        const outcomes: Outcome[] = [{ ok: false, error: error instanceof Error ? error.message : String(error) }];
        this.db.transaction(() => acknowledge?.(outcomes));
        return outcomes;
      }
      return commands.flatMap((command, index) => this.run(now, [command], acknowledge, () => before?.(index)));
    }
  }

  #one(now: Millis, command: EngineCommand): Outcome {
    const step = new Step(this.db, now, this.#guard);
    try {
      const value = this.#apply(step, command);
      settleAll(step);
      step.finish(command.do === 'deploy' ? { do: 'deploy', resources: command.resources.map((resource) => resource.name) } : command);
      return { ok: true, value };
    } catch (error) {
      if (error instanceof EngineRefusal && step.events.length === 0)
        return { ok: false, refusal: { code: error.code, message: error.message } };
      throw error;
    }
  }

  #apply(step: Step, command: EngineCommand): unknown {
    switch (command.do) {
      case 'deploy':
        return deploy(step, command);
      case 'start':
        return start(step, command);
      case 'publish':
        return publish(step, command);
      case 'complete':
        return this.#withJob(step, command.key, (instance, at, job) => {
          if (job.state !== 'activatable')
            refuse('INVALID_STATE', `Expected to complete job with key '${command.key}', but it is in state '${job.state.toUpperCase()}'`);
          dropJob(step, instance, at, job, 'COMPLETED', { variables: command.variables });
          at.trigger = { element: at.element, variables: command.variables };
          step.queue.push({ op: 'complete', instance, key: at.key });
        });
      case 'fail':
        return this.#withJob(step, command.key, (instance, at, job) => {
          if (job.state !== 'activatable')
            refuse('INVALID_STATE', `Expected to fail job with key '${command.key}', but it is in state '${job.state.toUpperCase()}'`);
          job.retries = command.retries;
          job.state = command.retries > 0 ? 'activatable' : 'failed';
          job.notBefore = command.retries > 0 ? step.now + command.backoff : 0;
          this.db.putJob(instance.key, job);
          step.tell('job', 'FAILED', instance, at, { key: command.key, type: job.type, retries: job.retries, message: command.message });
          if (job.retries <= 0)
            raise(step, instance, at, { type: 'JOB_NO_RETRIES', message: command.message || 'No more retries left.' }, job);
        });
      case 'throw':
        return this.#withJob(step, command.key, (instance, at, job) => {
          if (job.state !== 'activatable')
            refuse(
              'INVALID_STATE',
              `Expected to throw an error for job with key '${command.key}', but it is in state '${job.state.toUpperCase()}'`,
            );
          throwError(step, instance, at, job, command);
        });
      case 'resolve':
        return resolve(step, command);
      case 'set':
        return setVariables(step, command);
      case 'cancel':
        return cancel(step, command);
      case 'timer':
        break;
    }
    return fire(step, command.key);
  }

  #withJob(step: Step, key: string, work: (instance: Instance, at: ElementInstance, job: JobRow) => void): void {
    const owner = this.db.ownerOf('job', number(key));
    const instance = owner === undefined ? undefined : this.db.instance(owner);
    const job = instance?.jobs.find((row) => row.key === number(key));
    const at = job && instance && find(instance, job.element);
    if (!instance || !job || !at) throw new EngineRefusal('NOT_FOUND', `Expected to find job with key '${key}', but no such job was found`);
    this.db.touch(instance);
    work(instance, at, job);
  }

  /** Keys of timers that are due, in the order in which they fire. */
  due(now: Millis): number[] {
    return this.db.all('select key from timer where due <= ? order by due, key', now).map((row) => Number(row['key']));
  }
  /** When something becomes due next: a timer or the end of a job's back-off. */
  nextDue(now: Millis): Millis | undefined {
    const row = this.db.get(
      'select min(due) as due from (select min(due) as due from timer union all select min(notBefore) as due from job where active = 1 and notBefore > ?)',
      now,
    );
    return typeof row?.['due'] === 'number' ? row['due'] : undefined;
  }

  /** Oldest first. */
  activatable(type: string, now: Millis, limit: number): Job[] {
    return this.#jobs(
      this.db.all('select key, instance from job where type = ? and active = 1 and notBefore <= ? order by key limit ?', type, now, limit),
    );
  }
  jobs(filter: { readonly instance?: string; readonly type?: string }): Job[] {
    const clauses = [...(filter.instance === undefined ? [] : ['instance = ?']), ...(filter.type === undefined ? [] : ['type = ?'])];
    const values = [
      ...(filter.instance === undefined ? [] : [number(filter.instance)]),
      ...(filter.type === undefined ? [] : [filter.type]),
    ];
    return this.#jobs(
      this.db.all(`select key, instance from job ${clauses.length > 0 ? `where ${clauses.join(' and ')}` : ''} order by key`, ...values),
    );
  }
  #jobs(rows: readonly Record<string, unknown>[]): Job[] {
    return rows.flatMap((row) => {
      const instance = this.db.instance(Number(row['instance']));
      const job = instance?.jobs.find((each) => each.key === row['key']);
      const at = job && instance && find(instance, job.element);
      if (!instance || !job || !at) return [];
      return [
        {
          key: String(job.key),
          type: job.type,
          instance: String(instance.key),
          process: instance.process,
          element: at.element,
          retries: job.retries,
          headers: job.headers,
          variables: Object.fromEntries(visible(instance, at.key)),
          createdAt: job.createdAt,
        },
      ];
    });
  }

  events(after: number, limit: number): EngineEvent[] {
    return this.db.events(after, limit);
  }
  position(): number {
    return Number(this.db.meta('position') ?? 0);
  }
  close(): void {
    this.db.close();
  }
}
