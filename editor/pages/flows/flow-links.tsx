import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { contract as flows } from '#contract/flows';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { Panel } from '../../ui/panel.tsx';
import { Load } from '../../ui/states.tsx';

interface Row {
  readonly node: string;
  readonly name: string;
  readonly type: string;
  readonly flow: string;
  readonly writes: boolean;
}

async function nodesOfTag(tag: string, signal: AbortSignal): Promise<Row[]> {
  const { items } = await call(flows.nodesOfTag, { query: { tag }, signal });
  return items.map((item) => ({
    node: item.node,
    name: item.name,
    type: item.type,
    flow: item.flowLabel,
    writes: item.access === 'writes',
  }));
}

async function nodesOfAsset(asset: string, signal: AbortSignal): Promise<Row[]> {
  const mine = (tag: string): boolean => tag === asset || tag.startsWith(`${asset}.`);
  const { items } = await call(flows.listFlows, { signal });
  return items.flatMap((flow) =>
    flow.nodes.flatMap((node) => {
      const writes = node.writes.some(mine);
      return writes || node.reads.some(mine) ? [{ node: node.id, name: node.name, type: node.type, flow: flow.label, writes }] : [];
    }),
  );
}

/** Nodes that read or write a tag, or the tags of an asset: one click to their place in the flow. */
export function FlowLinks({ of, id }: { readonly of: 'tag' | 'asset'; readonly id: string }): JSX.Element {
  const { t } = useT();
  const query = useQuery({
    queryKey: ['flows', of, id],
    queryFn: ({ signal }) => (of === 'tag' ? nodesOfTag(id, signal) : nodesOfAsset(id, signal)),
    staleTime: 30_000,
  });
  return (
    <Panel title={t('flow.here')} testId="flow-links">
      <Load query={query} lines={2}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="pad mid">{t('flow.noneHere')}</p>
          ) : (
            rows.slice(0, 12).map((row) => (
              <Link
                key={`${row.node} ${row.writes}`}
                to="/flow"
                search={{ node: row.node }}
                className="list-item"
                data-testid={`flow-node-${row.node}`}
              >
                <span className="row">
                  <b className="grow ellipsis">{row.name || row.type}</b>
                  <span className="chip">{t(row.writes ? 'flow.writes' : 'flow.reads')}</span>
                </span>
                <span className="mid">
                  {row.flow} · {row.type}
                </span>
              </Link>
            ))
          )
        }
      </Load>
    </Panel>
  );
}
