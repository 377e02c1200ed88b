import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { contract as workflows } from '#contract/workflows';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { formatClock, formatDateTime } from '../../ui/format.ts';
import { useNow } from '../../ui/now.ts';
import { PageHead, Segmented } from '../../ui/panel.tsx';
import { Empty, Load } from '../../ui/states.tsx';

const route = getRouteApi('/workflows');
export const STATE_CHIP = { active: 'chip-active', incident: 'chip-bad', completed: 'chip-live', terminated: '' } as const;

/** Process instances, newest first, and the deployed definitions. */
export function WorkflowsPage(): JSX.Element {
  const { t } = useT();
  const { tab, filter } = route.useSearch();
  const navigate = route.useNavigate();
  const state = /state:eq:(\w+)/.exec(filter ?? '')?.[1] ?? '';
  return (
    <div className="page">
      <PageHead title={t('nav.workflows')}>
        <Segmented
          label={t('workflows.view')}
          value={tab ?? 'instances'}
          onChange={(value) => void navigate({ search: value === 'processes' ? { tab: value } : {} })}
          options={[
            { value: 'instances', label: t('workflows.instances') },
            { value: 'processes', label: t('workflows.processes') },
          ]}
        />
        {tab === 'processes' ? null : (
          <Segmented
            label={t('workflows.state')}
            value={state}
            onChange={(value) => void navigate({ search: value === '' ? {} : { filter: `state:eq:${value}` } })}
            options={['', 'active', 'incident', 'completed'].map((value) => ({
              value,
              label:
                value === ''
                  ? t('alarms.all')
                  : t(
                      value === 'active'
                        ? 'instanceState.active'
                        : value === 'incident'
                          ? 'instanceState.incident'
                          : 'instanceState.completed',
                    ),
            }))}
          />
        )}
        {filter !== undefined && state === '' ? (
          <span className="chip">
            {filter}
            <Link to="/workflows" search={{}} aria-label={t('action.clear')}>
              ×
            </Link>
          </span>
        ) : null}
      </PageHead>
      <section className="panel grow" aria-label={t('nav.workflows')}>
        <div className="panel-body">{tab === 'processes' ? <Processes /> : <Instances filter={filter} />}</div>
      </section>
    </div>
  );
}

function Instances({ filter }: { readonly filter: string | undefined }): JSX.Element {
  const { t, pick } = useT();
  const now = useNow();
  const navigate = route.useNavigate();
  const query = useQuery({
    queryKey: ['instances', filter ?? ''],
    queryFn: async ({ signal }) =>
      (await call(workflows.instances, { query: { limit: 200, ...(filter === undefined ? {} : { filter }) }, signal })).items,
    refetchInterval: 5000,
  });
  return (
    <Load query={query} lines={8}>
      {(items) =>
        items.length === 0 ? (
          <Empty icon="workflow" title={t('workflows.none')} hint={t('workflows.noneHint')} />
        ) : (
          <table className="table">
            <thead>
              <tr>
                <th>{t('workflows.process')}</th>
                <th>{t('tasks.where')}</th>
                <th>{t('workflows.state')}</th>
                <th>{t('workflows.at')}</th>
                <th>{t('workflows.started')}</th>
                <th className="right">{t('workflows.runs')}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr
                  key={item.key}
                  className="click"
                  onClick={() => void navigate({ to: '/workflows/$key', params: { key: item.key } })}
                  data-testid={`instance-${item.key}`}
                >
                  <td>
                    <Link to="/workflows/$key" params={{ key: item.key }}>
                      <b>{pick(item.processLabel)}</b>
                    </Link>
                    <br />
                    <span className="code">
                      {item.key} · v{item.version}
                      {item.businessKey === undefined ? '' : ` · ${item.businessKey}`}
                    </span>
                  </td>
                  <td>{item.where ? pick(item.where.label) : '—'}</td>
                  <td>
                    <span className={`chip ${STATE_CHIP[item.state]}`}>{t(`instanceState.${item.state}`)}</span>
                  </td>
                  <td className="mid">{item.activeElements.map((element) => pick(element.label)).join(' · ') || '—'}</td>
                  <td className="num">{formatDateTime(Date.parse(item.startedAt))}</td>
                  <td className="num right">
                    {formatClock((item.endedAt === undefined ? now : Date.parse(item.endedAt)) - Date.parse(item.startedAt))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )
      }
    </Load>
  );
}

function Processes(): JSX.Element {
  const { t, pick } = useT();
  const query = useQuery({ queryKey: ['processes'], queryFn: async ({ signal }) => (await call(workflows.processes, { signal })).items });
  return (
    <Load query={query}>
      {(items) =>
        items.length === 0 ? (
          <Empty icon="workflow" title={t('workflows.noProcess')} />
        ) : (
          <table className="table">
            <thead>
              <tr>
                <th>{t('workflows.process')}</th>
                <th className="right">{t('workflows.version')}</th>
                <th>{t('workflows.hash')}</th>
                <th className="right">{t('workflows.running')}</th>
                <th className="right">{t('workflows.incidents')}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={item.id}>
                  <td>
                    <Link to="/processes/$id" params={{ id: item.id }}>
                      <b>{pick(item.label)}</b>
                    </Link>
                    <br />
                    <span className="code">{item.id}</span>
                  </td>
                  <td className="num right">v{item.version}</td>
                  <td className="hash">{item.hash.slice(0, 12)}</td>
                  <td className="num right">{item.active}</td>
                  <td className="num right">{item.incidents > 0 ? <b>{item.incidents}</b> : 0}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )
      }
    </Load>
  );
}
