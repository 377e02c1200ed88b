import type { JSX } from 'react';
import { useMemo, useState } from 'react';
import { useT } from '../../i18n.ts';
import { align, axis, Chart, timeTicks, token } from '../../ui/chart.tsx';
import { useHistory } from '../../ui/history.ts';
import { Load } from '../../ui/states.tsx';

const HOUR = 3_600_000;

/** The hour before and after an alarm with its limit. */
export function AroundChart({
  tag,
  at,
  limit,
}: {
  readonly tag: string;
  readonly at: number;
  readonly limit: number | undefined;
}): JSX.Element {
  const { t } = useT();
  const [opened] = useState(Date.now);
  const recent = opened - at < HOUR;
  const query = useHistory(
    [tag],
    recent ? { last: Math.max(HOUR, opened - at + HOUR / 2), points: 600 } : { from: at - HOUR, to: at + HOUR, points: 600 },
  );
  const data = useMemo(() => {
    const series = query.data?.series ?? [];
    const first = series[0];
    return align(first && limit !== undefined ? [first, { at: first.at, value: first.at.map(() => limit) }] : series);
  }, [query.data, limit]);
  return (
    <Load query={query} lines={3}>
      {() => (
        <Chart
          data={data}
          shape={`${tag} ${limit ?? ''}`}
          label={t('trend.spark', { tag, minutes: 120 })}
          options={() => ({
            legend: { show: false },
            cursor: { y: false },
            padding: [8, 14, 0, 0],
            axes: [axis({ values: timeTicks, size: 24 }), axis({ size: 46 })],
            series: [
              {},
              { stroke: token('--live'), width: 1.8, points: { show: false } },
              ...(limit === undefined ? [] : [{ stroke: token('--p1'), dash: [5, 4], width: 1.2, points: { show: false } }]),
            ],
          })}
        />
      )}
    </Load>
  );
}
