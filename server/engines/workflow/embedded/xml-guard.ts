import type { ModdleElement } from 'bpmn-moddle';

export interface Refusal {
  readonly element: string;
  readonly message: string;
}

const MAX_BYTES = 2 * 1024 * 1024;
const MAX_ELEMENTS = 2000;
const MAX_DEPTH = 64;
const ZEEBE_EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  'zeebe:TaskDefinition': ['serviceTask', 'sendTask', 'businessRuleTask', 'scriptTask', 'endEvent', 'intermediateThrowEvent'],
  'zeebe:TaskHeaders': ['serviceTask', 'sendTask', 'businessRuleTask', 'scriptTask', 'userTask', 'endEvent', 'intermediateThrowEvent'],
  'zeebe:IoMapping': [
    'serviceTask',
    'sendTask',
    'businessRuleTask',
    'scriptTask',
    'userTask',
    'receiveTask',
    'subProcess',
    'startEvent',
    'endEvent',
    'boundaryEvent',
    'intermediateCatchEvent',
    'intermediateThrowEvent',
  ],
  'zeebe:AssignmentDefinition': ['userTask'],
  'zeebe:FormDefinition': ['userTask', 'startEvent'],
  'zeebe:TaskSchedule': ['userTask'],
  'zeebe:Script': ['scriptTask'],
  'zeebe:Subscription': ['message'],
  'zeebe:VersionTag': ['process'],
};

/** Where a tag that begins at `from` ends; -1 if it does not. Attributes may hold `>` in quotes; a `<` outside is no tag. */
function tagEnd(xml: string, from: number): number {
  let quote = '';
  for (let at = from + 1; at < xml.length; at += 1) {
    const character = xml.charAt(at);
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return at;
    else if (character === '<') return -1;
  }
  return -1;
}

/** Checks that need no parser, so that hostile text never reaches one (security.md 2.4); one pass over the text. */
export function guardText(xml: string): Refusal[] {
  const refuse = (message: string): Refusal[] => [{ element: '', message }];
  if (Buffer.byteLength(xml) > MAX_BYTES) return refuse(`The resource is larger than ${MAX_BYTES} bytes`);
  if (/<!DOCTYPE|<!ENTITY/i.test(xml)) return refuse('A document type declaration is not allowed');
  let depth = 0;
  let elements = 0;
  for (let at = xml.indexOf('<'); at >= 0; at = xml.indexOf('<', at)) {
    const skipped = [
      ['<!--', '-->'],
      ['<![CDATA[', ']]>'],
      ['<?', '?>'],
    ].find(([open]) => xml.startsWith(open ?? '', at));
    const end = skipped ? xml.indexOf(skipped[1] ?? '', at) : tagEnd(xml, at);
    if (end < 0) return refuse(`The XML is not well-formed at character ${at}`);
    if (!skipped) {
      const closing = xml.charAt(at + 1) === '/';
      if (closing) depth -= 1;
      else {
        elements += 1;
        if (xml.charAt(end - 1) !== '/') depth += 1;
      }
      if (depth > MAX_DEPTH) return refuse(`Elements are nested deeper than ${MAX_DEPTH}`);
      // Shapes, edges and texts count too: one model element has about ten tags.
      if (elements > MAX_ELEMENTS * 20) return refuse(`More than ${MAX_ELEMENTS} elements`);
    }
    at = end + 1;
  }
  return [];
}

const isElement = (value: unknown): value is ModdleElement => typeof value === 'object' && value !== null && '$type' in value;
const idOf = (element: ModdleElement | undefined): string => {
  for (let at = element; at; at = at.$parent) if (typeof at['id'] === 'string') return at['id'];
  return '';
};
const kind = (element: ModdleElement): string => {
  const name = element.$type.slice(element.$type.indexOf(':') + 1);
  return name.charAt(0).toLowerCase() + name.slice(1);
};

function* contained(element: ModdleElement): Generator<ModdleElement> {
  for (const property of Object.keys(element)) {
    const value = element[property];
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isElement(child) && child.$parent === element) yield child;
    }
  }
}

/** Every element once, containment only. */
function* walk(root: ModdleElement): Generator<ModdleElement> {
  const stack = [root];
  for (let next = stack.pop(); next; next = stack.pop()) {
    yield next;
    stack.push(...contained(next));
  }
}

/** Duplicate ids, too many elements, extension elements that nothing here reads. */
export function guardModel(root: ModdleElement): Refusal[] {
  const refusals: Refusal[] = [];
  const ids = new Set<string>();
  let count = 0;
  for (const element of walk(root)) {
    const id = element['id'];
    const diagram = /^(bpmndi|di|dc):/.test(element.$type);
    if (element.$type.startsWith('bpmn:')) count += 1;
    if (typeof id === 'string' && !diagram) {
      if (ids.has(id)) refusals.push({ element: id, message: `The id '${id}' is used more than once` });
      ids.add(id);
    }
    if (element.$type !== 'bpmn:ExtensionElements') continue;
    const values: unknown = element['values'];
    for (const value of Array.isArray(values) ? values : []) {
      if (!isElement(value)) continue;
      const allowed = Object.hasOwn(ZEEBE_EXTENSIONS, value.$type) ? ZEEBE_EXTENSIONS[value.$type] : undefined;
      const parent = element.$parent;
      if (!allowed) refusals.push({ element: idOf(element), message: `Unknown extension element '${value.$type}'` });
      else if (parent && !allowed.includes(kind(parent)))
        refusals.push({ element: idOf(element), message: `The extension element '${value.$type}' is not supported on '${kind(parent)}'` });
    }
  }
  if (count > MAX_ELEMENTS) refusals.push({ element: '', message: `More than ${MAX_ELEMENTS} elements` });
  return refusals;
}
