import type { ModdleElement } from 'bpmn-moddle';
import { parseFault } from './feel.ts';
import type { ElementType, EventSpec, Expression, Flow, GraphElement, JobSpec, Mapping } from './graph.ts';
import { child, children, expression, extension, text } from './moddle.ts';
import { parseTimer } from './timer.ts';
import { validateElement } from './validate.ts';
import type { Refuse } from './validate.ts';

const TYPES: ReadonlyMap<string, ElementType> = new Map([
  ['bpmn:StartEvent', 'startEvent'],
  ['bpmn:EndEvent', 'endEvent'],
  ['bpmn:BoundaryEvent', 'boundaryEvent'],
  ['bpmn:IntermediateCatchEvent', 'intermediateCatchEvent'],
  ['bpmn:IntermediateThrowEvent', 'intermediateThrowEvent'],
  ['bpmn:ExclusiveGateway', 'exclusiveGateway'],
  ['bpmn:ParallelGateway', 'parallelGateway'],
  ['bpmn:SubProcess', 'subProcess'],
  ['bpmn:Task', 'task'],
  ['bpmn:ManualTask', 'task'],
  ['bpmn:ServiceTask', 'serviceTask'],
  ['bpmn:SendTask', 'serviceTask'],
  ['bpmn:BusinessRuleTask', 'serviceTask'],
  ['bpmn:UserTask', 'userTask'],
  ['bpmn:ScriptTask', 'scriptTask'],
  ['bpmn:ReceiveTask', 'receiveTask'],
]);
const EVENTS: ReadonlyMap<ElementType, readonly string[]> = new Map([
  ['startEvent', []],
  ['endEvent', ['error', 'terminate', 'message']],
  ['intermediateThrowEvent', ['message']],
  ['intermediateCatchEvent', ['timer', 'message']],
  ['boundaryEvent', ['timer', 'message', 'error']],
]);

const checked = (spec: Expression, element: string, refuse: Refuse): Expression => {
  const fault = 'feel' in spec ? parseFault(spec.feel) : undefined;
  if (fault !== undefined && 'feel' in spec) refuse(element, `failed to parse expression '${spec.feel}': ${fault}`);
  return spec;
};

export function compileFlow(flow: ModdleElement, refuse: Refuse): Flow {
  const id = text(flow, 'id');
  const [source, target] = [child(flow, 'sourceRef'), child(flow, 'targetRef')];
  if (!source || !target) refuse(id, 'Must have a source and a target');
  const base = { id, source: source ? text(source, 'id') : '', target: target ? text(target, 'id') : '' };
  const condition = child(flow, 'conditionExpression');
  if (!condition) return base;
  const body = text(condition, 'body');
  if (!body.startsWith('='))
    refuse(id, `Expected expression but found static value '${body}'. An expression must start with '=' (e.g. '=${body}').`);
  checked(expression(body), id, refuse);
  return { ...base, condition: body.slice(1).trim() };
}

function mappings(element: ModdleElement, property: 'inputParameters' | 'outputParameters', refuse: Refuse): Mapping[] {
  const io = extension(element, 'zeebe:IoMapping');
  return (io ? children(io, property) : []).map((parameter) => {
    const id = text(element, 'id');
    const source = text(parameter, 'source');
    const target = text(parameter, 'target');
    if (!source.startsWith('=')) refuse(id, `Expected expression but found static value '${source}'. An expression must start with '='.`);
    checked(expression(source), id, refuse);
    if (!/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(target))
      refuse(id, `Expected path expression '${target}' but is invalid`);
    return { source: source.slice(1).trim(), target: target.split('.') };
  });
}

function headers(element: ModdleElement): Record<string, Expression> {
  const values = extension(element, 'zeebe:TaskHeaders');
  return Object.fromEntries(
    (values ? children(values, 'values') : []).map((header) => [text(header, 'key'), { text: text(header, 'value') }]),
  );
}

function jobOf(element: ModdleElement, refuse: Refuse): JobSpec | undefined {
  const definition = extension(element, 'zeebe:TaskDefinition');
  if (!definition) return undefined;
  const id = text(element, 'id');
  const type = text(definition, 'type');
  if (type === '') refuse(id, "Attribute 'type' must be present and not empty");
  const retries = text(definition, 'retries') || '3';
  if (!retries.startsWith('=') && !/^\d+$/.test(retries)) refuse(id, `Expected a valid number for retries but was '${retries}'`);
  return { type: checked(expression(type), id, refuse), retries: checked(expression(retries), id, refuse), headers: headers(element) };
}

function userTaskJob(element: ModdleElement, refuse: Refuse): JobSpec {
  const id = text(element, 'id');
  const found: Record<string, Expression> = headers(element);
  const put = (name: string, raw: string | undefined): void => {
    if (raw) found[`io.camunda.zeebe:${name}`] = checked(expression(raw), id, refuse);
  };
  const [assignment, form, schedule] = ['AssignmentDefinition', 'FormDefinition', 'TaskSchedule'].map((type) =>
    extension(element, `zeebe:${type}`),
  );
  put('assignee', assignment && text(assignment, 'assignee'));
  put('candidateGroups', assignment && text(assignment, 'candidateGroups'));
  put('candidateUsers', assignment && text(assignment, 'candidateUsers'));
  put('dueDate', schedule && text(schedule, 'dueDate'));
  put('followUpDate', schedule && text(schedule, 'followUpDate'));
  put('formKey', form && (text(form, 'formKey') || text(form, 'formId')));
  return { type: { text: 'io.camunda.zeebe:userTask' }, retries: { text: '1' }, headers: found };
}

function messageEvent(owner: ModdleElement, id: string, catching: boolean, refuse: Refuse): EventSpec {
  const message = child(owner, 'messageRef');
  if (!catching) return { kind: 'message', name: { text: '' } };
  if (!message || text(message, 'name') === '') refuse(id, 'Must reference a message with a name');
  const subscription = message && extension(message, 'zeebe:Subscription');
  const key = subscription ? text(subscription, 'correlationKey') : '';
  if (!key.startsWith('=')) refuse(id, "Must have exactly one 'zeebe:subscription' extension element with a correlation key expression");
  return {
    kind: 'message',
    name: checked(expression(message ? text(message, 'name') : ''), id, refuse),
    correlationKey: checked(expression(key), id, refuse),
  };
}

function eventOf(element: ModdleElement, type: ElementType, refuse: Refuse): EventSpec {
  const id = text(element, 'id');
  const definitions = children(element, 'eventDefinitions');
  const catching = type === 'boundaryEvent' || type === 'intermediateCatchEvent';
  if (definitions.length > 1 || (catching && definitions.length !== 1)) refuse(id, 'Must have exactly one event definition');
  const definition = definitions[0];
  if (!definition) return { kind: 'none' };
  const kind = definition.$type.replace(/^bpmn:(.*)EventDefinition$/, (_all, name: string) => name.toLowerCase());
  if (!EVENTS.get(type)?.includes(kind)) {
    refuse(id, `Event definition must be one of: ${EVENTS.get(type)?.join(', ') || 'none'}`);
    return { kind: 'none' };
  }
  if (kind === 'terminate') return { kind: 'terminate' };
  if (kind === 'message') return messageEvent(definition, id, catching, refuse);
  if (kind === 'timer')
    return { kind: 'timer', timer: parseTimer(definition, id, type, element['cancelActivity'] !== false, refuse, checked) };
  const error = child(definition, 'errorRef');
  const code = error ? text(error, 'errorCode') : '';
  if (type === 'endEvent' && code === '') refuse(id, 'ErrorCode must be present and not empty');
  if (type === 'boundaryEvent' && element['cancelActivity'] === false) refuse(id, 'Error boundary events must be interrupting');
  return code === '' ? { kind: 'error' } : { kind: 'error', code: checked(expression(code), id, refuse) };
}

/** Undefined if elements of this type are refused. */
export function compileElement(element: ModdleElement, scope: string, refuse: Refuse): GraphElement | undefined {
  const id = text(element, 'id');
  const type = TYPES.get(element.$type);
  if (!type) {
    refuse(id, `Elements of type '${element.$type.replace('bpmn:', '')}' are not supported`);
    return undefined;
  }
  validateElement(element, refuse);
  const hasEvent = EVENTS.has(type);
  const event =
    type === 'receiveTask'
      ? messageEvent(element, id, true, refuse)
      : hasEvent
        ? eventOf(element, type, refuse)
        : { kind: 'none' as const };
  const needsJob = type === 'serviceTask' || (event.kind === 'message' && (type === 'endEvent' || type === 'intermediateThrowEvent'));
  const job = type === 'userTask' ? userTaskJob(element, refuse) : jobOf(element, refuse);
  const script = type === 'scriptTask' ? extension(element, 'zeebe:Script') : undefined;
  if (needsJob && !job) refuse(id, "Must have exactly one 'zeebe:taskDefinition' extension element");
  if (type === 'scriptTask' && (script === undefined) === (job === undefined))
    refuse(id, "Must have either one 'zeebe:script' or one 'zeebe:taskDefinition' extension element");
  const body = script ? text(script, 'expression') : '';
  if (script && !body.startsWith('='))
    refuse(id, `Expected expression but found static value '${body}'. An expression must start with '='.`);
  if (script && text(script, 'resultVariable') === '') refuse(id, "Attribute 'resultVariable' must be present and not empty");
  const standard = child(element, 'default');
  const host = child(element, 'attachedToRef');
  return {
    id,
    type,
    scope,
    name: text(element, 'name'),
    outgoing: [],
    incoming: 0,
    boundaries: [],
    event,
    interrupting: element['cancelActivity'] !== false,
    inputs: mappings(element, 'inputParameters', refuse),
    outputs: mappings(element, 'outputParameters', refuse),
    ...(standard ? { defaultFlow: text(standard, 'id') } : {}),
    ...(host ? { attachedTo: text(host, 'id') } : {}),
    ...(job && type !== 'task' ? { job } : {}),
    ...(script ? { script: { expression: checkedBody(body, id, refuse), result: text(script, 'resultVariable') } } : {}),
  };
}

function checkedBody(body: string, id: string, refuse: Refuse): string {
  checked(expression(body), id, refuse);
  return body.slice(1).trim();
}
