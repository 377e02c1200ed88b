import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { contract as flows } from '#contract/flows';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { Panel } from '../../ui/panel.tsx';
import { Load } from '../../ui/states.tsx';

/** Nodes that read or write the tags of an asset: one click to their place in the flow. */
export function FlowLinks({ asset, tag }: { readonly asset?: string; readonly tag?: string }): JSX.Element {
  const { t } = useT();
  const query = useQuery({ queryKey: ['flows'], queryFn: ({ signal }) => call(flows.listFlows, { signal }), staleTime: 30_000 });
  const mine = (id: string): boolean =>
    tag === undefined ? asset !== undefined && (id === asset || id.startsWith(`${asset}.`)) : id === tag;
  return (
    <Panel title={t('flow.here')} testId="flow-links">
      <Load query={query} lines={2}>
        {(data) => {
          const nodes = data.items.flatMap((flow) =>
            flow.nodes.filter((node) => node.reads.some(mine) || node.writes.some(mine)).map((node) => ({ flow, node })),
          );
          if (nodes.length === 0) return <p className="pad mid">{t('flow.noneHere')}</p>;
          return nodes.slice(0, 12).map(({ flow, node }) => (
            <Link key={node.id} to="/flow" search={{ node: node.id }} className="list-item" data-testid={`flow-node-${node.id}`}>
              <span className="row">
                <b className="grow ellipsis">{node.name || node.type}</b>
                <span className="chip">{t(node.writes.some(mine) ? 'flow.writes' : 'flow.reads')}</span>
              </span>
              <span className="mid">
                {flow.label} · {node.type}
              </span>
            </Link>
          ));
        }}
      </Load>
    </Panel>
  );
}
