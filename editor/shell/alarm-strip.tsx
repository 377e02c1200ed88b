import { Link, useLocation } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useEffect, useRef, useState } from 'react';
import type { Priority } from '#domain/alarm/types.ts';
import { useT } from '../i18n.ts';
import { useSession } from '../session.tsx';
import { useAcknowledge } from '../ui/acknowledge.ts';
import { type AlarmItem, byUrgency, priorityOf, standing, useAlarms } from '../ui/alarms.ts';
import { formatClock, formatNumber, formatTime, formatUnit } from '../ui/format.ts';
import { GuidanceDialog } from '../ui/guidance.tsx';
import { isActive, isUnacknowledged, Mark } from '../ui/mark.tsx';
import { useNow } from '../ui/now.ts';
import { sound } from '../ui/sound.ts';
import { useShortcut } from '../ui/shortcuts.ts';

const PRIORITIES: readonly Priority[] = [1, 2, 3, 4];

/** 44 px on every page: counts by priority and the newest most urgent alarm with its two actions. */
export function AlarmStrip(): JSX.Element {
  const { t } = useT();
  const { data, error } = useAlarms();
  const all = standing(data ?? []);
  const unack = all.filter((alarm) => isUnacknowledged(alarm.state)).sort(byUrgency);
  useAlarmSound(unack);
  const top = unack[0];
  return (
    <section className="strip" aria-label={t('strip.label')} data-testid="alarm-strip" data-unack={unack.length}>
      <ul className="counts">
        {PRIORITIES.map((priority) => {
          const mine = unack.filter((alarm) => alarm.priority === priority).length;
          const active = all.filter((alarm) => alarm.priority === priority && isActive(alarm.state)).length;
          return (
            <li key={priority}>
              <Link to="/alarms" search={{ p: String(priority) }}>
                <Mark priority={priority} hollow={mine === 0} blink={mine > 0} size={20} />
                <b className="num">{mine}</b>
                <span className="words">
                  <span>{t('strip.unack')}</span>
                  <span>{t('strip.active', { n: active })}</span>
                </span>
                <span className="short num">/ {active}</span>
              </Link>
            </li>
          );
        })}
      </ul>
      {top ? (
        <TopAlarm alarm={top} />
      ) : (
        <p className="calm">{error ? t('strip.unknown') : data === undefined ? t('state.loading') : t('strip.calm', { n: all.length })}</p>
      )}
    </section>
  );
}

function TopAlarm({ alarm }: { readonly alarm: AlarmItem }): JSX.Element {
  const { t, pick } = useT();
  const { can } = useSession();
  const acknowledge = useAcknowledge();
  const [guidance, setGuidance] = useState(false);
  const now = useNow();
  const raised = Date.parse(alarm.raisedAt ?? alarm.at);
  const priority = priorityOf(alarm.priority);
  const may = can('alarm.acknowledge');
  // The list of alarms has a selection of its own, which A is for.
  const inList = useLocation({ select: (location) => location.pathname === '/alarms' });
  useShortcut('a', () => void acknowledge(alarm), may && !inList);
  useShortcut('m', () => sound.silence(), true);
  return (
    <div className={`top pr${priority}`} role="alert" data-testid="top-alarm" data-alarm={alarm.id}>
      <Mark priority={priority} hollow={!isActive(alarm.state)} size={24} />
      <p className="what">
        <b>
          {alarm.assetLabel ? `${pick(alarm.assetLabel)} · ` : ''}
          {pick(alarm.label)}
        </b>
        <span className="num">{alarmNumbers(alarm, t('strip.limit'))}</span>
        <span className="num">{formatTime(raised)}</span>
        <span className="num">{t(isActive(alarm.state) ? 'strip.lasting' : 'strip.returned', { clock: formatClock(now - raised) })}</span>
      </p>
      <span className="actions">
        <button type="button" className="btn" onClick={() => setGuidance(true)} data-testid="guidance">
          {t('strip.guidance')}
        </button>
        <button type="button" className="btn" onClick={() => sound.silence()} data-testid="silence">
          {t('strip.silence')} <kbd>M</kbd>
        </button>
        <button
          type="button"
          className="btn btn-primary"
          disabled={!may}
          title={may ? undefined : t('strip.mayNot')}
          onClick={() => void acknowledge(alarm)}
          data-testid="ack"
        >
          {t('strip.ack')} A
        </button>
      </span>
      {guidance ? <GuidanceDialog alarm={alarm} onClose={() => setGuidance(false)} /> : null}
    </div>
  );
}

function alarmNumbers(alarm: AlarmItem, limitWord: string): string {
  const decimals = alarm.decimals ?? 2;
  const unit = alarm.unit === undefined ? '' : ` ${formatUnit(alarm.unit)}`;
  const value = typeof alarm.value === 'number' ? `${formatNumber(alarm.value, decimals)}${unit}` : '';
  return alarm.limit === undefined ? value : `${value} (${limitWord} ${formatNumber(alarm.limit, decimals)})`;
}

/** Drives the tones: the most urgent unacknowledged priority, anew for each new occurrence. */
function useAlarmSound(unack: readonly AlarmItem[]): void {
  const known = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const now = new Set(unack.filter((alarm) => isActive(alarm.state)).map((alarm) => `${alarm.id}#${alarm.occurrence}`));
    const isNew = [...now].some((key) => !known.current.has(key));
    known.current = now;
    sound.setAlarm(unack.find((alarm) => isActive(alarm.state))?.priority ?? 0, isNew);
  }, [unack]);
}
