import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract as audit, type AuditView } from '#contract/audit';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { PageHead } from '../../ui/panel.tsx';
import { Empty, Load, useProblemText } from '../../ui/states.tsx';

const route = getRouteApi('/system/audit');

/** The hash-chained log, newest first; one button checks the whole chain. */
export function AuditPage(): JSX.Element {
  const { t } = useT();
  const problemText = useProblemText();
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const [open, setOpen] = useState<AuditView>();
  const query = useInfiniteQuery({
    queryKey: ['audit', q ?? ''],
    queryFn: ({ signal, pageParam }) =>
      call(audit.list, {
        query: { limit: 100, ...(q === undefined ? {} : { filter: q }), ...(pageParam === '' ? {} : { after: pageParam }) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const verify = useMutation({ mutationFn: () => call(audit.verify, {}) });
  return (
    <div className="page">
      <PageHead
        title={t('nav.audit')}
        right={
          <button
            type="button"
            className="btn btn-primary"
            disabled={verify.isPending}
            onClick={() => verify.mutate()}
            data-testid="verify"
          >
            {t(verify.isPending ? 'audit.verifying' : 'audit.verify')}
          </button>
        }
      >
        <input
          className="input"
          style={{ width: 340 }}
          type="search"
          placeholder="actor:eq:…;event:in:command,session"
          aria-label={t('audit.filter')}
          defaultValue={q ?? ''}
          onKeyDown={(event) => {
            if (event.key === 'Enter')
              void navigate({ search: { q: event.currentTarget.value === '' ? undefined : event.currentTarget.value } });
          }}
        />
        {verify.data ? (
          <span className={`chip ${verify.data.ok ? 'chip-live' : 'chip-bad'}`} role="status" data-testid="verify-result">
            {verify.data.ok
              ? t('audit.ok', { n: verify.data.entries })
              : t('audit.broken', { seq: verify.data.firstBad?.seq ?? 0, why: verify.data.firstBad?.why ?? '' })}
          </span>
        ) : null}
        {verify.error ? <span className="err">{problemText(verify.error)}</span> : null}
      </PageHead>
      <section className="panel grow" aria-label={t('nav.audit')}>
        <div className="panel-body">
          <Load query={query} lines={12}>
            {(data) => {
              const items = data.pages.flatMap((page) => page.items);
              if (items.length === 0) return <Empty icon="audit" title={t('audit.none')} />;
              return (
                <>
                  <table className="table">
                    <thead>
                      <tr>
                        <th className="right">#</th>
                        <th>{t('alarms.time')}</th>
                        <th>{t('audit.who')}</th>
                        <th>{t('audit.event')}</th>
                        <th>{t('audit.object')}</th>
                        <th>{t('audit.action')}</th>
                        <th>{t('audit.result')}</th>
                        <th>{t('alarm.reason')}</th>
                      </tr>
                    </thead>
                    <tbody>
                      {items.map((entry) => (
                        <tr key={entry.seq} className="click" onClick={() => setOpen(entry)}>
                          <td className="num right">
                            <button
                              type="button"
                              className="btn btn-link"
                              style={{ padding: 0, minHeight: 0 }}
                              onClick={() => setOpen(entry)}
                            >
                              {entry.seq}
                            </button>
                          </td>
                          <td className="num">{formatDateTime(Date.parse(entry.at))}</td>
                          <td>
                            {entry.actorName} <span className="code">{entry.actor}</span>
                          </td>
                          <td>{entry.event}</td>
                          <td className="code">{entry.object}</td>
                          <td>{entry.action}</td>
                          <td>
                            <span className={`chip ${entry.result === 'done' ? '' : 'chip-bad'}`}>{t(`auditResult.${entry.result}`)}</span>
                          </td>
                          <td className="mid">{entry.reason ?? ''}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                  {query.hasNextPage ? (
                    <p className="pad">
                      <button type="button" className="btn" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                        {t('action.more')}
                      </button>
                    </p>
                  ) : null}
                </>
              );
            }}
          </Load>
        </div>
      </section>
      {open ? (
        <Dialog title={`#${open.seq} · ${open.event} · ${open.action}`} onClose={() => setOpen(undefined)} wide>
          <pre className="hash" style={{ whiteSpace: 'pre-wrap' }}>
            {JSON.stringify(open, null, 2)}
          </pre>
        </Dialog>
      ) : null}
    </div>
  );
}
