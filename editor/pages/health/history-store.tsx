import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import health from '#contract/health';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { formatDateTime, formatNumber } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { Load } from '../../ui/states.tsx';

const MIB = 1_048_576;
/** Size of a file in MiB, as the other tools of a server room say it. */
const size = (bytes: number): string => `${formatNumber(bytes / MIB, bytes < 100 * MIB ? 2 : 0)} MiB`;
/** Before the first day is compacted the file is mostly room that is kept free. */
const each = (bytes: number, samples: number): string => (samples === 0 ? '—' : formatNumber(bytes / samples, 3));

/** How much history there is, and how tightly it is packed, by file. */
export function HistoryStore(): JSX.Element {
  const { t } = useT();
  const query = useQuery({
    queryKey: ['history', 'statistics'],
    queryFn: ({ signal }) => call(health.history, { signal }),
    staleTime: 60_000,
  });
  const { data } = query;
  const sub = data
    ? t('historyStore.sub', {
        tags: formatNumber(data.tags, 0),
        samples: formatNumber(data.samples, 0),
        size: size(data.bytes),
        each: each(data.bytes, data.samples),
      })
    : '';
  return (
    <Panel scrolls title={t('historyStore.title')} sub={sub} className="h-history">
      <Load query={query}>
        {({ files, compactedAt }) => (
          <>
            <table className="table" data-testid="history-store">
              <thead>
                <tr>
                  <th>{t('historyStore.kind')}</th>
                  <th>{t('historyStore.month')}</th>
                  <th className="right">{t('historyStore.samples')}</th>
                  <th className="right">{t('historyStore.size')}</th>
                  <th className="right">{t('historyStore.each')}</th>
                </tr>
              </thead>
              <tbody>
                {files.map((file) => (
                  <tr key={`${file.kind} ${file.month ?? ''}`}>
                    <td>{t(`historyStore.${file.kind}`)}</td>
                    <td className="num">{file.month ?? '—'}</td>
                    <td className="num right">{formatNumber(file.samples, 0)}</td>
                    <td className="num right">{size(file.bytes)}</td>
                    <td className="num right">{each(file.bytes, file.samples)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {compactedAt === null ? null : (
              <p className="mid h-store">{t('historyStore.compacted', { at: formatDateTime(Date.parse(compactedAt)) })}</p>
            )}
          </>
        )}
      </Load>
    </Panel>
  );
}
