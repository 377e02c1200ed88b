import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { lazy, Suspense } from 'react';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { again } from '../../ui/again.ts';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Skeleton } from '../../ui/states.tsx';
import { MimicPlayer } from '../mimics/player.tsx';
import { screenOf } from '../mimics/screens.ts';
import { AlarmListPanel } from './alarm-list.tsx';
import { DeviationPanel } from './deviation.tsx';
import { KpiRow } from './kpi.tsx';
import { WorklistPanel } from './worklist.tsx';
import './overview.css';

// The chart library is not needed for the first picture.
const LoadChart = lazy(again(async () => ({ default: (await import('./load-chart.tsx')).LoadChart })));

/** Order of reading: strip, key figures, picture and alarms, load, deviations, work. */
export function OverviewPage(): JSX.Element {
  const { t, pick } = useT();
  const { can } = useSession();
  const mimic = screenOf('network');
  return (
    <div className="overview">
      <h1 className="sr">{t('nav.overview')}</h1>
      <KpiRow />
      <Panel
        className="o-mimic"
        title={mimic ? pick(mimic.title) : t('nav.mimics')}
        sub={t('overview.mimicSub')}
        actions={
          <Link className="btn btn-link" to="/m/$id" params={{ id: 'network' }}>
            {t('overview.openMimic')}
          </Link>
        }
      >
        <div className="mimic-scroll">{mimic ? <MimicPlayer mimic={mimic} asset="SRC001" /> : <Empty title={t('mimic.none')} />}</div>
      </Panel>
      <AlarmListPanel />
      <Suspense fallback={<Skeleton />}>
        <LoadChart />
      </Suspense>
      <DeviationPanel />
      {can('task.complete') ? <WorklistPanel /> : null}
    </div>
  );
}
