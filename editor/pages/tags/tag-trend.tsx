import type { JSX } from 'react';
import { useHistory } from '../../ui/history.ts';
import { Empty, Load } from '../../ui/states.tsx';
import { useT } from '../../i18n.ts';
import { plainTrend } from '../trends/data.ts';
import { TrendStack } from '../trends/stack.tsx';
import '../trends/trends.css';

const NONE: readonly never[] = [];

/** The last six hours of the tag. */
export function TagTrend({ tag }: { readonly tag: string }): JSX.Element {
  const { t } = useT();
  const query = useHistory([tag], { last: 6 * 3_600_000, points: 900 });
  return (
    <Load query={query}>
      {(data) =>
        data.series.every((series) => series.at.length === 0) ? (
          <Empty icon="trend" title={t('trend.empty')} hint={t('trend.emptyHint')} />
        ) : (
          <div className="lanes" style={{ height: '100%' }}>
            <TrendStack data={plainTrend(data)} buckets={false} marks={NONE} onCursor={() => undefined} onZoom={() => undefined} />
          </div>
        )
      }
    </Load>
  );
}
