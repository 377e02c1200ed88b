import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { compile } from '#server/engines/workflow/embedded/compile.ts';
import { Core } from '#server/engines/workflow/embedded/core.ts';
import type { EngineCommand } from '#server/engines/workflow/embedded/core.ts';
import { addDuration } from '#server/engines/workflow/embedded/timer.ts';
import { ModelRejected } from '#server/engines/workflow/port.ts';
import type { EngineEvent, Job, Variables } from '#server/engines/workflow/port.ts';
import { MalformedCase, parseCase } from './trace-case.ts';
import type { Case, Outcome, Step } from './trace-case.ts';

export interface TraceOutput {
  write(text: string): unknown;
}
export interface TraceOptions {
  readonly engine?: string;
  readonly address?: string;
  readonly errors?: TraceOutput;
}

const USER_TASK = 'io.camunda.zeebe:userTask';
type Refused = { step: number; code: string };

/** One case on a fresh engine; deterministic: virtual clock, oldest job first, to rest after everything. */
class Run {
  readonly #core = new Core(':memory:');
  readonly #case: Case;
  readonly #file: string;
  readonly #worked = new Map<string, number>();
  readonly #refused: Refused[] = [];
  #now: number;
  #root: string | undefined;

  constructor(file: string, definition: Case) {
    this.#file = file;
    this.#case = definition;
    this.#now = definition.now === undefined ? Date.parse('2026-01-01T00:00:00Z') : Date.parse(definition.now);
    if (Number.isNaN(this.#now)) throw new MalformedCase(`${file}: /now is not a time`);
  }

  async result(): Promise<unknown> {
    try {
      const resources = await Promise.all(
        this.#case.bpmn.map(async (name, index) => {
          const xml = await readFile(resolve(dirname(this.#file), name), 'utf8').catch((error: unknown) => {
            throw new MalformedCase(
              `${this.#file}: /bpmn/${index} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
            );
          });
          return { name, xml, graphs: await compile(name, xml) };
        }),
      );
      const [deployed] = this.#core.run(this.#now, [{ do: 'deploy', resources }]);
      if (deployed && !deployed.ok) return { rejected: deployed.refusal?.message ?? deployed.error };
      const unsupported = (this.#case.steps ?? []).flatMap((step, index) =>
        ['signal', 'modify', 'migrate']
          .filter((kind) => Object.hasOwn(step, kind))
          .map((kind) => `step ${index}: '${kind}' is not supported by the embedded engine yet`),
      );
      if (unsupported.length > 0) return { rejected: unsupported.join('; ') };
      this.#play();
      return this.#report();
    } catch (error) {
      if (error instanceof ModelRejected) return { rejected: error.message };
      throw error;
    } finally {
      this.#core.close();
    }
  }

  #play(): void {
    if (this.#case.process !== undefined) this.#do(-1, { do: 'start', process: this.#case.process, variables: this.#case.variables ?? {} });
    this.#rest();
    for (const [index, step] of (this.#case.steps ?? []).entries()) {
      this.#step(index, step);
      this.#rest();
    }
  }

  /** Works the oldest job that nobody holds, one at a time, until none is left. */
  #rest(): void {
    for (;;) {
      const held = new Set([USER_TASK, ...(this.#case.hold ?? [])]);
      const job = this.#open().find((each) => !held.has(each.type));
      if (!job) return;
      const outcomes = this.#case.jobs?.[job.type] ?? [];
      const count = this.#worked.get(job.type) ?? 0;
      this.#worked.set(job.type, count + 1);
      this.#finish(-1, job, outcomes[Math.min(count, outcomes.length - 1)] ?? { complete: {} });
    }
  }

  #open(): Job[] {
    const types = new Set(this.#core.jobs({}).map((job) => job.type));
    return [...types].flatMap((type) => this.#core.activatable(type, this.#now, 1000)).sort((a, b) => Number(a.key) - Number(b.key));
  }

  #duration(text: string, place: string): number {
    const at = addDuration(this.#now, text);
    if (at === undefined) throw new MalformedCase(`${this.#file}: ${place} is not an ISO 8601 duration`);
    return at - this.#now;
  }

  #finish(step: number, job: Job, outcome: Outcome): void {
    const { key } = job;
    if (outcome.complete) this.#do(step, { do: 'complete', key, variables: outcome.complete });
    else if (outcome.fail) {
      const backoff = outcome.fail.backoff === undefined ? 0 : this.#duration(outcome.fail.backoff, 'backoff');
      this.#do(step, {
        do: 'fail',
        key,
        retries: outcome.fail.retries ?? Math.max(0, job.retries - 1),
        message: outcome.fail.message ?? '',
        backoff,
      });
    } else if (outcome.throw)
      this.#do(step, {
        do: 'throw',
        key,
        code: outcome.throw.code,
        message: outcome.throw.message ?? '',
        variables: outcome.throw.variables ?? {},
      });
  }

  #held(step: number, element: string, userTask: boolean): Job | undefined {
    const job = this.#core
      .jobs({})
      .find(
        (each) =>
          each.element === element && (each.type === USER_TASK) === userTask && (userTask || (this.#case.hold ?? []).includes(each.type)),
      );
    if (!job) this.#refused.push({ step, code: 'NOT_FOUND' });
    return job;
  }

  #step(index: number, step: Step): void {
    if (step.advance !== undefined) {
      this.#now += this.#duration(step.advance, `/steps/${index}/advance`);
      for (let [key] = this.#core.due(this.#now); key !== undefined; [key] = this.#core.due(this.#now))
        this.#do(index, { do: 'timer', key });
    } else if (step.message) {
      const { name, key = '', variables = {}, ttl, id } = step.message;
      this.#do(index, {
        do: 'publish',
        name,
        key,
        variables,
        ttl: ttl === undefined ? 0 : this.#duration(ttl, `/steps/${index}/message/ttl`),
        ...(id === undefined ? {} : { id }),
      });
    } else if (step.task) {
      const job = this.#held(index, step.task.element, true);
      if (job) this.#finish(index, job, { complete: step.task.variables ?? {} });
    } else if (step.work) {
      const { element, ...outcome } = step.work;
      const job = this.#held(index, element, false);
      if (job) this.#finish(index, job, outcome);
    } else if (step.resolve) this.#resolve(index, step.resolve);
    else if (step.set) {
      const scope = step.set.element === undefined ? this.#root : this.#active(step.set.element);
      this.#do(index, { do: 'set', scope: scope ?? '', variables: step.set.variables });
    } else if (step.cancel) this.#do(index, { do: 'cancel', instance: this.#root ?? '' });
  }

  #resolve(index: number, step: NonNullable<Step['resolve']>): void {
    const incident = this.#incidents().find((each) => each.element === step.element);
    if (!incident) {
      this.#refused.push({ step: index, code: 'NOT_FOUND' });
      return;
    }
    if (step.variables) this.#do(index, { do: 'set', scope: incident.elementKey, variables: step.variables });
    this.#do(index, { do: 'resolve', key: incident.key, ...(step.retries === undefined ? {} : { retries: step.retries }) });
  }

  #do(step: number, command: EngineCommand): void {
    const [outcome] = this.#core.run(this.#now, [command]);
    if (!outcome) return;
    if (outcome.ok) {
      if (command.do === 'start') this.#root ??= this.#events().find((event) => event.intent === 'INSTANCE_CREATED')?.instance;
    } else if (outcome.refusal) this.#refused.push({ step, code: outcome.refusal.code });
    else throw new Error(outcome.error);
  }

  #events(): EngineEvent[] {
    return this.#core.events(0, Number.MAX_SAFE_INTEGER);
  }
  #active(element: string): string | undefined {
    const open = new Map<string, string>();
    for (const event of this.#events()) {
      if (event.kind !== 'element') continue;
      if (event.intent === 'ELEMENT_ACTIVATED' || event.intent === 'ELEMENT_ACTIVATING') open.set(event.elementKey, event.element);
      if (event.intent === 'ELEMENT_COMPLETED' || event.intent === 'ELEMENT_TERMINATED') open.delete(event.elementKey);
    }
    return [...open].find(([, id]) => id === element)?.[0];
  }
  #incidents(): { key: string; element: string; elementKey: string; type: string }[] {
    const open = new Map<string, { key: string; element: string; elementKey: string; type: string }>();
    for (const event of this.#events()) {
      if (event.kind !== 'incident') continue;
      const key = String(event.detail['key']);
      if (event.intent === 'CREATED')
        open.set(key, { key, element: event.element, elementKey: event.elementKey, type: String(event.detail['type']) });
      else open.delete(key);
    }
    return [...open.values()];
  }

  #report(): unknown {
    const events = this.#events();
    const ended = events.find(
      (event) =>
        event.kind === 'element' &&
        event.elementKey === this.#root &&
        (event.intent === 'ELEMENT_COMPLETED' || event.intent === 'ELEMENT_TERMINATED'),
    );
    const state =
      this.#root === undefined
        ? 'none'
        : ended === undefined
          ? 'active'
          : ended.intent === 'ELEMENT_COMPLETED'
            ? 'completed'
            : 'terminated';
    const variables: Variables = Object.fromEntries(
      events
        .filter((event) => event.kind === 'variables' && event.elementKey === this.#root)
        .map((event) => [String(event.detail['name']), event.detail['value']]),
    );
    return {
      trace: events.filter((event) => event.kind === 'element' || event.kind === 'flow').map((event) => [event.element, event.intent]),
      state,
      variables,
      jobs: this.#core.jobs({}).map(({ type, element, retries, headers }) => ({ type, element, retries, headers })),
      incidents: this.#incidents().map(({ element, type }) => ({ element, type })),
      refused: this.#refused,
    };
  }
}

/**
 * `nuanliu trace case.json ...`: one JSON object a line, in order. Resolves with the exit code: 0, or 2 for a malformed case, whose
 * place goes to `errors`.
 */
export async function trace(files: readonly string[], out: TraceOutput, options: TraceOptions = {}): Promise<number> {
  const errors = options.errors ?? process.stderr;
  if (options.engine !== undefined && options.engine !== 'embedded') {
    errors.write(`--engine ${options.engine}: only the embedded engine is there yet\n`);
    return 2;
  }
  if (files.length === 0) {
    errors.write('trace: no case file given\n');
    return 2;
  }
  for (const file of files) {
    try {
      const text = await readFile(file, 'utf8').catch((error: unknown) => {
        throw new MalformedCase(`${file}: ${error instanceof Error ? error.message : String(error)}`);
      });
      out.write(`${JSON.stringify(await new Run(file, parseCase(file, text)).result())}\n`);
    } catch (error) {
      if (!(error instanceof MalformedCase)) throw error;
      errors.write(`${error.message}\n`);
      return 2;
    }
  }
  return 0;
}
