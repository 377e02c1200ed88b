import type { Variables } from '../port.ts';
import type { GraphElement } from './graph.ts';
import { visible } from './instance.ts';
import type { ElementInstance, IncidentRow, Instance, JobRow } from './instance.ts';
import { isFault } from './step.ts';
import type { Fault, Step } from './step.ts';
import { dueOf } from './timer.ts';

/** Elements whose events an element waits for: its boundary events and, if it is one, itself. */
function waits(step: Step, instance: Instance, element: GraphElement): GraphElement[] {
  const own = element.type === 'intermediateCatchEvent' || element.type === 'receiveTask' ? [element] : [];
  return [...own, ...element.boundaries.map((id) => step.element(instance, id))];
}

/** Evaluates everything first, so that a fault leaves nothing half subscribed. */
export function subscribe(step: Step, instance: Instance, at: ElementInstance, element: GraphElement): Fault | undefined {
  const open: (() => void)[] = [];
  for (const target of waits(step, instance, element)) {
    const { event } = target;
    if (event.kind === 'timer') {
      const text = step.evaluateText(event.timer.at, instance, at.key);
      if (isFault(text)) return text;
      const due = dueOf(event.timer.kind, text, step.now);
      if (!due) return { type: 'EXTRACT_VALUE_ERROR', message: `Invalid timer ${event.timer.kind} expression: '${text}'` };
      open.push(() => {
        const timer = { key: step.newKey(), element: at.key, target: target.id, ...due };
        instance.timers.push(timer);
        step.db.putTimer(instance.key, timer);
        step.tell('timer', 'CREATED', instance, at, {
          key: String(timer.key),
          target: target.id,
          due: timer.due,
          interrupting: target.interrupting,
        });
      });
    } else if (event.kind === 'message' && event.correlationKey) {
      const name = step.evaluateText(event.name, instance, at.key);
      if (isFault(name)) return name;
      const correlation = step.evaluateKey(event.correlationKey, instance, at.key);
      if (isFault(correlation)) return correlation;
      const once = target.type !== 'boundaryEvent' || target.interrupting;
      open.push(() => {
        const row = { key: step.newKey(), element: at.key, target: target.id, name, correlation, once };
        instance.subscriptions.push(row);
        step.db.putSubscription(instance.key, row);
        step.tell('message', 'SUBSCRIBED', instance, at, { target: target.id, name, key: correlation });
        correlateBuffered(step, instance, row.key, name, correlation);
      });
    }
  }
  for (const subscribeNow of open) subscribeNow();
  return undefined;
}

/** A message that is still alive goes to a new subscription, once for each process. */
function correlateBuffered(step: Step, instance: Instance, subscription: number, name: string, correlation: string): void {
  for (const message of step.db.messages(name, correlation, step.now)) {
    if (message.processes.includes(instance.process)) continue;
    message.processes.push(instance.process);
    step.db.putMessage(message);
    step.queue.push({ op: 'correlate', instance, subscription, message: message.key, variables: message.variables });
    return;
  }
}

export function unsubscribe(step: Step, instance: Instance, at: ElementInstance): void {
  for (const timer of instance.timers.filter((row) => row.element === at.key)) {
    step.db.drop('timer', timer.key);
    step.tell('timer', 'CANCELED', instance, at, { key: String(timer.key), target: timer.target });
  }
  instance.timers = instance.timers.filter((row) => row.element !== at.key);
  for (const row of instance.subscriptions.filter((each) => each.element === at.key)) step.db.drop('subscription', row.key);
  instance.subscriptions = instance.subscriptions.filter((row) => row.element !== at.key);
}

/** Header values of user tasks may be expressions; lists are given as JSON text, as Zeebe does. */
function headersOf(step: Step, instance: Instance, at: ElementInstance, element: GraphElement): Record<string, string> | Fault {
  const headers: [string, string][] = [];
  for (const [name, spec] of Object.entries(element.job?.headers ?? {})) {
    if ('text' in spec) {
      const list = name === 'io.camunda.zeebe:candidateGroups' || name === 'io.camunda.zeebe:candidateUsers';
      headers.push([
        name,
        list
          ? JSON.stringify(
              spec.text
                .split(',')
                .map((part) => part.trim())
                .filter((part) => part !== ''),
            )
          : spec.text,
      ]);
      continue;
    }
    const result = step.evaluate(spec.feel, instance, at.key);
    const value: unknown = result.ok ? JSON.parse(JSON.stringify(result.value ?? null)) : undefined;
    if (typeof value === 'string') headers.push([name, value]);
    else if (Array.isArray(value)) headers.push([name, JSON.stringify(value)]);
    else if (value !== null)
      return {
        type: 'EXTRACT_VALUE_ERROR',
        message: `Expected result of the expression '${spec.feel}' to be 'STRING'${result.ok ? '' : `: ${result.message}`}`,
      };
  }
  return Object.fromEntries(headers);
}

/** Evaluates what the job needs; the returned function creates it. */
export function prepareJob(step: Step, instance: Instance, at: ElementInstance, element: GraphElement): (() => void) | Fault {
  if (!element.job) return { type: 'EXTRACT_VALUE_ERROR', message: 'no job' };
  const type = step.evaluateText(element.job.type, instance, at.key);
  if (isFault(type)) return type;
  const retries = step.evaluateNumber(element.job.retries, instance, at.key);
  if (isFault(retries)) return retries;
  const headers = headersOf(step, instance, at, element);
  if (isFault(headers)) return headers;
  return () => {
    const job: JobRow = {
      key: step.newKey(),
      element: at.key,
      type,
      headers,
      retries,
      state: 'activatable',
      notBefore: 0,
      createdAt: step.now,
    };
    instance.jobs.push(job);
    step.db.putJob(instance.key, job);
    // A task list is a projection of the log: what people have to see of a user task stands in its event.
    const variables = element.type === 'userTask' ? { variables: Object.fromEntries(visible(instance, at.key)) } : {};
    step.tell('job', 'CREATED', instance, at, { key: String(job.key), type, headers, retries, ...variables });
  };
}

export function cancelJobs(step: Step, instance: Instance, at: ElementInstance): void {
  for (const job of instance.jobs.filter((row) => row.element === at.key)) dropJob(step, instance, at, job, 'CANCELED');
}

export function dropJob(step: Step, instance: Instance, at: ElementInstance, job: JobRow, intent: string, detail: Variables = {}): void {
  step.db.drop('job', job.key);
  instance.jobs = instance.jobs.filter((row) => row !== job);
  step.tell('job', intent, instance, at, { key: String(job.key), type: job.type, ...detail });
}

export function raise(step: Step, instance: Instance, at: ElementInstance, fault: Fault, job?: JobRow): void {
  const incident: IncidentRow = {
    key: step.newKey(),
    element: at.key,
    type: fault.type,
    message: fault.message,
    at: step.now,
    ...(job ? { job: job.key } : {}),
  };
  instance.incidents.push(incident);
  step.db.run('insert into incident (key, instance) values (?, ?)', incident.key, instance.key);
  step.tell('incident', 'CREATED', instance, at, {
    key: String(incident.key),
    type: fault.type,
    message: fault.message,
    ...(job ? { job: String(job.key) } : {}),
  });
}

export function settle(step: Step, instance: Instance, at: ElementInstance, incidents: readonly IncidentRow[]): void {
  for (const incident of incidents) {
    step.db.drop('incident', incident.key);
    step.tell('incident', 'RESOLVED', instance, at, { key: String(incident.key), type: incident.type });
  }
  instance.incidents = instance.incidents.filter((row) => !incidents.includes(row));
}
