import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { contract as workflows } from '#contract/workflows';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { PageHead } from '../../ui/panel.tsx';
import { Load } from '../../ui/states.tsx';
import { useSession } from '../../session.tsx';
import { StartButton } from './start-button.tsx';
import { BpmnViewer } from './viewer.tsx';

const route = getRouteApi('/processes/$id');

/** A deployed definition: diagram, version, hash; people start it here when it has a start form. */
export function ProcessPage(): JSX.Element {
  const { id } = route.useParams();
  const { t, pick } = useT();
  const { can } = useSession();
  const query = useQuery({ queryKey: ['processes', id], queryFn: ({ signal }) => call(workflows.process, { params: { id }, signal }) });
  return (
    <div className="page">
      <Load query={query} lines={10}>
        {(process) => (
          <>
            <PageHead
              title={pick(process.label)}
              right={
                <>
                  <Link className="btn" to="/workflows" search={{ filter: `process:eq:${process.id}` }}>
                    {t('workflows.instances')}
                  </Link>
                  {process.startable && process.startForm && can('process.start') ? <StartButton process={process} /> : null}
                </>
              }
            >
              <span className="chip">v{process.version}</span>
              <span className="hash">{process.hash.slice(0, 12)}</span>
              <span className="tagline">{t('workflows.activeCount', { n: process.active })}</span>
            </PageHead>
            <section className="panel grow" aria-label={t('workflows.diagram')} style={{ minHeight: 380 }}>
              <BpmnViewer xml={process.xml} labels={process.labels} />
            </section>
          </>
        )}
      </Load>
    </div>
  );
}
