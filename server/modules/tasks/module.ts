import { contract } from '#contract/tasks';
import type { TaskMessage, TaskSnapshot } from '#contract/tasks';
import { planList } from '#domain/list.ts';
import { ROLES } from '#domain/role.ts';
import { defineModule } from '../../define-module.ts';
import type { LiveTopic } from '../../define-module.ts';
import type { WorkflowEngine } from '../../engines/workflow/port.ts';
import { projectLog } from '../../project-log.ts';
import { TASKS } from '../../services.ts';
import type { Caller } from '../../services.ts';
import { projectTasks } from './project.ts';
import { parseTask } from './row.ts';
import type { TaskRow } from './row.ts';
import { TaskService } from './service.ts';
import { concerns, detailOf, summaryOf } from './views.ts';
import type { TaskServices } from './views.ts';

interface TasksNeeds extends TaskServices {
  readonly engine: WorkflowEngine;
}

const LIST = {
  fields: {
    process: 'string',
    element: 'string',
    instance: 'string',
    state: 'string',
    asset: 'string',
    since: 'time',
    completedAt: 'time',
  },
  sort: '-since',
} as const;
type List = 'mine' | 'group' | 'done' | 'all';

/** The part of all tasks that a list of the caller shows. */
function scope(list: List, caller: Caller): Record<string, unknown> {
  const mine = { assignee: caller.id, state: 'open' };
  const group = { assignee: { $exists: false }, state: 'open', groups: { $in: caller.roles } };
  switch (list) {
    case 'mine':
      return mine;
    case 'group':
      return group;
    case 'done':
      return { completedBy: caller.id };
    case 'all':
      break;
  }
  return { $or: [mine, group] };
}

/** 待办: the task list as a projection of the engine's log, and what people do with it. */
export default defineModule<typeof contract, TasksNeeds>({
  name: 'tasks',
  contract,
  async start(context) {
    const { store, bus, log, engine, processes, directory } = context;
    const service = new TaskService(context, engine, processes);
    await service.open();
    const stop = await projectLog(engine, store, log, { name: TASKS, apply: async (events) => projectTasks(context, events) });
    await service.resume();

    /** People whom a role of the task makes able to complete it. */
    const candidates = (row: TaskRow): { id: string; name: string }[] => {
      const people = ROLES.filter((role) => row.groups.includes(role.id)).flatMap((role) => directory.withRole(role.id));
      return [...new Map(people.map((person) => [person.id, { id: person.id, name: person.name }])).values()];
    };
    const topic: LiveTopic = {
      name: 'tasks',
      allowed: (caller) => caller.rights.has('task.complete'),
      snapshot: async (caller): Promise<TaskSnapshot> => {
        const docs = await store.all(TASKS, scope('all', caller), { sort: { since: -1 }, limit: 1000 });
        return { tasks: docs.map((doc) => summaryOf(parseTask(doc), caller, context)) };
      },
      subscribe: (caller, _argument, push) =>
        bus.on('task', ({ key, kind }) => {
          void store
            .get(TASKS, key)
            .then((doc) => {
              const row = doc && parseTask(doc);
              if (!row || !concerns(row, caller)) return;
              const message: TaskMessage = { task: { key, kind, view: summaryOf(row, caller, context) } };
              push(message);
            })
            .catch((error: unknown) => log.warn({ task: key, error: String(error) }, 'a task could not be pushed'));
        }),
    };
    return {
      topics: [topic],
      handlers: {
        list: async ({ caller, query }) => {
          const plan = planList(query, { ...LIST, sort: query.list === 'done' ? '-completedAt' : LIST.sort });
          const filter = { $and: [scope(query.list ?? 'all', caller), plan.filter] };
          const { rows, next } = plan.page(await store.all(TASKS, filter, { sort: plan.sort, limit: plan.read }));
          return { items: rows.map((doc) => summaryOf(parseTask(doc), caller, context)), ...(next === undefined ? {} : { next }) };
        },
        get: async ({ caller, params }) => detailOf(await service.get(params.key, caller), caller, context),
        claim: async ({ caller, params, requestId }) => summaryOf(await service.claim(params.key, caller, requestId), caller, context),
        complete: async ({ caller, params, body, requestId }) =>
          summaryOf(await service.complete(params.key, body.variables, caller, requestId), caller, context),
        delegate: async ({ caller, params, body, requestId }) => {
          const row = await service.get(params.key, caller);
          const may = (user: string): boolean => candidates(row).some((person) => person.id === user);
          return summaryOf(await service.delegate(params.key, body.to, body.reason, caller, requestId, may), caller, context);
        },
        candidates: async ({ caller, params }) => ({ items: candidates(await service.get(params.key, caller)) }),
      },
      async [Symbol.asyncDispose]() {
        await stop();
      },
    };
  },
});
