import Type, { type Static, type TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { Problem } from '#domain/errors.ts';
import { type PaletteNode, readConfig } from './define.ts';
import { type Access, fieldOf } from './fields.ts';

/** One node as Node-RED stores it: its own properties and the configuration side by side. */
export const FlowNode = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 80, pattern: '^[A-Za-z0-9._-]+$' }),
  type: Type.String({ minLength: 1, maxLength: 80 }),
  z: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  label: Type.Optional(Type.String()),
  disabled: Type.Optional(Type.Boolean()),
  d: Type.Optional(Type.Boolean()),
});
export type FlowNode = Static<typeof FlowNode>;
const FlowNodes = Type.Array(FlowNode, { maxItems: 20_000 });

export interface FlowFault {
  /** 403 = a type that must not run here, 422 = a broken configuration. */
  readonly status: 403 | 422;
  readonly code: 'FLOW_TYPE_REFUSED' | 'FLOW_INVALID' | 'NODE_CONFIG' | 'TAG_UNKNOWN';
  readonly node: string;
  readonly detail: string;
}

export interface FlowRules {
  readonly palette: readonly PaletteNode[];
  readonly coreTypes: readonly string[];
  readonly knownTag: (tag: string) => boolean;
}

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
/** Typed inputs that would be evaluated as code or read the environment. */
const FORBIDDEN_INPUTS = new Set(['jsonata', 'env']);
const TYPED_INPUT_KEYS = new Set(['vt', 'payloadType', 'targetType', 'statusType', 'type']);

/** Path of the first key or typed input that must not be in a flow, or undefined. Depth is bounded: deeper is refused. */
function forbidden(value: unknown, path: string, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > 16) return `${path}: nested too deep`;
  for (const key of Object.getOwnPropertyNames(value)) {
    const child: unknown = Reflect.get(value, key);
    if (FORBIDDEN_KEYS.has(key)) return `${path}/${key}`;
    if (depth > 0 && TYPED_INPUT_KEYS.has(key) && typeof child === 'string' && FORBIDDEN_INPUTS.has(child))
      return `${path}/${key}: ${child} expressions are not allowed`;
    const found = forbidden(child, `${path}/${key}`, depth + 1);
    if (found) return found;
  }
  return undefined;
}

/** Tags that a configuration names, with what the node does with them. */
export function tagsOf(schema: TSchema, config: unknown): { readonly tag: string; readonly access: Access }[] {
  const meta = fieldOf(schema);
  if (meta?.kind === 'tag') return typeof config === 'string' && config !== '' && meta.access ? [{ tag: config, access: meta.access }] : [];
  if (Type.IsArray(schema) && Array.isArray(config)) return config.flatMap((item: unknown) => tagsOf(schema.items, item));
  if (!Type.IsObject(schema) || typeof config !== 'object' || config === null) return [];
  return Object.entries(schema.properties).flatMap(([key, property]) => tagsOf(property, Reflect.get(config, key)));
}

function checkNode(node: FlowNode, raw: unknown, rules: FlowRules): FlowFault[] {
  const fault = (status: 403 | 422, code: FlowFault['code'], detail: string): FlowFault[] => [{ status, code, node: node.id, detail }];
  const bad = forbidden(raw, '', 0);
  if (bad) return fault(403, 'FLOW_TYPE_REFUSED', bad);
  const definition = rules.palette.find((entry) => entry.type === node.type);
  if (!definition)
    return rules.coreTypes.includes(node.type) ? [] : fault(403, 'FLOW_TYPE_REFUSED', `type ${node.type} is not in the palette`);
  // Node-RED takes any property that equals the id of a config node for a reference to it, and then stops the whole tab.
  if (definition.kind === 'config' && Object.entries(node).some(([key, value]) => key !== 'id' && value === node.id)) {
    return fault(422, 'NODE_CONFIG', `${node.type}: no property may equal the id ${node.id}`);
  }
  try {
    const config = readConfig(definition.type, definition.config, raw);
    const unknown = tagsOf(definition.config, config).filter(({ tag }) => !rules.knownTag(tag));
    return unknown.flatMap(({ tag }) => fault(422, 'TAG_UNKNOWN', `${node.type}: unknown tag ${tag}`));
  } catch (error) {
    return fault(422, 'NODE_CONFIG', error instanceof Error ? error.message : String(error));
  }
}

/** References to config nodes must hit one of the right type, and a tag has one owner. */
function checkReferences(nodes: readonly FlowNode[], raws: readonly unknown[], rules: FlowRules): FlowFault[] {
  const typeOf = new Map(nodes.map((node) => [node.id, node.type]));
  const owners = new Map<string, string>();
  return nodes.flatMap((node, i): FlowFault[] => {
    const definition = rules.palette.find((entry) => entry.type === node.type);
    if (!definition) return [];
    const faults: FlowFault[] = [];
    for (const [key, property] of Object.entries(definition.config.properties)) {
      const wanted = fieldOf(property)?.config;
      const raw = raws[i];
      const id: unknown = typeof raw === 'object' && raw !== null ? Reflect.get(raw, key) : undefined;
      if (wanted && (typeof id !== 'string' || typeOf.get(id) !== wanted))
        faults.push({ status: 422, code: 'NODE_CONFIG', node: node.id, detail: `${node.type}/${key}: no ${wanted} with id ${String(id)}` });
    }
    if (node.d === true || !node.type.endsWith('-write')) return faults;
    for (const { tag } of tagsOf(definition.config, raws[i])) {
      const other = owners.get(tag);
      if (other) faults.push({ status: 422, code: 'NODE_CONFIG', node: node.id, detail: `${tag} is already owned by ${other}` });
      owners.set(tag, node.id);
    }
    return faults;
  });
}

/** Every fault of a set of flows, refused types first. An empty list = may run. */
export function checkFlows(flows: unknown, rules: FlowRules): FlowFault[] {
  if (!Array.isArray(flows) || !Check(FlowNodes, flows))
    return [{ status: 422, code: 'FLOW_INVALID', node: '', detail: 'not a list of nodes with id and type' }];
  const raws: readonly unknown[] = flows;
  const ids = new Set<string>();
  const faults = flows.flatMap((node, i): FlowFault[] => {
    if (ids.has(node.id)) return [{ status: 422, code: 'FLOW_INVALID', node: node.id, detail: `id ${node.id} is used twice` }];
    ids.add(node.id);
    return checkNode(node, raws[i], rules);
  });
  return [...faults, ...checkReferences(flows, raws, rules)].toSorted((a, b) => a.status - b.status);
}

/** Flow nodes of a stored content. @throws Problem FLOW_INVALID */
export function parseFlows(flows: unknown): readonly FlowNode[] {
  if (Check(FlowNodes, flows)) return flows;
  throw new Problem('FLOW_INVALID', 422, 'not a list of nodes with id and type');
}

/** Artefact of nodes that belong to no tab: config nodes for all of them. */
const GLOBAL_FLOW = 'global';

/** Splits what Node-RED stores into one list a tab (`flow/<tab id>`), order kept. */
export function splitFlows(nodes: readonly FlowNode[]): Map<string, FlowNode[]> {
  const tabs = new Set(nodes.filter((node) => node.type === 'tab').map((node) => node.id));
  const parts = new Map<string, FlowNode[]>();
  for (const node of nodes) {
    const key = node.type === 'tab' ? node.id : node.z !== undefined && tabs.has(node.z) ? node.z : GLOBAL_FLOW;
    parts.set(key, [...(parts.get(key) ?? []), node]);
  }
  return parts;
}

/** The inverse: tabs in the order of their ids. */
export const joinFlows = (parts: ReadonlyMap<string, readonly FlowNode[]>): FlowNode[] =>
  [...parts].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, nodes]) => nodes);

/** What a stored node does with tags: for the way from a tag to its nodes. */
export const nodeTags =
  (palette: readonly PaletteNode[]) =>
  (node: FlowNode): readonly { readonly tag: string; readonly access: Access }[] => {
    const definition = palette.find((entry) => entry.type === node.type);
    return definition && node.d !== true ? tagsOf(definition.config, node) : [];
  };
