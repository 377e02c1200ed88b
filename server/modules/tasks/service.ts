import { Problem } from '#domain/errors.ts';
import { checkForm } from '#workflows/define.ts';
import type { ModuleContext } from '../../define-module.ts';
import { EngineRefusal } from '../../engines/workflow/port.ts';
import type { WorkflowEngine } from '../../engines/workflow/port.ts';
import { TASKS } from '../../services.ts';
import type { Caller, Processes } from '../../services.ts';
import { DuplicateKey } from '../../store/port.ts';
import { HEADERS, TASK_ACTIONS, excluded, parseAction, parseTask } from './row.ts';
import type { TaskAction, TaskRow } from './row.ts';
import { blockedFor, concerns } from './views.ts';

type Scalar = string | number | boolean | null;
const STATUS: Readonly<Record<string, number>> = { TASK_NOT_YOURS: 403, TASK_ASSIGNED: 409, TASK_CLOSED: 409, TASK_SAME_PERSON: 409 };
const TEXT: Readonly<Record<string, string>> = {
  TASK_NOT_YOURS: 'the task is offered to other roles',
  TASK_ASSIGNED: 'the task is assigned to another person',
  TASK_CLOSED: 'the task is not open any more',
  TASK_SAME_PERSON: 'who proposed it may not approve it',
};

/** 待办: claiming, handing over, completing exactly once. */
export class TaskService {
  readonly #context: ModuleContext;
  readonly #engine: WorkflowEngine;
  readonly #processes: Processes;

  constructor(context: ModuleContext, engine: WorkflowEngine, processes: Processes) {
    this.#context = context;
    this.#engine = engine;
    this.#processes = processes;
  }

  async open(): Promise<void> {
    await this.#context.store.ensureIndex(TASKS, ['instance']);
    await this.#context.store.ensureIndex(TASKS, ['elementKey']);
    await this.#context.store.ensureIndex(TASKS, ['state', 'since']);
    await this.#context.store.ensureIndex(TASK_ACTIONS, ['task']);
  }

  /** Completions that a crash cut off between their record and the engine are told again; the projection must run. */
  async resume(): Promise<void> {
    for (const doc of await this.#context.store.all(TASK_ACTIONS, { kind: 'complete', taken: { $exists: false } }))
      await this.#tell(parseAction(doc));
  }

  /** @throws Problem TASK_NOT_FOUND, also for a task that the caller may not know of */
  async get(key: string, caller: Caller): Promise<TaskRow> {
    const doc = await this.#context.store.get(TASKS, key);
    const row = doc && parseTask(doc);
    if (!row || !concerns(row, caller)) throw new Problem('TASK_NOT_FOUND', 404, `there is no task ${key}`);
    return row;
  }

  async claim(key: string, caller: Caller, requestId: string): Promise<TaskRow> {
    const row = await this.#free(key, caller);
    if (row.assignee === caller.id) return row;
    return this.#assign(
      row,
      { _id: `${key}:claim:${row.ver ?? 1}`, task: key, kind: 'claim', by: caller.id, at: this.#context.clock.now() },
      caller.id,
      caller,
      requestId,
    );
  }

  async delegate(
    key: string,
    to: string,
    reason: string,
    caller: Caller,
    requestId: string,
    may: (user: string) => boolean,
  ): Promise<TaskRow> {
    const row = await this.#free(key, caller);
    if (!may(to)) throw new Problem('USER_UNKNOWN', 422, `"${to}" cannot complete this task`, { place: { path: 'to' } });
    if (excluded(row) === to) throw refusal('TASK_SAME_PERSON');
    return this.#assign(
      row,
      { _id: `${key}:delegate:${row.ver ?? 1}`, task: key, kind: 'delegate', by: caller.id, at: this.#context.clock.now(), to, reason },
      to,
      caller,
      requestId,
    );
  }

  async complete(key: string, given: Readonly<Record<string, Scalar>>, caller: Caller, requestId: string): Promise<TaskRow> {
    const row = await this.get(key, caller);
    const form = row.formKey === undefined ? undefined : this.#processes.texts(row.process, row.version)?.forms.get(row.formKey);
    if (row.formKey !== undefined && !form)
      throw new Problem('TASK_FORM_INVALID', 500, `form "${row.formKey}" of process ${row.process} version ${row.version} is not there`);
    const values = checkForm(form ?? { id: '', fields: [] }, given);
    const by = row.headers[HEADERS.completedBy];
    const variables = by === undefined ? values : { ...values, [by]: caller.id };
    if (await this.#repeated(key, caller, variables)) return this.#now(row);
    const blocked = blockedFor(row, caller);
    if (blocked !== undefined) throw refusal(blocked);
    const action: TaskAction = {
      _id: `${key}:complete`,
      task: key,
      kind: 'complete',
      by: caller.id,
      at: this.#context.clock.now(),
      variables,
      values,
    };
    try {
      await this.#context.store.insert(TASK_ACTIONS, [action]);
    } catch (error) {
      // Somebody was faster; what they wrote counts.
      if (error instanceof DuplicateKey) throw refusal('TASK_CLOSED');
      throw error;
    }
    await this.#context.store.update(TASKS, { _id: key }, { $set: { completedBy: caller.id, values, state: 'completing' } });
    const taken = await this.#tell(action);
    await this.#audit(caller, requestId, 'task.complete', key, taken ? 'done' : 'refused', {
      element: row.element,
      instance: row.instance,
      values,
    });
    if (!taken) throw refusal('TASK_CLOSED');
    return this.#now(row);
  }

  async #now(row: TaskRow): Promise<TaskRow> {
    const doc = await this.#context.store.get(TASKS, row._id);
    return doc ? parseTask(doc) : row;
  }

  /** The same person sends the same again: it is done already, or is told to the engine now. */
  async #repeated(key: string, caller: Caller, variables: Readonly<Record<string, Scalar>>): Promise<boolean> {
    const doc = await this.#context.store.get(TASK_ACTIONS, `${key}:complete`);
    const action = doc && parseAction(doc);
    if (action?.by !== caller.id || JSON.stringify(action.variables) !== JSON.stringify(variables)) return false;
    return action.taken === true || this.#tell(action);
  }

  /** False if the engine does not have the task any more and did not complete it by this action. */
  async #tell(action: TaskAction): Promise<boolean> {
    try {
      await this.#engine.completeJob(action.task, action.variables ?? {});
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error;
      // Before a crash the engine may have taken it; or it is cancelled. The log knows.
      if ((await this.#end(action.task)) === 'cancelled') {
        await this.#context.store.remove(TASK_ACTIONS, { _id: action._id });
        await this.#context.store.update(TASKS, { _id: action.task }, { $unset: ['completedBy', 'values'] });
        return false;
      }
    }
    await this.#context.store.update(TASK_ACTIONS, { _id: action._id }, { $set: { taken: true } });
    return true;
  }

  /** How the log says that a task ended; waits until the projection has it. */
  async #end(task: string): Promise<TaskRow['state'] | undefined> {
    const state = async (): Promise<TaskRow['state'] | undefined> => {
      const doc = await this.#context.store.get(TASKS, task);
      return doc && parseTask(doc).state;
    };
    const ended = (found: TaskRow['state'] | undefined): boolean => found === 'completed' || found === 'cancelled';
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = this.#context.bus.on('task', ({ key, kind }) => {
      if (key === task && (kind === 'completed' || kind === 'cancelled')) resolve();
    });
    const timer = setTimeout(resolve, 5000);
    try {
      const now = await state();
      if (ended(now)) return now;
      await promise;
      return await state();
    } finally {
      clearTimeout(timer);
      stop();
    }
  }

  async #free(key: string, caller: Caller): Promise<TaskRow> {
    const row = await this.get(key, caller);
    const blocked = blockedFor(row, caller);
    if (blocked !== undefined) throw refusal(blocked);
    return row;
  }

  async #assign(row: TaskRow, action: TaskAction, to: string, caller: Caller, requestId: string): Promise<TaskRow> {
    const { store } = this.#context;
    if (!(await store.update(TASKS, { _id: row._id, ...(row.ver === undefined ? {} : { ver: row.ver }) }, { $set: { assignee: to } })))
      throw refusal('TASK_ASSIGNED');
    await store.upsert(TASK_ACTIONS, action);
    await this.#audit(caller, requestId, `task.${action.kind}`, row._id, 'done', { to }, action.reason);
    this.#context.bus.emit('task', { key: row._id, kind: 'changed' });
    const doc = await store.get(TASKS, row._id);
    return doc ? parseTask(doc) : row;
  }

  async #audit(
    caller: Caller,
    requestId: string,
    event: string,
    key: string,
    result: 'done' | 'refused',
    after: unknown,
    reason?: string,
  ): Promise<void> {
    await this.#context.audit.append({
      actor: caller.id,
      actorName: caller.name,
      roles: caller.roles,
      event,
      object: `task/${key}`,
      action: event.slice(5),
      result,
      after,
      requestId,
      ...(reason === undefined ? {} : { reason }),
      ...(caller.session === undefined ? {} : { session: caller.session }),
      ...(caller.ip === undefined ? {} : { ip: caller.ip }),
    });
  }
}

function refusal(code: string): Problem {
  return new Problem(code, STATUS[code] ?? 409, TEXT[code] ?? code);
}
