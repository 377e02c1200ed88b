import { EngineRefusal } from '../port.ts';
import type { Variables } from '../port.ts';
import { trigger } from './behaviour.ts';
import { findCatch, uncaught } from './catching.ts';
import type { Graph } from './graph.ts';
import { find } from './instance.ts';
import type { ElementInstance, Instance, JobRow } from './instance.ts';
import type { Step } from './step.ts';
import { addDuration } from './timer.ts';
import { dropJob, raise, settle } from './waiting.ts';

/** One thing that somebody asks of the engine; its result is durable when `run` returns. */
export type EngineCommand =
  | {
      readonly do: 'deploy';
      readonly resources: readonly { readonly name: string; readonly xml: string; readonly graphs: readonly Graph[] }[];
    }
  | { readonly do: 'start'; readonly process: string; readonly variables: Variables; readonly businessKey?: string }
  | {
      readonly do: 'publish';
      readonly name: string;
      readonly key: string;
      readonly variables: Variables;
      readonly ttl: number;
      readonly id?: string;
    }
  | { readonly do: 'complete'; readonly key: string; readonly variables: Variables }
  | { readonly do: 'fail'; readonly key: string; readonly retries: number; readonly message: string; readonly backoff: number }
  | { readonly do: 'throw'; readonly key: string; readonly code: string; readonly message: string; readonly variables: Variables }
  | { readonly do: 'resolve'; readonly key: string; readonly retries?: number }
  | { readonly do: 'set'; readonly scope: string; readonly variables: Variables }
  | { readonly do: 'cancel'; readonly instance: string }
  | { readonly do: 'timer'; readonly key: number };

export const refuse = (code: EngineRefusal['code'], message: string): never => {
  throw new EngineRefusal(code, message);
};
/** A key as a number; -1 for what is none. */
export const number = (text: string): number => (/^\d{1,16}$/.test(text) ? Number(text) : -1);

export function deploy(
  step: Step,
  command: Extract<EngineCommand, { do: 'deploy' }>,
): { process: string; version: number; hash: string }[] {
  const ids = command.resources.flatMap((resource) => resource.graphs.map((graph) => graph.id));
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) refuse('INVALID_ARGUMENT', `Duplicated process id in resources: '${twice}'`);
  return command.resources.flatMap((resource) =>
    resource.graphs.map((graph) => {
      const latest = step.db.latest(graph.id);
      if (latest?.graph.hash === graph.hash && latest.resource === resource.name)
        return { process: graph.id, version: latest.version, hash: graph.hash };
      const definition = { key: step.newKey(), version: (latest?.version ?? 0) + 1, resource: resource.name, graph };
      step.db.addDefinition(definition, resource.xml);
      step.emit(
        'process',
        'CREATED',
        { process: graph.id, version: definition.version, instance: 0, element: graph.id, key: definition.key },
        { hash: graph.hash, resource: resource.name },
      );
      return { process: graph.id, version: definition.version, hash: graph.hash };
    }),
  );
}

export function start(step: Step, command: Extract<EngineCommand, { do: 'start' }>): { key: string; existing: boolean } {
  const definition = step.db.latest(command.process);
  if (!definition)
    throw new EngineRefusal('NOT_FOUND', `Expected to find process definition with process ID '${command.process}', but none found`);
  if (command.businessKey !== undefined) {
    const known = step.db.get('select key from business where process = ? and business = ?', command.process, command.businessKey);
    if (known) return { key: String(known['key']), existing: true };
  }
  const key = step.newKey();
  const instance: Instance = {
    key,
    definition: definition.key,
    process: command.process,
    version: definition.version,
    elements: [],
    jobs: [],
    timers: [],
    subscriptions: [],
    incidents: [],
  };
  if (command.businessKey !== undefined)
    step.db.run('insert into business (process, business, key) values (?, ?, ?)', command.process, command.businessKey, key);
  step.emit(
    'process',
    'INSTANCE_CREATED',
    { process: instance.process, version: instance.version, instance: key, element: command.process, key },
    { hash: definition.graph.hash, ...(command.businessKey === undefined ? {} : { businessKey: command.businessKey }) },
  );
  // The variables belong to the process element, so they are there before anything of it runs.
  const root: ElementInstance = {
    key,
    element: command.process,
    scope: 0,
    state: 'activating',
    variables: new Map(),
    tokens: 0,
    waiting: [],
  };
  instance.elements.push(root);
  step.db.touch(instance);
  for (const [name, value] of Object.entries(command.variables)) step.setLocal(instance, root, name, value);
  step.tell('element', 'ELEMENT_ACTIVATING', instance, root, { type: 'process' });
  step.queue.push({ op: 'resume', instance, key });
  return { key: String(key), existing: false };
}

export function publish(step: Step, command: Extract<EngineCommand, { do: 'publish' }>): void {
  if (command.id !== undefined) {
    const alive = step.db.get(
      'select key from message where name = ? and correlation = ? and id = ? and expires > ?',
      command.name,
      command.key,
      command.id,
      step.now,
    );
    if (alive)
      refuse(
        'ALREADY_EXISTS',
        `Expected to publish a new message with id '${command.id}', but a message with that id was already published`,
      );
  }
  step.db.run('delete from message where expires <= ?', step.now);
  const key = step.newKey();
  step.emit('message', 'PUBLISHED', { process: '', version: 0, instance: 0, element: '', key }, { name: command.name, key: command.key });
  const processes: string[] = [];
  for (const row of step.db.all(
    'select key, instance from subscription where name = ? and correlation = ? order by key',
    command.name,
    command.key,
  )) {
    const instance = step.db.instance(Number(row['instance']));
    if (!instance || processes.includes(instance.process)) continue;
    processes.push(instance.process);
    step.queue.push({ op: 'correlate', instance, subscription: Number(row['key']), message: key, variables: command.variables });
  }
  if (command.ttl > 0)
    step.db.putMessage({
      key,
      name: command.name,
      correlation: command.key,
      variables: command.variables,
      expires: step.now + command.ttl,
      processes,
      ...(command.id === undefined ? {} : { id: command.id }),
    });
}

export function throwError(
  step: Step,
  instance: Instance,
  at: ElementInstance,
  job: JobRow,
  command: Extract<EngineCommand, { do: 'throw' }>,
): void {
  const caught = findCatch(step, instance, at, command.code);
  if (caught) {
    dropJob(step, instance, at, job, 'ERROR_THROWN', { code: command.code, message: command.message });
    trigger(step, instance, caught.host, caught.event, command.variables);
    return;
  }
  job.state = 'error';
  step.db.putJob(instance.key, job);
  step.tell('job', 'ERROR_THROWN', instance, at, { key: command.key, type: job.type, code: command.code, message: command.message });
  raise(step, instance, at, uncaught(step, instance, at, command.code, command.message), job);
}

export function resolve(step: Step, command: Extract<EngineCommand, { do: 'resolve' }>): void {
  const owner = step.db.ownerOf('incident', number(command.key));
  const instance = owner === undefined ? undefined : step.db.instance(owner);
  const incident = instance?.incidents.find((row) => row.key === number(command.key));
  const at = incident && instance && find(instance, incident.element);
  if (!instance || !incident || !at)
    throw new EngineRefusal('NOT_FOUND', `Expected to resolve incident with key '${command.key}', but no such incident was found`);
  const job = instance.jobs.find((row) => row.key === incident.job);
  const retries = command.retries ?? job?.retries ?? 0;
  if (job && retries <= 0) refuse('NOT_FOUND', `Expected to resolve incident with key '${command.key}', but its job has no retries left`);
  step.db.touch(instance);
  if (job) {
    job.retries = retries;
    job.state = 'activatable';
    job.notBefore = 0;
    step.db.putJob(instance.key, job);
    step.tell('job', 'RETRIES_UPDATED', instance, at, { key: String(job.key), type: job.type, retries });
  }
  settle(step, instance, at, [incident]);
  if (!job) step.queue.push({ op: 'resume', instance, key: at.key });
}

export function setVariables(step: Step, command: Extract<EngineCommand, { do: 'set' }>): void {
  const key = number(command.scope);
  const owner = step.db.get('select key from instance where key = ?', key)
    ? key
    : Number(
        step.db.get("select i.key from instance i, json_each(i.doc, '$.elements') e where json_extract(e.value, '$.key') = ?", key)?.[
          'key'
        ] ?? -1,
      );
  const instance = step.db.instance(owner);
  const at = instance && find(instance, key);
  if (!instance || !at)
    throw new EngineRefusal(
      'NOT_FOUND',
      `Expected to update variables for element with key '${command.scope}', but no such element was found`,
    );
  step.db.touch(instance);
  step.merge(instance, at, Object.entries(command.variables));
}

export function cancel(step: Step, command: Extract<EngineCommand, { do: 'cancel' }>): void {
  const instance = step.db.instance(number(command.instance));
  if (!instance)
    throw new EngineRefusal(
      'NOT_FOUND',
      `Expected to cancel a process instance with key '${command.instance}', but no such process was found`,
    );
  step.queue.push({ op: 'terminate', instance, key: instance.key });
}

export function fire(step: Step, key: number): boolean {
  const owner = step.db.ownerOf('timer', key);
  const instance = owner === undefined ? undefined : step.db.instance(owner);
  const timer = instance?.timers.find((row) => row.key === key);
  const at = timer && instance && find(instance, timer.element);
  if (!instance || !timer || !at || timer.due > step.now) return false;
  step.db.touch(instance);
  step.tell('timer', 'TRIGGERED', instance, at, { key: String(key), target: timer.target });
  const next = timer.interval === undefined || timer.repetitions === 1 ? undefined : addDuration(timer.due, timer.interval);
  if (next === undefined) {
    step.db.drop('timer', key);
    instance.timers = instance.timers.filter((row) => row !== timer);
  } else {
    timer.due = next;
    if (timer.repetitions > 0) timer.repetitions -= 1;
    step.db.putTimer(instance.key, timer);
  }
  trigger(step, instance, at, timer.target, {});
  return true;
}
