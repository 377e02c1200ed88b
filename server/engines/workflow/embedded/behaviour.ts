import type { Variables } from '../port.ts';
import { toJson } from './feel.ts';
import type { Flow, GraphElement } from './graph.ts';
import { findCatch, uncaught } from './catching.ts';
import { childrenOf, find } from './instance.ts';
import type { ElementInstance, Instance } from './instance.ts';
import { isFault } from './step.ts';
import type { Fault, FollowUp, Step } from './step.ts';
import { cancelJobs, prepareJob, raise, settle, subscribe, unsubscribe } from './waiting.ts';

/** More follow-ups than this in one command is a loop that never waits. */
const MAX_FOLLOW_UPS = 20_000;
const PASSES = new Set(['startEvent', 'boundaryEvent']);

class EndlessLoop extends Error {}

const transition = (step: Step, instance: Instance, at: ElementInstance, state: ElementInstance['state'], detail: Variables = {}): void => {
  at.state = state;
  step.tell('element', `ELEMENT_${state.toUpperCase()}`, instance, at, detail);
};

/** Runs follow-ups until none is left: the instance is at rest. */
export function settleAll(step: Step): void {
  for (let count = 0; ; count += 1) {
    const next = step.queue.shift();
    if (!next) return;
    if (count > MAX_FOLLOW_UPS) throw new EndlessLoop(`${next.instance.process}: a loop without a wait state does not end`);
    // The instance has ended: what is left of its follow-ups is void.
    if (next.instance.elements.length === 0) continue;
    step.db.touch(next.instance);
    follow(step, next);
  }
}

function follow(step: Step, next: FollowUp): void {
  const { instance } = next;
  if (next.op === 'activate') return activate(step, next);
  if (next.op === 'correlate') return correlate(step, next);
  const at = find(instance, next.key);
  if (!at) return undefined;
  const element = step.element(instance, at.element);
  switch (next.op) {
    case 'resume':
      if (at.state === 'activating') enter(step, instance, at, element);
      else if (at.state === 'completing') leave(step, instance, at, element);
      return undefined;
    case 'complete':
      if (at.state !== 'activated' || !scopeIsOpen(instance, at)) return undefined;
      transition(step, instance, at, 'completing');
      return leave(step, instance, at, element);
    case 'terminate':
      return terminate(step, instance, at);
    case 'terminate-children':
      for (const child of childrenOf(instance, at.key)) step.queue.push({ op: 'terminate', instance, key: child.key });
      return undefined;
  }
}

/** The scope of an element still runs (a process has none). */
function scopeIsOpen(instance: Instance, at: ElementInstance): boolean {
  return at.scope === 0 || find(instance, at.scope)?.state === 'activated';
}

function activate(step: Step, next: Extract<FollowUp, { op: 'activate' }>): void {
  const { instance } = next;
  const element = step.element(instance, next.element);
  const scope = find(instance, next.scope);
  if (!scope || scope.state !== 'activated' || scope.terminatedBy !== undefined) return;
  if (element.type === 'parallelGateway') {
    const waiting = scope.waiting.filter((row) => row.gateway === element.id && row.count > 0);
    if (waiting.length < element.incoming) return;
    for (const row of waiting) row.count -= 1;
    scope.waiting = scope.waiting.filter((row) => row.count > 0);
    scope.tokens -= element.incoming;
  } else if (!PASSES.has(element.type)) scope.tokens -= 1;
  const at: ElementInstance = {
    key: next.key,
    element: element.id,
    scope: next.scope,
    state: 'activating',
    variables: new Map(),
    tokens: 0,
    waiting: [],
  };
  instance.elements.push(at);
  transition(step, instance, at, 'activating', { type: element.type });
  enter(step, instance, at, element);
}

const complete = (step: Step, instance: Instance, at: ElementInstance): void => {
  step.queue.push({ op: 'complete', instance, key: at.key });
};

/** What activating an element does; a fault leaves it activating with an incident. */
function enter(step: Step, instance: Instance, at: ElementInstance, element: GraphElement): void {
  const fault = tryEnter(step, instance, at, element);
  if (fault) raise(step, instance, at, fault);
}

function tryEnter(step: Step, instance: Instance, at: ElementInstance, element: GraphElement): Fault | undefined {
  switch (element.type) {
    case 'startEvent':
    case 'task':
    case 'boundaryEvent':
      transition(step, instance, at, 'activated');
      complete(step, instance, at);
      return undefined;
    case 'process':
    case 'subProcess':
      return enterScope(step, instance, at, element);
    case 'exclusiveGateway': {
      const flow = chooseFlow(step, instance, at, element);
      if (isFault(flow)) return flow;
      passThrough(step, instance, at);
      return completed(step, instance, at, element, flow ? [flow] : []);
    }
    case 'parallelGateway':
      passThrough(step, instance, at);
      return completed(step, instance, at, element, element.outgoing);
    case 'endEvent':
    case 'intermediateThrowEvent':
      return enterThrow(step, instance, at, element);
    case 'scriptTask':
      if (element.script) return enterScript(step, instance, at, element, element.script);
      return enterJob(step, instance, at, element);
    case 'serviceTask':
    case 'userTask':
      return enterJob(step, instance, at, element);
    case 'intermediateCatchEvent':
    case 'receiveTask':
      break;
  }
  const fault = step.applyInputs(instance, at, element.inputs) ?? subscribe(step, instance, at, element);
  if (!fault) transition(step, instance, at, 'activated');
  return fault;
}

function enterScope(step: Step, instance: Instance, at: ElementInstance, element: GraphElement): Fault | undefined {
  const fault = step.applyInputs(instance, at, element.inputs) ?? subscribe(step, instance, at, element);
  if (fault) return fault;
  transition(step, instance, at, 'activated');
  if (element.start !== undefined) step.queue.push({ op: 'activate', instance, element: element.start, scope: at.key, key: step.newKey() });
  return undefined;
}

function enterJob(step: Step, instance: Instance, at: ElementInstance, element: GraphElement): Fault | undefined {
  const inputs = step.applyInputs(instance, at, element.inputs);
  if (inputs) return inputs;
  const create = prepareJob(step, instance, at, element);
  if (isFault(create)) return create;
  const fault = subscribe(step, instance, at, element);
  if (fault) return fault;
  create();
  transition(step, instance, at, 'activated');
  return undefined;
}

function enterScript(
  step: Step,
  instance: Instance,
  at: ElementInstance,
  element: GraphElement,
  script: { expression: string; result: string },
): Fault | undefined {
  const inputs = step.applyInputs(instance, at, element.inputs);
  if (inputs) return inputs;
  const result = step.evaluate(script.expression, instance, at.key);
  if (!result.ok)
    return { type: 'EXTRACT_VALUE_ERROR', message: `failed to evaluate expression '${script.expression}': ${result.message}` };
  at.trigger = { element: at.element, variables: Object.fromEntries([[script.result, toJson(result.value)]]) };
  transition(step, instance, at, 'activated');
  complete(step, instance, at);
  return undefined;
}

function passThrough(step: Step, instance: Instance, at: ElementInstance): void {
  transition(step, instance, at, 'activated');
  transition(step, instance, at, 'completing');
}

function enterThrow(step: Step, instance: Instance, at: ElementInstance, element: GraphElement): Fault | undefined {
  const { event } = element;
  if (event.kind === 'message') return enterJob(step, instance, at, element);
  if (event.kind === 'error') {
    const code = event.code ? step.evaluateText(event.code, instance, at.key) : '';
    if (isFault(code)) return code;
    const scope = find(instance, at.scope);
    const caught = scope && findCatch(step, instance, scope, code);
    if (!caught) return uncaught(step, instance, at, code, '');
    transition(step, instance, at, 'activated');
    trigger(step, instance, caught.host, caught.event, {});
    return undefined;
  }
  if (element.type === 'intermediateThrowEvent') {
    transition(step, instance, at, 'activated');
    complete(step, instance, at);
    return undefined;
  }
  passThrough(step, instance, at);
  leave(step, instance, at, element);
  return undefined;
}

/** The first flow whose condition holds, in Zeebe's order; undefined = implicit end. */
function chooseFlow(step: Step, instance: Instance, at: ElementInstance, element: GraphElement): Flow | undefined | Fault {
  const [only] = element.outgoing;
  if (!only) return undefined;
  if (element.outgoing.length === 1 && only.condition === undefined) return only;
  for (const flow of element.outgoing) {
    if (flow.id === element.defaultFlow || flow.condition === undefined) continue;
    const holds = step.evaluateBoolean(flow.condition, instance, at.key);
    if (isFault(holds)) return holds;
    if (holds) return flow;
  }
  return (
    element.outgoing.find((flow) => flow.id === element.defaultFlow) ?? {
      type: 'CONDITION_ERROR',
      message: 'Expected at least one condition to evaluate to true, or to have a default flow',
    }
  );
}

/** What completing an element does after ELEMENT_COMPLETING. */
function leave(step: Step, instance: Instance, at: ElementInstance, element: GraphElement): void {
  const fault = applyOutputs(step, instance, at, element);
  if (fault) {
    raise(step, instance, at, fault);
    return;
  }
  unsubscribe(step, instance, at);
  completed(step, instance, at, element, element.outgoing);
}

function applyOutputs(step: Step, instance: Instance, at: ElementInstance, element: GraphElement): Fault | undefined {
  const scope = find(instance, at.scope);
  const given = at.trigger?.variables;
  if (element.outputs.length > 0) {
    for (const [name, value] of Object.entries(given ?? {})) step.setLocal(instance, at, name, value);
    const values = step.map(element.outputs, instance, at.key);
    if (isFault(values)) return values;
    if (scope) step.merge(instance, scope, values);
  } else if (given) step.merge(instance, at, Object.entries(given));
  else if (scope && element.type === 'boundaryEvent' && element.event.kind !== 'error') step.merge(instance, scope, [...at.variables]);
  return undefined;
}

function completed(step: Step, instance: Instance, at: ElementInstance, element: GraphElement, flows: readonly Flow[]): undefined {
  step.tell('element', 'ELEMENT_COMPLETED', instance, at);
  remove(step, instance, at);
  const scope = find(instance, at.scope);
  if (!scope) return undefined;
  const terminates = element.event.kind === 'terminate';
  if (terminates) {
    scope.terminatedBy = element.id;
    scope.tokens = 0;
    scope.waiting = [];
  }
  if (element.outgoing.length === 0) completeScopeIfDone(step, instance, scope);
  if (terminates && childrenOf(instance, scope.key).length > 0) step.queue.push({ op: 'terminate-children', instance, key: scope.key });
  for (const flow of flows) take(step, instance, scope, flow);
  return undefined;
}

function take(step: Step, instance: Instance, scope: ElementInstance, flow: Flow): void {
  step.emit(
    'flow',
    'SEQUENCE_FLOW_TAKEN',
    { process: instance.process, version: instance.version, instance: instance.key, element: flow.id, key: step.newKey() },
    { source: flow.source, target: flow.target },
  );
  scope.tokens += 1;
  if (step.element(instance, flow.target).type === 'parallelGateway') {
    const row = scope.waiting.find((each) => each.gateway === flow.target && each.flow === flow.id);
    if (row) row.count += 1;
    else scope.waiting.push({ gateway: flow.target, flow: flow.id, count: 1 });
  }
  step.queue.push({ op: 'activate', instance, element: flow.target, scope: scope.key, key: step.newKey() });
}

function completeScopeIfDone(step: Step, instance: Instance, scope: ElementInstance): void {
  if (scope.tokens <= 0 && childrenOf(instance, scope.key).length === 0) complete(step, instance, scope);
}

function remove(step: Step, instance: Instance, at: ElementInstance): void {
  instance.elements = instance.elements.filter((each) => each !== at);
  if (at.scope === 0) step.db.dropInstance(instance.key);
}

function terminate(step: Step, instance: Instance, at: ElementInstance): void {
  if (at.state === 'terminating') return;
  transition(step, instance, at, 'terminating');
  cancelJobs(step, instance, at);
  unsubscribe(step, instance, at);
  settle(
    step,
    instance,
    at,
    instance.incidents.filter((row) => row.element === at.key),
  );
  if (childrenOf(instance, at.key).length > 0) step.queue.push({ op: 'terminate-children', instance, key: at.key });
  else terminated(step, instance, at);
}

/** After the last child: the interrupting event takes over, or the scope is told. */
function terminated(step: Step, instance: Instance, at: ElementInstance): void {
  step.tell('element', 'ELEMENT_TERMINATED', instance, at);
  remove(step, instance, at);
  const scope = find(instance, at.scope);
  if (!scope) return;
  if (at.trigger && at.trigger.element !== at.element && scope.state === 'activated' && scope.terminatedBy === undefined) {
    occur(step, instance, scope, at.trigger.element, at.trigger.variables);
  } else if (childrenOf(instance, scope.key).length === 0) {
    if (scope.state === 'terminating') terminated(step, instance, scope);
    else if (scope.terminatedBy !== undefined) completeScopeIfDone(step, instance, scope);
  }
}

/** A boundary event is activated at once, so that its variables are local to it. */
function occur(step: Step, instance: Instance, scope: ElementInstance, event: string, variables: Variables): void {
  const at: ElementInstance = {
    key: step.newKey(),
    element: event,
    scope: scope.key,
    state: 'activating',
    variables: new Map(),
    tokens: 0,
    waiting: [],
  };
  instance.elements.push(at);
  transition(step, instance, at, 'activating', { type: 'boundaryEvent' });
  transition(step, instance, at, 'activated');
  for (const [name, value] of Object.entries(variables)) step.setLocal(instance, at, name, value);
  complete(step, instance, at);
}

/** An event reaches the element that waits for it; false if it waits no more. */
export function trigger(step: Step, instance: Instance, host: ElementInstance, event: string, variables: Variables): boolean {
  if (host.interrupted || (host.state !== 'activated' && host.state !== 'activating') || !scopeIsOpen(instance, host)) return false;
  const element = step.element(instance, event);
  if (event === host.element) {
    host.interrupted = true;
    host.trigger = { element: event, variables };
    complete(step, instance, host);
  } else if (element.interrupting) {
    host.interrupted = true;
    host.trigger = { element: event, variables };
    step.queue.push({ op: 'terminate', instance, key: host.key });
  } else {
    const scope = find(instance, host.scope);
    if (scope) occur(step, instance, scope, event, variables);
  }
  return true;
}

function correlate(step: Step, next: Extract<FollowUp, { op: 'correlate' }>): void {
  const { instance } = next;
  const row = instance.subscriptions.find((each) => each.key === next.subscription);
  const host = row && find(instance, row.element);
  if (!row || !host || !trigger(step, instance, host, row.target, next.variables)) return;
  step.tell('message', 'CORRELATED', instance, host, {
    name: row.name,
    key: row.correlation,
    target: row.target,
    message: String(next.message),
  });
  if (row.once) {
    step.db.drop('subscription', row.key);
    instance.subscriptions = instance.subscriptions.filter((each) => each !== row);
  }
}
