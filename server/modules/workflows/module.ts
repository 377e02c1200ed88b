import { Value } from 'typebox/value';
import { contract } from '#contract/workflows';
import type { InstanceMessage } from '#contract/workflows';
import { Problem } from '#domain/errors.ts';
import { planList } from '#domain/list.ts';
import { parseDuration } from '#domain/time.ts';
import { checkForm } from '#workflows/define.ts';
import type { JobDefinition, ProcessDefinition } from '#workflows/define.ts';
import { defineModule } from '../../define-module.ts';
import type { LiveTopic, ModuleContext } from '../../define-module.ts';
import { EngineRefusal } from '../../engines/workflow/port.ts';
import type { EngineEvent, Variables, WorkflowEngine } from '../../engines/workflow/port.ts';
import type { Directory } from '../../people.ts';
import type {
  Alarms,
  Caller,
  Commands,
  Decisions,
  Deployments,
  History,
  Messenger,
  ProcessImage,
  Processes,
  TagDictionary,
} from '../../services.ts';
import { projectLog } from '../../project-log.ts';
import { AlarmLink } from './alarm-link.ts';
import { Catalogue } from './catalogue.ts';
import type { CatalogueEntry } from './catalogue.ts';
import { createdRow, foldInstance } from './fold.ts';
import { workJobs } from './jobs.ts';
import { INSTANCE_COMMANDS, INSTANCES, parseRow } from './row.ts';
import type { InstanceRow } from './row.ts';
import { timelineOf } from './timeline.ts';
import type { TimelineSources } from './timeline.ts';
import { detail, summary } from './views.ts';

interface WorkflowsNeeds {
  readonly engine: WorkflowEngine;
  readonly deployments: Deployments;
  readonly processes: readonly ProcessDefinition[];
  readonly jobs: readonly JobDefinition[];
  readonly commands: Commands;
  readonly alarms: Pick<Alarms, 'current' | 'view' | 'steps'>;
  readonly decisions: Decisions;
  readonly messenger: Messenger;
  readonly history: Pick<History, 'read'>;
  readonly image: Pick<ProcessImage, 'get'>;
  readonly dictionary: TagDictionary;
  readonly directory: Directory;
}

const LIST = {
  fields: { process: 'string', state: 'string', alarm: 'string', asset: 'string', businessKey: 'string', startedAt: 'time' },
  sort: '-startedAt',
} as const;

/** Folds a page of the log into the instances' rows; one write for each instance that it touches. */
async function project(context: ModuleContext, events: readonly EngineEvent[]): Promise<void> {
  const rows = new Map<string, InstanceRow>();
  for (const event of events) {
    if (event.instance === '0') continue;
    let row = rows.get(event.instance);
    if (!row) {
      const stored = await context.store.get(INSTANCES, event.instance);
      row = stored ? parseRow(stored) : event.intent === 'INSTANCE_CREATED' ? createdRow(event) : undefined;
    }
    if (row) rows.set(event.instance, foldInstance(row, event));
  }
  if (rows.size === 0) return;
  await context.store.bulk(
    INSTANCES,
    [...rows.values()].map((row) => ({ upsert: { ...row } })),
  );
  for (const row of rows.values()) context.bus.emit('instance', { key: row._id, process: row.process, state: row.state });
}

/** Variables that a caller may start a process with: what its form allows, else what its definition says. */
function startVariables(entry: CatalogueEntry, given: Variables, caller: Caller): Variables {
  const startedBy = { startedBy: caller.id };
  if (entry.startForm) {
    const form = entry.forms.get(entry.startForm.key);
    if (!form) throw new Problem('PROCESS_INVALID', 500, `process ${entry.id} has no form "${entry.startForm.key}"`);
    const scalars = Object.fromEntries(
      Object.entries(given).map(([key, value]) => {
        if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [key, value];
        throw new Problem('TASK_FORM_INVALID', 422, `"${key}" must be a plain value`, { place: { path: `variables/${key}` } });
      }),
    );
    return { ...checkForm(form, scalars), [entry.startForm.starter]: caller.id, ...startedBy };
  }
  const schema = entry.definition?.variables;
  if (schema && !Value.Check(schema, given)) {
    const [first] = Value.Errors(schema, given);
    throw new Problem('PROCESS_VARIABLES_INVALID', 422, first?.message ?? 'the variables do not fit', {
      place: { path: `variables${first?.instancePath ?? ''}` },
    });
  }
  return { ...given, ...startedBy };
}

const refused = (error: unknown, code: string, status: number): never => {
  if (error instanceof EngineRefusal)
    throw new Problem(error.code === 'INVALID_STATE' ? 'STATE_REFUSED' : code, error.code === 'NOT_FOUND' ? status : 409, error.message, {
      cause: error,
    });
  throw error;
};

/** 流程: definitions, instances, incidents; runs the jobs and links alarms with processes. */
export default defineModule<typeof contract, WorkflowsNeeds, { readonly processes: Processes }>({
  name: 'workflows',
  contract,
  async start(context) {
    const { engine, store, bus, audit, log, clock, dictionary, directory, commands } = context;
    await store.ensureIndex(INSTANCES, ['state', 'startedAt']);
    await store.ensureIndex(INSTANCES, ['process', 'startedAt']);
    await store.ensureIndex(INSTANCE_COMMANDS, ['instance']);
    const catalogue = new Catalogue(engine, store, context.processes);
    await catalogue.open(context.deployments, log);
    const services: TimelineSources = { catalogue, directory, dictionary, store, commands, alarms: context.alarms };
    const stopProjection = await projectLog(engine, store, log, { name: INSTANCES, apply: async (events) => project(context, events) });
    const stopJobs = workJobs(
      { ...context, clock, onCommand: async (instance, command) => store.upsert(INSTANCE_COMMANDS, { _id: command, instance }) },
      context.jobs,
    );
    const link = new AlarmLink({ engine, alarms: context.alarms, bus, store, log });
    await link.open();

    const rowOf = async (key: string): Promise<InstanceRow> => {
      const doc = await store.get(INSTANCES, key);
      if (!doc) throw new Problem('INSTANCE_NOT_FOUND', 404, `there is no process instance ${key}`);
      return parseRow(doc);
    };
    const audited = async (
      caller: Caller,
      requestId: string,
      event: string,
      object: string,
      action: string,
      after?: unknown,
      reason?: string,
    ): Promise<void> => {
      await audit.append({
        actor: caller.id,
        actorName: caller.name,
        roles: caller.roles,
        event,
        object,
        action,
        result: 'done',
        requestId,
        ...(after === undefined ? {} : { after }),
        ...(reason === undefined ? {} : { reason }),
        ...(caller.session === undefined ? {} : { session: caller.session }),
        ...(caller.ip === undefined ? {} : { ip: caller.ip }),
      });
    };
    const processView = async (entry: CatalogueEntry) => ({
      id: entry.id,
      label: entry.label,
      version: entry.version,
      hash: entry.hash,
      startable: entry.startForm !== undefined,
      active: await store.count(INSTANCES, { process: entry.id, state: { $in: ['active', 'incident'] } }),
      incidents: await store.count(INSTANCES, { process: entry.id, state: 'incident' }),
    });
    const topic: LiveTopic = {
      name: 'instance',
      allowed: (caller) => caller.rights.has('live.read'),
      snapshot: async (_caller, key): Promise<InstanceMessage> => ({ instance: await detail(await rowOf(key), services) }),
      subscribe: (_caller, key, push) => {
        const send = (): void => {
          void rowOf(key)
            .then(async (row) => push({ instance: await detail(row, services) }))
            .catch((error: unknown) => log.warn({ instance: key, error: String(error) }, 'an instance could not be pushed'));
        };
        const stops = [
          bus.on('instance', (change) => (change.key === key ? send() : undefined)),
          bus.on('command', (command) => (command.instance === key ? send() : undefined)),
        ];
        return () => {
          for (const stop of stops) stop();
        };
      },
    };
    return {
      processes: {
        texts: (process, version) => catalogue.texts(process, version),
        timeline: async (key) => {
          const doc = await store.get(INSTANCES, key);
          return doc ? timelineOf(parseRow(doc), services) : [];
        },
      },
      topics: [topic],
      handlers: {
        processes: async () => ({ items: await Promise.all(catalogue.list().map(processView)) }),
        process: async ({ params, query }) => {
          const newest = catalogue.deployed(params.id);
          const entry = query.version === undefined ? newest : catalogue.texts(params.id, query.version);
          if (!entry) throw new Problem('PROCESS_NOT_FOUND', 404, `process "${params.id}" has no version ${query.version}`);
          const form = entry.startForm && entry.forms.get(entry.startForm.key);
          return {
            ...(await processView(entry)),
            xml: entry.xml,
            labels: Object.fromEntries(entry.labels),
            ...(form ? { startForm: form } : {}),
          };
        },
        start: async ({ params, body, caller, requestId }) => {
          const variables = startVariables(catalogue.deployed(params.id), body.variables ?? {}, caller);
          const started = await engine
            .start(params.id, variables, body.businessKey)
            .catch((error: unknown) => refused(error, 'PROCESS_NOT_FOUND', 404));
          await audited(caller, requestId, 'process.start', `instance/${started.key}`, params.id, {
            variables,
            existing: started.existing,
          });
          return started;
        },
        instances: async ({ query }) => {
          const plan = planList(query, LIST);
          const { rows, next } = plan.page(await store.all(INSTANCES, plan.filter, { sort: plan.sort, limit: plan.read }));
          return { items: rows.map((doc) => summary(parseRow(doc), services)), ...(next === undefined ? {} : { next }) };
        },
        instance: async ({ params }) => detail(await rowOf(params.key), services),
        history: async ({ params }) => ({ items: await timelineOf(await rowOf(params.key), services) }),
        cancel: async ({ params, body, caller, requestId }) => {
          await engine.cancel(params.key).catch((error: unknown) => refused(error, 'INSTANCE_NOT_FOUND', 404));
          await audited(caller, requestId, 'process.cancel', `instance/${params.key}`, 'cancel', undefined, body.reason);
          return { key: params.key };
        },
        resolve: async ({ params, body, caller, requestId }) => {
          await engine
            .resolveIncident(params.key, { retries: body.retries ?? 1 })
            .catch((error: unknown) => refused(error, 'INCIDENT_NOT_FOUND', 404));
          await audited(
            caller,
            requestId,
            'incident.resolve',
            `incident/${params.key}`,
            'resolve',
            { retries: body.retries ?? 1 },
            body.reason,
          );
          return { key: params.key };
        },
        message: async ({ body, caller, requestId }) => {
          const ttl = body.ttl === undefined ? 0 : parseDuration(body.ttl);
          if (ttl === undefined) throw new Problem('DURATION_INVALID', 422, `"${body.ttl}" is no duration`, { place: { path: 'ttl' } });
          await engine
            .publish({
              name: body.name,
              key: body.key,
              ttl,
              ...(body.variables ? { variables: body.variables } : {}),
              ...(body.id === undefined ? {} : { id: body.id }),
            })
            .catch((error: unknown) => refused(error, 'MESSAGE_EXISTS', 409));
          await audited(caller, requestId, 'process.message', `message/${body.name}/${body.key}`, 'publish', body.variables);
          return body.id === undefined ? {} : { id: body.id };
        },
      },
      async [Symbol.asyncDispose]() {
        link.close();
        stopJobs();
        await stopProjection();
      },
    };
  },
});
