import { createHash } from 'node:crypto';
import { BpmnModdle } from 'bpmn-moddle';
import type { ModdleElement } from 'bpmn-moddle';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json' with { type: 'json' };
import { ModelRejected } from '../port.ts';
import { compileElement, compileFlow } from './compile-element.ts';
import type { Flow, Graph, GraphElement } from './graph.ts';
import { children, text } from './moddle.ts';
import { validateScope } from './validate.ts';
import { guardModel, guardText } from './xml-guard.ts';
import type { Refusal } from './xml-guard.ts';

const hashOf = (xml: string): string => createHash('sha256').update(xml, 'utf8').digest('hex');

/** Nested lists of `flowElements`, depth first in document order, each with the scope it stands in. */
function* scoped(scope: ModdleElement): Generator<{ readonly element: ModdleElement; readonly scope: string }> {
  for (const element of children(scope, 'flowElements')) {
    yield { element, scope: text(scope, 'id') };
    if (element.$type === 'bpmn:SubProcess') yield* scoped(element);
  }
}

function compileProcess(process: ModdleElement, hash: string, refuse: (element: string, message: string) => void): Graph {
  const id = text(process, 'id');
  const all = [...scoped(process)];
  const flows: Flow[] = [];
  for (const { element } of all) if (element.$type === 'bpmn:SequenceFlow') flows.push(compileFlow(element, refuse));
  const reversed = flows.toReversed();
  const elements = new Map<string, GraphElement>();
  const root: GraphElement = {
    id,
    type: 'process',
    name: text(process, 'name'),
    outgoing: [],
    incoming: 0,
    event: { kind: 'none' },
    interrupting: false,
    boundaries: [],
    inputs: [],
    outputs: [],
    ...startOf(process),
  };
  elements.set(id, root);
  validateScope(process, refuse);
  for (const { element, scope } of all) {
    if (
      [
        'bpmn:SequenceFlow',
        'bpmn:TextAnnotation',
        'bpmn:Association',
        'bpmn:DataObject',
        'bpmn:DataObjectReference',
        'bpmn:DataStoreReference',
      ].includes(element.$type)
    )
      continue;
    if (element.$type === 'bpmn:SubProcess') validateScope(element, refuse);
    const compiled = compileElement(element, scope, refuse);
    if (!compiled) continue;
    const boundaries = all
      .filter((other) => other.element.$type === 'bpmn:BoundaryEvent' && other.element['attachedToRef'] === element)
      .map((other) => text(other.element, 'id'));
    elements.set(compiled.id, {
      ...compiled,
      boundaries,
      outgoing: reversed.filter((flow) => flow.source === compiled.id),
      incoming: flows.filter((flow) => flow.target === compiled.id).length,
      ...(element.$type === 'bpmn:SubProcess' ? startOf(element) : {}),
    });
  }
  return { id, name: text(process, 'name'), hash, elements };
}

function startOf(scope: ModdleElement): { start?: string } {
  const start = children(scope, 'flowElements').find(
    (element) => element.$type === 'bpmn:StartEvent' && children(element, 'eventDefinitions').length === 0,
  );
  return start ? { start: text(start, 'id') } : {};
}

/**
 * Compiles a resource to its executable processes.
 * @throws ModelRejected with every problem and its element id; what Zeebe 8.5 would refuse or ignore is refused.
 */
export async function compile(resource: string, xml: string): Promise<readonly Graph[]> {
  const problems: Refusal[] = [...guardText(xml)];
  const fail = (): never => {
    throw new ModelRejected(resource, problems);
  };
  if (problems.length > 0) fail();
  const parsed = await new BpmnModdle({ zeebe }).fromXML(xml).catch((error: unknown) => {
    problems.push({ element: '', message: error instanceof Error ? error.message : String(error) });
    return fail();
  });
  for (const warning of parsed.warnings)
    problems.push({ element: warning.element ? text(warning.element, 'id') : '', message: warning.message.replaceAll(/\s+/g, ' ') });
  problems.push(...guardModel(parsed.rootElement));
  if (problems.length > 0) fail();
  const roots = children(parsed.rootElement, 'rootElements');
  const processes = roots.filter((root) => root.$type === 'bpmn:Process' && root['isExecutable'] === true);
  const refuse = (element: string, message: string): void => {
    problems.push({ element, message });
  };
  if (processes.length === 0) refuse(text(parsed.rootElement, 'id'), 'Must have at least one executable process');
  for (const root of roots)
    if (root.$type === 'bpmn:Collaboration' && children(root, 'messageFlows').length > 0)
      refuse(text(root, 'id'), 'Message flows are not supported');
  const graphs = processes.map((process) => compileProcess(process, hashOf(xml), refuse));
  if (problems.length > 0) fail();
  return graphs;
}

/** A graph as a row keeps it, and back. */
export const graphToJson = (graph: Graph): string => JSON.stringify({ ...graph, elements: [...graph.elements.values()] });
export function graphFromJson(json: string): Graph {
  const row: Omit<Graph, 'elements'> & { elements: GraphElement[] } = JSON.parse(json);
  return { ...row, elements: new Map(row.elements.map((element) => [element.id, element])) };
}
