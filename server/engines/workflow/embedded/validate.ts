import type { ModdleElement } from 'bpmn-moddle';
import { child, children, text } from './moddle.ts';

export type Refuse = (element: string, message: string) => void;

const UNSUPPORTED_PROPERTIES: readonly (readonly [string, (value: unknown) => boolean, string])[] = [
  ['loopCharacteristics', (value) => value !== undefined, 'Loop characteristics are not supported'],
  ['isForCompensation', (value) => value === true, 'Compensation is not supported'],
  ['startQuantity', (value) => value !== undefined && value !== 1, "The attribute 'startQuantity' is not supported"],
  ['completionQuantity', (value) => value !== undefined && value !== 1, "The attribute 'completionQuantity' is not supported"],
  ['triggeredByEvent', (value) => value === true, 'Event sub-processes are not supported'],
];

/** Rules for a process or an embedded sub-process. */
export function validateScope(scope: ModdleElement, refuse: Refuse): void {
  const id = text(scope, 'id');
  const starts = children(scope, 'flowElements').filter((element) => element.$type === 'bpmn:StartEvent');
  if (starts.length === 0) refuse(id, 'Must have at least one start event');
  if (starts.length > 1) refuse(id, 'Must have exactly one start event');
  for (const start of starts) if (children(start, 'eventDefinitions').length > 0) refuse(text(start, 'id'), 'Must be a none start event');
  const loop = straightLoop(children(scope, 'flowElements'));
  if (loop !== undefined) refuse(loop, 'Processes are not allowed to contain any straight-through processing loop');
}

/** Rules for a flow element; reads the `<incoming>` and `<outgoing>` tags as Zeebe's validation does. */
export function validateElement(element: ModdleElement, refuse: Refuse): void {
  const id = text(element, 'id');
  const outgoing = children(element, 'outgoing');
  for (const [property, bad, message] of UNSUPPORTED_PROPERTIES) if (bad(element[property])) refuse(id, message);
  if (element.$type === 'bpmn:ExclusiveGateway') {
    const standard = child(element, 'default');
    for (const flow of outgoing) {
      if (outgoing.length > 1 && flow !== standard && !child(flow, 'conditionExpression'))
        refuse(text(flow, 'id'), 'Must have a condition or be default flow');
    }
    if (standard && child(standard, 'conditionExpression')) refuse(text(standard, 'id'), 'Default flow must not have a condition');
    if (standard && child(standard, 'sourceRef') !== element) refuse(text(standard, 'id'), 'Default flow must start at gateway');
  } else {
    for (const flow of outgoing) {
      if (child(flow, 'conditionExpression'))
        refuse(text(flow, 'id'), 'Conditional sequence flows are only supported at an exclusive gateway');
    }
    if (child(element, 'default')) refuse(id, 'Default flows are only supported at an exclusive gateway');
  }
  if (element.$type === 'bpmn:EndEvent' && outgoing.length > 0)
    refuse(id, 'End events must not have outgoing sequence flows to other elements.');
  if (element.$type === 'bpmn:StartEvent' && children(element, 'incoming').length > 0)
    refuse(id, 'Start events must not have incoming sequence flows');
  if (element.$type === 'bpmn:BoundaryEvent') {
    if (children(element, 'incoming').length > 0) refuse(id, 'Must not have incoming sequence flows');
    const host = child(element, 'attachedToRef');
    if (!host) refuse(id, 'Must be attached to an activity');
  }
}

/** A loop over elements that never wait would never come to rest; script tasks are accepted, as Zeebe does. */
function straightLoop(flowElements: readonly ModdleElement[]): string | undefined {
  const passing = new Set(['bpmn:ExclusiveGateway', 'bpmn:ParallelGateway', 'bpmn:Task', 'bpmn:ManualTask', 'bpmn:IntermediateThrowEvent']);
  const through = flowElements.filter(
    (element) =>
      passing.has(element.$type) && !(element.$type === 'bpmn:IntermediateThrowEvent' && children(element, 'eventDefinitions').length > 0),
  );
  const done = new Set<ModdleElement>();
  const path = new Set<ModdleElement>();
  const visit = (element: ModdleElement): boolean => {
    if (path.has(element)) return true;
    if (done.has(element) || !through.includes(element)) return false;
    path.add(element);
    const loops = flowElements.some((flow) => {
      const target = flow.$type === 'bpmn:SequenceFlow' && child(flow, 'sourceRef') === element ? child(flow, 'targetRef') : undefined;
      return target !== undefined && visit(target);
    });
    path.delete(element);
    done.add(element);
    return loops;
  };
  const found = through.find((element) => visit(element));
  return found && text(found, 'id');
}
