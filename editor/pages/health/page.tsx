import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { Static } from 'typebox';
import { contract as changes } from '#contract/changes';
import { contract as flows } from '#contract/flows';
import health from '#contract/health';
import { ApiProblem, call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { formatAge, formatDateTime } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { useNow } from '../../ui/now.ts';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { Load } from '../../ui/states.tsx';
import { HistoryStore } from './history-store.tsx';
import './health.css';

/** Is everything there, and does what runs agree with what is deployed. */
export function HealthPage(): JSX.Element {
  const { t } = useT();
  const { can } = useSession();
  return (
    <div className="page">
      <PageHead
        title={t('nav.health')}
        right={
          <a className="btn" href="/api/openapi.json" target="_blank" rel="noreferrer" data-testid="openapi">
            <Icon name="api" size={15} /> OpenAPI 3.1
          </a>
        }
      />
      <div className="health">
        <Ready />
        <Runtimes />
        {can('health.read') ? <HistoryStore /> : null}
        {can('live.read') ? <Deployments /> : null}
      </div>
    </div>
  );
}

function Ready(): JSX.Element {
  const { t } = useT();
  const { can } = useSession();
  const system = useQuery({
    queryKey: ['system'],
    queryFn: ({ signal }) => call(health.system, { signal }),
    refetchInterval: 30_000,
    enabled: can('health.read'),
  });
  const query = useQuery({
    queryKey: ['ready'],
    queryFn: ({ signal }) => call(health.ready, { signal }),
    refetchInterval: 5000,
    // Not ready is 503 with no body for us: the error box says it.
    retry: (count, error) => count < 2 && !(error instanceof ApiProblem),
  });
  return (
    <Panel scrolls title={t('health.ready')} sub={query.data ? t(query.data.ready ? 'health.yes' : 'health.no') : ''}>
      <Load query={query}>
        {(data) => (
          <table className="table">
            <tbody>
              {data.checks.map((check) => (
                <tr key={check.name}>
                  <td>
                    <b>{check.name}</b>
                  </td>
                  <td>
                    <span className={`chip ${check.ready ? 'chip-live' : 'chip-bad'}`}>{t(check.ready ? 'health.yes' : 'health.no')}</span>
                  </td>
                  <td className="mid">{check.reason ?? ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Load>
      {system.data ? <Kept store={system.data.store} backup={system.data.backup} /> : null}
    </Panel>
  );
}

/** Where the documents are, and how old the newest backup is. */
function Kept({ store, backup }: Static<NonNullable<(typeof health.system)['response']>>): JSX.Element {
  const { t } = useT();
  const at = backup?.lastAt ? formatDateTime(Date.parse(backup.lastAt)) : t('health.backupNone');
  return (
    <div className="mid h-store">
      <p>{t('health.store', { server: store })}</p>
      {backup ? <p>{t('health.backup', { at })}</p> : null}
      {backup?.failure ? <p className="err">{t('health.backupFailed', { why: backup.failure })}</p> : null}
    </div>
  );
}

function Runtimes(): JSX.Element {
  const { t } = useT();
  const now = useNow();
  const query = useQuery({
    queryKey: ['flows', 'runtime'],
    queryFn: async ({ signal }) => (await call(flows.runtimes, { signal })).items,
    refetchInterval: 5000,
  });
  return (
    <Panel scrolls title={t('health.runtimes')}>
      <Load query={query}>
        {(items) => (
          <table className="table">
            <thead>
              <tr>
                <th>{t('health.runtime')}</th>
                <th>{t('users.state')}</th>
                <th className="right">{t('health.lastSeen')}</th>
                <th className="right">{t('health.queued')}</th>
                <th className="right">{t('health.restarts')}</th>
                <th className="right">{t('health.deployment')}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((runtime) => (
                <tr key={runtime.runtime}>
                  <td>
                    <b>{runtime.runtime}</b>
                    <br />
                    <span className="mid">{runtime.detail}</span>
                  </td>
                  <td>
                    <span className={`chip ${runtime.online ? 'chip-live' : 'chip-bad'}`}>{t(`runtime.${runtime.state}`)}</span>
                  </td>
                  <td className="num right">{runtime.lastSeen === null ? '—' : formatAge(now - Date.parse(runtime.lastSeen))}</td>
                  <td className="num right">{runtime.queued ?? '—'}</td>
                  <td className="num right">{runtime.restarts}</td>
                  <td className="num right">
                    {runtime.deployment === runtime.deployed ? runtime.deployed : `${runtime.deployment} → ${runtime.deployed}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Load>
    </Panel>
  );
}

function Deployments(): JSX.Element {
  const { t } = useT();
  const query = useQuery({
    queryKey: ['deployments'],
    queryFn: ({ signal }) => call(changes.deployments, { query: { limit: 30 }, signal }),
  });
  const verify = useQuery({
    queryKey: ['deployments', 'verify'],
    queryFn: ({ signal }) => call(changes.verify, { signal }),
    refetchInterval: 15_000,
  });
  return (
    <Panel
      title={t('health.deployments')}
      className="h-deploy"
      sub={
        verify.data ? (
          <span className={`chip ${verify.data.agree ? 'chip-live' : 'chip-bad'}`}>
            {t(verify.data.agree ? 'health.agree' : 'health.disagree', { n: verify.data.n })}
          </span>
        ) : (
          ''
        )
      }
      actions={
        <Link className="btn btn-link" to="/flow">
          {t('nav.flow')}
        </Link>
      }
    >
      <Load query={query}>
        {(data) => (
          <table className="table">
            <thead>
              <tr>
                <th className="right">n</th>
                <th>{t('alarms.time')}</th>
                <th>{t('health.what')}</th>
                <th>{t('audit.who')}</th>
                <th>{t('users.state')}</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((item) => (
                <tr key={item.n}>
                  <td className="num right strong">{item.n}</td>
                  <td className="num">{formatDateTime(Date.parse(item.at))}</td>
                  <td>
                    {item.message}
                    <br />
                    <span className="code">
                      {item.changed
                        .slice(0, 4)
                        .map((change) => change.artefact)
                        .join(' · ')}
                      {item.changed.length > 4 ? ` … ${item.changed.length}` : ''}
                    </span>
                  </td>
                  <td>{item.approver === undefined ? item.author : `${item.author} + ${item.approver}`}</td>
                  <td>
                    <span className={`chip ${item.state === 'live' ? 'chip-live' : item.state === 'failed' ? 'chip-bad' : ''}`}>
                      {t(`deployState.${item.state}`)}
                    </span>
                    {item.failure === undefined ? null : <p className="err">{item.failure}</p>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Load>
    </Panel>
  );
}
