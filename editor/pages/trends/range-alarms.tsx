import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import alarms from '#contract/alarms';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { priorityOf } from '../../ui/alarms.ts';
import { formatNumber, formatWhen } from '../../ui/format.ts';
import { Mark } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Load } from '../../ui/states.tsx';
import { Link } from '@tanstack/react-router';

/** Alarms of the shown tags in the shown range. */
export function RangeAlarms({
  tags,
  from,
  to,
}: {
  readonly tags: readonly string[];
  readonly from: number;
  readonly to: number;
}): JSX.Element {
  const { t, pick } = useT();
  // The range slides; asking once a minute is enough.
  const start = new Date(Math.floor(from / 60_000) * 60_000).toISOString();
  const query = useQuery({
    queryKey: ['alarms', 'range', start],
    queryFn: async ({ signal }) => (await call(alarms.occurrences, { query: { filter: `at:gte:${start}`, limit: 500 }, signal })).items,
    placeholderData: (previous) => previous,
  });
  return (
    <Panel title={t('trend.alarms')} className="grow">
      <Load query={query} lines={3}>
        {(items) => {
          const mine = items.filter(
            (item) => Date.parse(item.raisedAt) <= to && tags.some((tag) => item.alarm === tag || item.alarm.startsWith(`${tag}.`)),
          );
          if (mine.length === 0) return <p className="pad mid">{t('trend.noAlarms')}</p>;
          return (
            <table className="table">
              <tbody>
                {mine.slice(0, 60).map((item) => (
                  <tr key={`${item.alarm}#${item.occurrence}`}>
                    <td>
                      <Mark priority={priorityOf(item.priority)} hollow={item.returnedAt !== undefined} size={16} />
                    </td>
                    <td className="num">{formatWhen(Date.parse(item.raisedAt), to)}</td>
                    <td>
                      <Link to="/alarms" search={{ sel: item.alarm }} style={{ color: 'inherit' }}>
                        {pick(item.label)}
                      </Link>
                    </td>
                    <td className="num right">{typeof item.value === 'number' ? formatNumber(item.value, 2) : ''}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          );
        }}
      </Load>
    </Panel>
  );
}
