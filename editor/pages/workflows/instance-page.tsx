import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useMemo, useState } from 'react';
import { contract as workflows, type InstanceDetail } from '#contract/workflows';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useTopic } from '../../live.ts';
import { useSession } from '../../session.tsx';
import { ClockBar } from '../../ui/clock-bar.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatClock, formatWhen } from '../../ui/format.ts';
import { mimicOf } from '../../ui/guidance.tsx';
import { useNow } from '../../ui/now.ts';
import { PageHead } from '../../ui/panel.tsx';
import { Load, useProblemText } from '../../ui/states.tsx';
import { Timeline } from '../../ui/timeline.tsx';
import { LinkedAlarm } from './linked-alarm.tsx';
import { STATE_CHIP } from './list-page.tsx';
import { clockMarks, elementMarks } from './overlays.ts';
import { Variables } from './variables.tsx';
import { BpmnViewer } from './viewer.tsx';

const route = getRouteApi('/workflows/$key');

/** A running or ended instance: diagram with live tokens, clocks, timeline, variables, its alarm. */
export function InstancePage(): JSX.Element {
  const { key } = route.useParams();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ['instance', key],
    queryFn: ({ signal }) => call(workflows.instance, { params: { key }, signal }),
    refetchInterval: 10_000,
  });
  useTopic(`instance:${key}`, () => void client.invalidateQueries({ queryKey: ['instance', key] }));
  return (
    <Load query={query} lines={12}>
      {(instance) => <InstanceView instance={instance} />}
    </Load>
  );
}

function InstanceView({ instance }: { readonly instance: InstanceDetail }): JSX.Element {
  const { t, pick } = useT();
  const now = useNow();
  const process = useQuery({
    queryKey: ['processes', instance.process, instance.version],
    queryFn: ({ signal }) => call(workflows.process, { params: { id: instance.process }, query: { version: instance.version }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const history = useQuery({
    queryKey: ['instance', instance.key, 'history'],
    queryFn: async ({ signal }) => (await call(workflows.history, { params: { key: instance.key }, signal })).items,
  });
  const marks = useMemo(() => elementMarks(instance.elements), [instance.elements]);
  const clocks = useMemo(() => clockMarks(instance.clocks), [instance.clocks]);
  const started = Date.parse(instance.startedAt);
  return (
    <div className="page">
      <PageHead
        title={<span data-testid="instance-title">{pick(instance.processLabel)}</span>}
        right={
          <>
            {instance.where ? (
              <Link className="btn" to="/m/$id" params={{ id: mimicOf(instance.where.asset) }}>
                {t('workflows.openMimic')}
              </Link>
            ) : null}
            {marks
              .filter((mark) => mark.state === 'active' && mark.task !== undefined)
              .map((mark) => (
                <Link key={mark.element} className="btn btn-primary" to="/tasks/$key" params={{ key: mark.task ?? '' }}>
                  {t('workflows.openTask')}
                </Link>
              ))}
            {instance.state === 'active' || instance.state === 'incident' ? <CancelButton instanceKey={instance.key} /> : null}
          </>
        }
      >
        <span className="chip">{instance.key}</span>
        <span className={`chip ${STATE_CHIP[instance.state]}`} data-testid="instance-state" data-state={instance.state}>
          {t(`instanceState.${instance.state}`)}{' '}
          <span className="num">{formatClock((instance.endedAt === undefined ? now : Date.parse(instance.endedAt)) - started)}</span>
        </span>
        <span className="tagline">
          {instance.where ? `${pick(instance.where.label)} ${instance.where.asset} · ` : ''}
          {t('workflows.model')} v{instance.version} · <span className="hash">{instance.hash.slice(0, 8)}</span>
        </span>
      </PageHead>
      <div className="instance">
        <section className="panel i-diagram" aria-label={t('workflows.diagram')}>
          <div className="panel-body">
            <Load query={process}>
              {(model) => <BpmnViewer xml={model.xml} labels={model.labels} marks={marks} clocks={clocks} taken={instance.flows} />}
            </Load>
          </div>
        </section>
        <section className="panel i-side" aria-label={t('timeline.title')}>
          <div className="panel-body">
            <Incidents instance={instance} />
            {instance.clocks.length > 0 ? <h2 className="pad">{t('workflows.clocks')}</h2> : null}
            {instance.clocks.map((clock) => (
              <div key={`${clock.element} ${clock.at}`} className="i-clock">
                <p className="row">
                  <b className="grow">{pick(clock.label)}</b>
                  <span className="mid">{t(Date.parse(clock.at) > now ? 'tasks.left' : 'tasks.over')}</span>
                  <b className="num" style={{ fontSize: 17 }}>
                    {formatClock(Math.abs(Date.parse(clock.at) - now))}
                  </b>
                </p>
                <ClockBar from={Date.parse(clock.startedAt)} to={Date.parse(clock.at)} />
                <p className="hint num">{formatWhen(Date.parse(clock.at), now)}</p>
              </div>
            ))}
            <div className="pad">
              <h2 style={{ marginBottom: 8 }}>{t('timeline.title')}</h2>
              <Load query={history}>{(items) => <Timeline entries={items} />}</Load>
            </div>
          </div>
        </section>
        <Variables instance={instance} />
        <LinkedAlarm instance={instance} />
      </div>
    </div>
  );
}

function Incidents({ instance }: { readonly instance: InstanceDetail }): JSX.Element | null {
  const { t, pick } = useT();
  const { can } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const resolve = useMutation({
    mutationFn: (key: string) => call(workflows.resolve, { params: { key }, body: { retries: 1, reason: t('workflows.resolveReason') } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['instance', instance.key] }),
  });
  if (instance.incidents.length === 0) return null;
  return (
    <div className="pad" role="alert" style={{ background: 'var(--p1bg)' }}>
      {instance.incidents.map((incident) => (
        <div key={incident.key}>
          <b>{pick(incident.label)}</b> <span className="code">{incident.type}</span>
          <p>{incident.message}</p>
          <button
            type="button"
            className="btn btn-small"
            disabled={!can('process.draft') || resolve.isPending}
            onClick={() => resolve.mutate(incident.key)}
          >
            {t('workflows.resolve')}
          </button>
        </div>
      ))}
      {resolve.error ? <p className="err">{problemText(resolve.error)}</p> : null}
    </div>
  );
}

function CancelButton({ instanceKey }: { readonly instanceKey: string }): JSX.Element | null {
  const { t } = useT();
  const { can } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const cancel = useMutation({
    mutationFn: () => call(workflows.cancel, { params: { key: instanceKey }, body: { reason: reason.trim() } }),
    onSuccess: async () => {
      setOpen(false);
      await client.invalidateQueries({ queryKey: ['instance', instanceKey] });
    },
  });
  if (!can('process.draft')) return null;
  return (
    <>
      <button type="button" className="btn" onClick={() => setOpen(true)}>
        {t('workflows.cancel')}
      </button>
      {open ? (
        <Dialog
          title={t('workflows.cancel')}
          onClose={() => setOpen(false)}
          foot={
            <button
              type="button"
              className="btn btn-danger"
              disabled={reason.trim() === '' || cancel.isPending}
              onClick={() => cancel.mutate()}
            >
              {t('workflows.cancel')}
            </button>
          }
        >
          <p>{t('workflows.cancelHint')}</p>
          <label className="field">
            <span>{t('alarm.reason')}</span>
            <input className="input" value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
          </label>
          {cancel.error ? <p className="err">{problemText(cancel.error)}</p> : null}
        </Dialog>
      ) : null}
    </>
  );
}
