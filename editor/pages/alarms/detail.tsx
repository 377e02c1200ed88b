import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { lazy, Suspense, useState } from 'react';
import alarms from '#contract/alarms';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { again } from '../../ui/again.ts';
import { useAcknowledge } from '../../ui/acknowledge.ts';
import { type AlarmItem, priorityOf } from '../../ui/alarms.ts';
import { formatClock, formatDateTime, formatNumber, formatUnit } from '../../ui/format.ts';
import { AlarmLinks, Guidance } from '../../ui/guidance.tsx';
import { Icon } from '../../ui/icons.tsx';
import { isActive, isUnacknowledged, Mark } from '../../ui/mark.tsx';
import { useNow } from '../../ui/now.ts';
import { Skeleton, useProblemText } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import { LiveValueText } from '../../ui/value.tsx';
import { ShelveDialog } from './shelve-dialog.tsx';
import { AlarmTrace } from './trace.tsx';

const AroundChart = lazy(again(async () => ({ default: (await import('./around-chart.tsx')).AroundChart })));

export function AlarmDetail({ alarm, onClose }: { readonly alarm: AlarmItem; readonly onClose: () => void }): JSX.Element {
  const { t, pick } = useT();
  const now = useNow();
  const raised = Date.parse(alarm.raisedAt ?? alarm.at);
  const unit = formatUnit(alarm.unit ?? '');
  return (
    <section className="panel detail" aria-label={pick(alarm.label)} data-testid="alarm-detail">
      <div className="panel-head">
        <button type="button" className="btn btn-icon" onClick={onClose} aria-label={t('action.back')}>
          <Icon name="back" size={16} />
        </button>
        <Mark priority={priorityOf(alarm.priority)} hollow={!isActive(alarm.state)} blink={isUnacknowledged(alarm.state)} size={22} />
        <h2 className="grow">
          {alarm.assetLabel ? `${pick(alarm.assetLabel)} · ` : ''}
          {pick(alarm.label)}
        </h2>
        <span className="chip">{t(`alarmState.${alarm.state}`)}</span>
      </div>
      <div className="sec">
        <dl className="kv">
          <dt>{t('alarm.tag')}</dt>
          <dd className="code">{alarm.tag ?? alarm.asset}</dd>
          <dt>{t('alarm.atRise')}</dt>
          <dd className="num">
            {typeof alarm.value === 'number' ? `${formatNumber(alarm.value, alarm.decimals ?? 2)} ${unit}` : '—'}
            {alarm.limit === undefined ? '' : ` · ${t('strip.limit')} ${formatNumber(alarm.limit, alarm.decimals ?? 2)} ${unit}`}
          </dd>
          {alarm.tag === undefined ? null : (
            <>
              <dt>{t('alarm.now')}</dt>
              <dd>
                <LiveValueText tag={alarm.tag} />
              </dd>
            </>
          )}
          <dt>{t('alarm.since')}</dt>
          <dd className="num">
            {formatDateTime(raised)} · {formatClock(now - raised)}
          </dd>
          {alarm.acknowledgedBy === undefined ? null : (
            <>
              <dt>{t('alarm.ackBy')}</dt>
              <dd>{alarm.acknowledgedBy}</dd>
            </>
          )}
          {alarm.shelvedUntil === undefined ? null : (
            <>
              <dt>{t('alarm.shelvedUntil')}</dt>
              <dd className="num">
                {formatDateTime(Date.parse(alarm.shelvedUntil))} {alarm.shelvedBy ?? ''} {alarm.reason ?? ''}
              </dd>
            </>
          )}
        </dl>
        <Actions alarm={alarm} />
      </div>
      <div className="sec">
        <h3>{t('alarm.guidance')}</h3>
        <Guidance alarm={alarm} />
        <AlarmLinks alarm={alarm} />
      </div>
      {alarm.tag === undefined ? null : (
        <div className="sec">
          <h3>{t('alarm.trend')}</h3>
          <div className="chartbox">
            <Suspense fallback={<Skeleton lines={3} />}>
              <AroundChart tag={alarm.tag} at={raised} limit={alarm.limit} />
            </Suspense>
          </div>
        </div>
      )}
      {alarm.occurrence > 0 ? (
        <div className="sec">
          <h3>{t('alarm.why')}</h3>
          <AlarmTrace alarm={alarm} />
        </div>
      ) : null}
    </section>
  );
}

function Actions({ alarm }: { readonly alarm: AlarmItem }): JSX.Element {
  const { t } = useT();
  const { can } = useSession();
  const client = useQueryClient();
  const acknowledge = useAcknowledge();
  const problemText = useProblemText();
  const [shelving, setShelving] = useState(false);
  const act = useMutation({
    mutationFn: (action: 'reset' | 'unshelve' | 'inService') => call(alarms[action], { params: { id: alarm.id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['alarms'] }),
    onError: (error) => toast(problemText(error), true),
  });
  const shelved = alarm.state === 'shelved';
  const out = alarm.state === 'out-of-service';
  return (
    <div className="row wrap">
      {isUnacknowledged(alarm.state) ? (
        <button
          type="button"
          className="btn btn-primary"
          disabled={!can('alarm.acknowledge')}
          onClick={() => void acknowledge(alarm)}
          data-testid="ack-detail"
        >
          {t('strip.ack')}
        </button>
      ) : null}
      {alarm.state === 'latched-acked' ? (
        <button type="button" className="btn" disabled={!can('alarm.acknowledge') || act.isPending} onClick={() => act.mutate('reset')}>
          {t('alarm.reset')}
        </button>
      ) : null}
      {shelved ? (
        <button type="button" className="btn" disabled={!can('alarm.shelve') || act.isPending} onClick={() => act.mutate('unshelve')}>
          {t('alarm.unshelve')}
        </button>
      ) : out ? (
        <button
          type="button"
          className="btn"
          disabled={!can('alarm.outOfService') || act.isPending}
          onClick={() => act.mutate('inService')}
        >
          {t('alarm.inService')}
        </button>
      ) : (
        <button
          type="button"
          className="btn"
          disabled={!can('alarm.shelve') || alarm.priority === 1}
          title={alarm.priority === 1 ? t('alarm.p1NoShelve') : undefined}
          onClick={() => setShelving(true)}
          data-testid="shelve"
        >
          {t('alarm.shelve')}
        </button>
      )}
      {shelving ? <ShelveDialog alarm={alarm} onClose={() => setShelving(false)} /> : null}
    </div>
  );
}
