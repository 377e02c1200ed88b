import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import alarms from '#contract/alarms';
import type { InstanceDetail } from '#contract/workflows';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { priorityOf } from '../../ui/alarms.ts';
import { formatNumber, formatUnit } from '../../ui/format.ts';
import { aroundSearch } from '../../ui/guidance.tsx';
import { isActive, isUnacknowledged, Mark } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Load } from '../../ui/states.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { LiveValueText } from '../../ui/value.tsx';

/** The alarm that started the instance, its rule and its flow node, each one click away. */
export function LinkedAlarm({ instance }: { readonly instance: InstanceDetail }): JSX.Element {
  const { t, pick } = useT();
  const id = instance.alarm?.id;
  const query = useQuery({
    queryKey: ['alarms', 'one', id],
    queryFn: ({ signal }) => call(alarms.get, { params: { id: id ?? '' }, signal }),
    enabled: id !== undefined,
  });
  return (
    <Panel
      className="i-alarm"
      title={t('workflows.linked')}
      actions={
        query.data?.tag === undefined ? undefined : (
          <Link className="btn btn-link" to="/trends" search={aroundSearch(query.data.tag, Date.parse(instance.startedAt))}>
            {t('alarm.toTrend')}
          </Link>
        )
      }
    >
      {id === undefined ? (
        <Empty title={t('workflows.noAlarm')} />
      ) : (
        <Load query={query} lines={3}>
          {(alarm) => (
            <div className="pad" style={{ display: 'flex', flexDirection: 'column', gap: 8 }}>
              <p className="row">
                <Mark priority={priorityOf(alarm.priority)} hollow={!isActive(alarm.state)} blink={isUnacknowledged(alarm.state)} />
                <Link to="/alarms" search={{ sel: alarm.id }} className="grow">
                  <b>
                    {alarm.assetLabel ? `${pick(alarm.assetLabel)} · ` : ''}
                    {pick(alarm.label)}
                  </b>
                </Link>
                <span className="chip">{t(`alarmState.${alarm.state}`)}</span>
              </p>
              <p className="row wrap">
                <span className="code">
                  {alarm.tag ?? alarm.asset} #{instance.alarm?.occurrence}
                </span>
                {alarm.tag === undefined ? null : <LiveValueText tag={alarm.tag} />}
                {alarm.limit === undefined ? null : (
                  <span className="num mid">
                    {t('strip.limit')} {formatNumber(alarm.limit, alarm.decimals ?? 2)} {formatUnit(alarm.unit ?? '')}
                  </span>
                )}
              </p>
              {alarm.tag === undefined ? null : <Sparkline tag={alarm.tag} limit={alarm.limit} />}
              <p>
                {t('workflows.byRule')}{' '}
                <Link to="/rules" search={{ sel: alarm.rule }}>
                  {alarm.rule}
                </Link>
                {alarm.revision === undefined ? null : <span className="hash"> {alarm.revision.slice(0, 8)}</span>}
                {alarm.tag === undefined ? null : (
                  <>
                    {' · '}
                    <Link to="/tags/$id" params={{ id: alarm.tag }}>
                      {t('workflows.toNode')}
                    </Link>
                  </>
                )}
              </p>
            </div>
          )}
        </Load>
      )}
    </Panel>
  );
}
