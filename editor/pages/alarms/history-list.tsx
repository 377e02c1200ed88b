import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import alarms from '#contract/alarms';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { priorityOf } from '../../ui/alarms.ts';
import { formatClock, formatDateTime, formatNumber, formatTime, formatUnit } from '../../ui/format.ts';
import { aroundSearch } from '../../ui/guidance.tsx';
import { Mark } from '../../ui/mark.tsx';
import { Empty, Load } from '../../ui/states.tsx';
import { useAssetLabel } from '../../ui/tags.ts';

/** One line an occurrence, newest first. */
export function HistoryList({ priority, text }: { readonly priority: string | undefined; readonly text: string | undefined }): JSX.Element {
  const { t, pick } = useT();
  const labelOf = useAssetLabel();
  const filter = priority === undefined ? undefined : `priority:eq:${priority}`;
  const query = useInfiniteQuery({
    queryKey: ['alarms', 'occurrences', filter ?? ''],
    queryFn: ({ signal, pageParam }) =>
      call(alarms.occurrences, {
        query: { limit: 100, ...(filter === undefined ? {} : { filter }), ...(pageParam === '' ? {} : { after: pageParam }) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const words = (text ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return (
    <Load query={query} lines={10}>
      {(data) => {
        const items = data.pages
          .flatMap((page) => page.items)
          .filter((item) => words.every((word) => `${item.alarm} ${item.label.zh} ${item.label.en}`.toLowerCase().includes(word)));
        if (items.length === 0) return <Empty icon="alarm" title={t('alarms.noHistory')} hint={t('alarms.noHistoryHint')} />;
        return (
          <>
            <table className="table">
              <thead>
                <tr>
                  <th aria-label={t('alarms.priority')} />
                  <th>{t('alarms.time')}</th>
                  <th>{t('alarms.what')}</th>
                  <th className="right">{t('alarms.value')}</th>
                  <th>{t('alarms.acked')}</th>
                  <th className="right">{t('alarms.lasted')}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((item) => {
                  const raised = Date.parse(item.raisedAt);
                  const tag = item.alarm.replace(/\.(hh|h|l|ll)$/, '');
                  return (
                    <tr key={`${item.alarm}#${item.occurrence}`}>
                      <td>
                        <Mark priority={priorityOf(item.priority)} hollow={item.returnedAt !== undefined} />
                      </td>
                      <td className="num">{formatDateTime(raised)}</td>
                      <td>
                        <Link to="/trends" search={aroundSearch(tag, raised)} style={{ color: 'inherit' }}>
                          {pick(labelOf(item.asset))} · {pick(item.label)}
                        </Link>
                        <br />
                        <span className="code">
                          {item.alarm} #{item.occurrence}
                        </span>
                      </td>
                      <td className="num right">
                        {typeof item.value === 'number' ? `${formatNumber(item.value, 2)} ${formatUnit(item.unit ?? '')}` : '—'}
                      </td>
                      <td>
                        {item.acknowledgedAt === undefined
                          ? '—'
                          : `${formatTime(Date.parse(item.acknowledgedAt))} ${item.acknowledgedBy?.name ?? ''}`}
                      </td>
                      <td className="num right">
                        {item.returnedAt === undefined ? t('alarms.still') : formatClock(Date.parse(item.returnedAt) - raised)}
                      </td>
                    </tr>
                  );
                })}
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
  );
}
