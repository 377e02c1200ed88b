import { defineArtefactKind } from '../define-kind.ts';
import type { ArtefactKind } from '../define-kind.ts';
import { fault, plainObject } from './checks.ts';
import type { KindChecks } from './checks.ts';

type FlowNodes = readonly Readonly<Record<string, unknown>>[];

/** The nodes of a tab: with ids and types, each id once, and never with credentials (they stay encrypted beside the flows). */
function parseFlow(content: unknown, id: string): FlowNodes {
  if (!Array.isArray(content)) throw fault(id, '$', 'a flow is a list of nodes');
  const seen = new Set<string>();
  return content.map((node: unknown, index) => {
    const fields = plainObject(node, id, `[${index}]`);
    const { id: nodeId, type } = fields;
    if (typeof nodeId !== 'string' || nodeId === '') throw fault(id, `[${index}].id`, 'a node needs an id');
    if (typeof type !== 'string' || type === '') throw fault(id, `[${index}].type`, 'a node needs a type');
    if (seen.has(nodeId)) throw fault(id, `[${index}].id`, `the id ${nodeId} stands twice`);
    if ('credentials' in fields) throw fault(id, `[${index}].credentials`, 'a flow holds no credentials');
    seen.add(nodeId);
    return fields;
  });
}

/** 编排: one tab of the flow runtime. It writes to devices, so its risk is high. */
export const flowKind = (checks: KindChecks = {}): ArtefactKind =>
  defineArtefactKind({
    kind: 'flow',
    label: { zh: '编排', en: 'Flow' },
    parse: parseFlow,
    validate: async (nodes, id, world) => [
      ...ofOtherTabs(nodes, id, world.list('flow')),
      ...((await checks.check?.(nodes, id, world)) ?? []),
    ],
    risk: () => 'high',
  });

/** Node ids are unique over all tabs: the runtime has one namespace. */
function ofOtherTabs(
  nodes: FlowNodes,
  id: string,
  flows: readonly { readonly id: string; readonly content: unknown }[],
): ReturnType<typeof fault>[] {
  const owner = new Map<unknown, string>();
  for (const flow of flows) {
    if (flow.id === id || !Array.isArray(flow.content)) continue;
    for (const node of flow.content) owner.set(plainObject(node, flow.id)['id'], flow.id);
  }
  return nodes.flatMap((node, index) => {
    const other = owner.get(node['id']);
    return other === undefined ? [] : [fault(id, `[${index}].id`, `the id ${String(node['id'])} is used in the flow ${other} too`)];
  });
}
