import type { ModuleContext } from '../../define-module.ts';
import type { EngineEvent } from '../../engines/workflow/port.ts';
import { TASKS } from '../../services.ts';
import type { TaskChange } from '../../services.ts';
import { TASK_ACTIONS, parseAction, parseTask } from './row.ts';
import type { TaskAction, TaskRow } from './row.ts';

const USER_TASK = 'io.camunda.zeebe:userTask';
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const entriesOf = (value: unknown): [string, unknown][] => (typeof value === 'object' && value !== null ? Object.entries(value) : []);

function list(json: string | undefined): string[] {
  if (json === undefined) return [];
  const parsed: unknown = JSON.parse(json);
  return Array.isArray(parsed) ? parsed.filter((item): item is string => typeof item === 'string') : [];
}

function created(event: EngineEvent, clocks: TaskRow['clocks']): TaskRow {
  const headers = Object.fromEntries(entriesOf(event.detail['headers']).map(([name, value]) => [name, text(value)]));
  const variables = Object.fromEntries(entriesOf(event.detail['variables']));
  const assignee = headers['io.camunda.zeebe:assignee'];
  const formKey = headers['io.camunda.zeebe:formKey'];
  const asset = variables['asset'];
  return {
    _id: text(event.detail['key']),
    instance: event.instance,
    process: event.process,
    version: event.version,
    element: event.element,
    elementKey: event.elementKey,
    state: 'open',
    since: event.at,
    groups: list(headers['io.camunda.zeebe:candidateGroups']),
    headers,
    variables,
    clocks,
    position: event.position,
    ...(assignee ? { assignee } : {}),
    ...(formKey ? { formKey } : {}),
    ...(typeof asset === 'string' ? { asset } : {}),
  };
}

/** What people did comes from their own record, so that a list built anew knows it too. */
function withActions(row: TaskRow, actions: readonly TaskAction[]): TaskRow {
  let next = row;
  for (const action of actions.toSorted((a, b) => a.at - b.at)) {
    if (action.kind === 'claim') next = { ...next, assignee: action.by };
    else if (action.kind === 'delegate' && action.to !== undefined) next = { ...next, assignee: action.to };
    else if (action.kind === 'complete' && next.state === 'open') {
      next = { ...next, state: 'completing', completedBy: action.by, ...(action.values ? { values: action.values } : {}) };
    }
  }
  return next;
}

function change(row: TaskRow, event: EngineEvent): TaskRow {
  if (event.position <= row.position) return row;
  const next = { ...row, position: event.position };
  if (event.kind === 'timer')
    return event.intent === 'CREATED' ? next : { ...next, clocks: next.clocks.filter((clock) => clock.key !== event.detail['key']) };
  if (event.intent === 'COMPLETED') return { ...next, state: 'completed', completedAt: event.at, clocks: [] };
  if (event.intent === 'CANCELED') return { ...next, state: 'cancelled', completedAt: event.at, clocks: [] };
  return next;
}

/** Folds a page of the engine's log into the task list. */
export async function projectTasks(context: ModuleContext, events: readonly EngineEvent[]): Promise<void> {
  const rows = new Map<string, TaskRow>();
  const changes = new Map<string, TaskChange['kind']>();
  const clocks = new Map<string, TaskRow['clocks']>();
  const load = async (filter: Record<string, unknown>): Promise<TaskRow | undefined> => {
    const [doc] = await context.store.all(TASKS, filter, { limit: 1 });
    return doc && parseTask(doc);
  };
  for (const event of events) {
    if (event.kind === 'timer') {
      if (event.intent === 'CREATED') {
        const { key, target, due, interrupting } = event.detail;
        clocks.set(event.elementKey, [
          ...(clocks.get(event.elementKey) ?? []),
          {
            key: text(key),
            element: text(target),
            startedAt: event.at,
            at: typeof due === 'number' ? due : event.at,
            interrupting: interrupting === true,
          },
        ]);
        continue;
      }
      const row = [...rows.values()].find((each) => each.elementKey === event.elementKey) ?? (await load({ elementKey: event.elementKey }));
      if (!row) continue;
      rows.set(row._id, change(row, event));
      if (!changes.has(row._id)) changes.set(row._id, 'changed');
    } else if (event.kind === 'job' && event.detail['type'] === USER_TASK) {
      const key = text(event.detail['key']);
      const row = rows.get(key) ?? (await load({ _id: key }));
      if (event.intent === 'CREATED') {
        if (row) continue;
        const actions = (await context.store.all(TASK_ACTIONS, { task: key })).map(parseAction);
        rows.set(key, withActions(created(event, clocks.get(event.elementKey) ?? []), actions));
        changes.set(key, 'created');
      } else if (row) {
        rows.set(key, change(row, event));
        changes.set(key, event.intent === 'COMPLETED' ? 'completed' : event.intent === 'CANCELED' ? 'cancelled' : 'changed');
      }
    }
  }
  if (rows.size === 0) return;
  // Only what the log says is written over a task that is there: a claim that came meanwhile stays.
  await context.store.bulk(
    TASKS,
    [...rows.values()].map((row) => {
      if (changes.get(row._id) === 'created') return { upsert: { ...row } };
      const { state, clocks: left, position, completedAt } = row;
      const ended = state === 'completed' || state === 'cancelled';
      return { update: { _id: row._id, ops: { $set: { clocks: left, position, ...(ended ? { state, completedAt } : {}) } } } };
    }),
  );
  for (const [key, kind] of changes) context.bus.emit('task', { key, kind });
}
