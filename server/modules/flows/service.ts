import type { Static } from 'typebox';
import Type from 'typebox';
import { Check } from 'typebox/value';
import type { Flow, TagNode } from './contract.ts';

export type NodeTags = (node: FlowNode) => readonly { readonly tag: string; readonly access: 'source' | 'reads' | 'writes' }[];
type FlowView = Static<typeof Flow>;

const FlowNode = Type.Object({
  id: Type.String(),
  type: Type.String(),
  name: Type.Optional(Type.String()),
  label: Type.Optional(Type.String()),
  disabled: Type.Optional(Type.Boolean()),
  d: Type.Optional(Type.Boolean()),
  z: Type.Optional(Type.String()),
});
type FlowNode = Static<typeof FlowNode>;
const Content = Type.Array(FlowNode);

/** Config nodes have no place on the canvas: their link opens the tab. */
const linkOf = (node: FlowNode, tab: string): string => ('wires' in node ? `#node/${node.id}` : `#flow/${tab}`);

/** Deployed tabs with their nodes; an empty content is a deleted tab and is left out. */
export function flowViews(
  deployed: readonly { readonly id: string; readonly hash: string; readonly content: unknown }[],
  nodeTags: NodeTags,
): FlowView[] {
  return deployed.flatMap(({ id, hash, content }): FlowView[] => {
    if (!Check(Content, content) || content.length === 0) return [];
    const tab = content.find((node) => node.type === 'tab');
    const nodes = content
      .filter((node) => node.type !== 'tab')
      .map((node) => {
        const tags = nodeTags(node);
        const of = (access: 'source' | 'reads' | 'writes'): string[] => tags.filter((use) => use.access === access).map((use) => use.tag);
        return {
          id: node.id,
          type: node.type,
          name: node.name ?? '',
          sources: of('source'),
          reads: of('reads'),
          writes: of('writes'),
          link: linkOf(node, id),
        };
      });
    return [{ id, hash, label: tab?.label ?? id, disabled: tab?.disabled ?? false, link: `#flow/${id}`, nodes }];
  });
}

const ORDER = { writes: 0, source: 1, reads: 2 } as const;

/** Every node that has to do with a tag: writers first, then the source, then readers. Telemetry comes by topic and names no tag. */
export function nodesOfTag(flows: readonly FlowView[], tag: string): Static<typeof TagNode>[] {
  return flows
    .flatMap((flow) =>
      flow.nodes.flatMap((node) =>
        (['writes', 'source', 'reads'] as const).flatMap((access) => {
          const tags = { writes: node.writes, source: node.sources, reads: node.reads }[access];
          return tags.includes(tag)
            ? [{ tag, flow: flow.id, flowLabel: flow.label, node: node.id, type: node.type, name: node.name, access, link: node.link }]
            : [];
        }),
      ),
    )
    .toSorted((a, b) => ORDER[a.access] - ORDER[b.access]);
}
