import { Link } from '@tanstack/react-router';
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

async function risen(start: string, signal: AbortSignal) {
  return (await call(alarms.occurrences, { query: { filter: `at:gte:${start}`, limit: 500 }, signal })).items;
}
export type RaisedAlarm = Awaited<ReturnType<typeof risen>>[number];

interface RaisedQuery {
  readonly data: readonly RaisedAlarm[] | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** Alarms of some tags that rose in a range. */
export function useRaised(tags: readonly string[], from: number | undefined, to: number | undefined): RaisedQuery {
  // The range slides; asking once a minute is enough.
  const start = new Date(Math.floor((from ?? 0) / 60_000) * 60_000).toISOString();
  const query = useQuery({
    queryKey: ['alarms', 'range', start],
    queryFn: ({ signal }) => risen(start, signal),
    enabled: from !== undefined,
    placeholderData: (previous) => previous,
  });
  const data = query.data?.filter(
    (item) =>
      Date.parse(item.raisedAt) <= (to ?? 0) &&
      Date.parse(item.raisedAt) >= (from ?? 0) &&
      tags.some((tag) => item.alarm === tag || item.alarm.startsWith(`${tag}.`)),
  );
  return { data, error: query.error, refetch: query.refetch };
}

/** Alarms of the shown tags in the shown range. */
export function RangeAlarms({ query, to }: { readonly query: RaisedQuery; readonly to: number }): JSX.Element {
  const { t, pick } = useT();
  return (
    <Panel title={t('trend.alarms')} className="grow" scrolls>
      <Load query={query} lines={3}>
        {(items) => {
          if (items.length === 0) return <p className="pad mid">{t('trend.noAlarms')}</p>;
          return (
            <table className="table">
              <tbody>
                {items.slice(0, 60).map((item) => (
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
