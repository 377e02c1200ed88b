import { Link, useNavigate } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import { useT } from '../../i18n.ts';
import { type AlarmItem, byUrgency, priorityOf, standing, useAlarms } from '../../ui/alarms.ts';
import { formatNumber, formatUnit, formatWhen } from '../../ui/format.ts';
import { isActive, isUnacknowledged, Mark } from '../../ui/mark.tsx';
import { useNow } from '../../ui/now.ts';
import { Panel, Segmented } from '../../ui/panel.tsx';
import { Empty, Load } from '../../ui/states.tsx';

type Filter = 'all' | 'process' | 'device' | 'communication';

const isKind = (alarm: AlarmItem, filter: Filter): boolean =>
  filter === 'all' ||
  (filter === 'communication'
    ? alarm.class.startsWith('comm')
    : filter === 'device'
      ? ['device', 'equipment'].includes(alarm.class)
      : !alarm.class.startsWith('comm') && !['device', 'equipment'].includes(alarm.class));

export function AlarmListPanel(): JSX.Element {
  const { t } = useT();
  const query = useAlarms();
  const [filter, setFilter] = useState<Filter>('all');
  const all = standing(query.data ?? []);
  return (
    <Panel
      className="o-alarms"
      title={t('alarms.active')}
      sub={t('alarms.sub', { n: all.length, unack: all.filter((alarm) => isUnacknowledged(alarm.state)).length })}
      actions={
        <Segmented
          label={t('alarms.class')}
          value={filter}
          onChange={setFilter}
          options={[
            { value: 'all', label: t('alarms.all') },
            { value: 'process', label: t('alarms.process') },
            { value: 'device', label: t('alarms.device') },
            { value: 'communication', label: t('alarms.communication') },
          ]}
        />
      }
    >
      <Load query={query}>{() => <AlarmRows items={all.filter((alarm) => isKind(alarm, filter)).sort(byUrgency)} />}</Load>
    </Panel>
  );
}

/** Compact list: mark, time, place and text, value and limit; unacknowledged rows are bold. */
export function AlarmRows({
  items,
  selected,
}: {
  readonly items: readonly AlarmItem[];
  readonly selected?: string | undefined;
}): JSX.Element {
  const { t, pick } = useT();
  const now = useNow();
  const navigate = useNavigate();
  if (items.length === 0) return <Empty icon="check" title={t('alarms.none')} hint={t('alarms.noneHint')} />;
  return (
    <table className="table alarm-rows">
      <thead>
        <tr>
          <th aria-label={t('alarms.priority')} />
          <th>{t('alarms.time')}</th>
          <th>{t('alarms.what')}</th>
          <th className="right">{t('alarms.value')}</th>
          <th className="right">{t('alarms.limit')}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((alarm) => (
          <tr
            key={alarm.id}
            className={`click${isUnacknowledged(alarm.state) ? ' unack' : ''}`}
            aria-selected={selected === alarm.id ? true : undefined}
            data-testid={`alarm-row-${alarm.id}`}
            onClick={() => void navigate({ to: '/alarms', search: { sel: alarm.id } })}
          >
            <td>
              <Mark priority={priorityOf(alarm.priority)} hollow={!isActive(alarm.state)} blink={isUnacknowledged(alarm.state)} />
            </td>
            <td className="num">{formatWhen(Date.parse(alarm.raisedAt ?? alarm.at), now)}</td>
            <td>
              <Link to="/alarms" search={{ sel: alarm.id }} style={{ color: 'inherit' }}>
                {alarm.assetLabel ? `${pick(alarm.assetLabel)} · ` : ''}
                {pick(alarm.label)}
              </Link>
              <br />
              <span className="code" style={{ fontWeight: 400 }}>
                {alarm.tag ?? alarm.asset}
              </span>
            </td>
            <td className="num right">
              {typeof alarm.value === 'number'
                ? formatNumber(alarm.value, alarm.decimals ?? 2)
                : typeof alarm.value === 'string'
                  ? alarm.value
                  : '—'}
            </td>
            <td className="num right mid">
              {alarm.limit === undefined ? '—' : `${formatNumber(alarm.limit, alarm.decimals ?? 2)} ${formatUnit(alarm.unit ?? '')}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
