import type { JSX } from 'react';
import { useMemo, useState } from 'react';
import { useT } from '../../i18n.ts';
import { align, axis, calmRange, Chart, timeTicks, token } from '../../ui/chart.tsx';
import { useHistory } from '../../ui/history.ts';
import { Panel, Segmented } from '../../ui/panel.tsx';
import { Empty, Load } from '../../ui/states.tsx';

const RANGES = { '1h': 1, '6h': 6, '24h': 24, '7d': 168 } as const;
type Range = keyof typeof RANGES;
/** Right side of a uPlot axis. */
const RIGHT: { readonly side: number } = { side: 1 };
const TAGS = ['SRC001.HE_I', 'WX001.AT'] as const;

/** Heat load of the source and outdoor temperature, as stored. */
export function LoadChart(): JSX.Element {
  const { t } = useT();
  const [range, setRange] = useState<Range>('6h');
  const query = useHistory(TAGS, { last: RANGES[range] * 3_600_000, points: 800 });
  const data = useMemo(() => align(query.data?.series ?? []), [query.data]);
  const empty = query.data !== undefined && query.data.series.every((series) => series.at.length === 0);
  return (
    <Panel
      className="o-load"
      title={t('overview.load')}
      sub={
        <span className="legend">
          <span>
            <i />
            {t('overview.heat')} MW
          </span>
          <span>
            <i className="dash" />
            {t('overview.outdoor')} ℃
          </span>
        </span>
      }
      actions={
        <Segmented
          label={t('trend.range')}
          value={range}
          onChange={setRange}
          options={[
            { value: '1h', label: '1 h' },
            { value: '6h', label: '6 h' },
            { value: '24h', label: '24 h' },
            { value: '7d', label: '7 d' },
          ]}
        />
      }
    >
      <Load query={query}>
        {() =>
          empty ? (
            <Empty icon="trend" title={t('trend.empty')} hint={t('trend.emptyHint')} />
          ) : (
            <Chart
              data={data}
              shape="load"
              label={t('overview.load')}
              options={() => ({
                legend: { show: false },
                cursor: { y: false },
                scales: { x: { time: true }, mw: { range: calmRange(8) }, c: { range: calmRange(4) } },
                axes: [
                  axis({ values: timeTicks, size: 26 }),
                  axis({ scale: 'mw', size: 44 }),
                  axis({ scale: 'c', ...RIGHT, size: 36, grid: { show: false } }),
                ],
                series: [
                  {},
                  { scale: 'mw', stroke: token('--live'), width: 2, points: { show: false } },
                  { scale: 'c', stroke: token('--tx3'), width: 1.5, dash: [4, 4], points: { show: false } },
                ],
              })}
            />
          )
        }
      </Load>
    </Panel>
  );
}
