import { getRouteApi } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useEffect } from 'react';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { useAcknowledge } from '../../ui/acknowledge.ts';
import { type AlarmItem, byUrgency, standing, useAlarms } from '../../ui/alarms.ts';
import { isUnacknowledged } from '../../ui/mark.tsx';
import { PageHead, Segmented } from '../../ui/panel.tsx';
import { Empty, Load } from '../../ui/states.tsx';
import { useShortcut } from '../../ui/shortcuts.ts';
import { useWide } from '../../ui/wide.ts';
import { AlarmRows } from '../overview/alarm-list.tsx';
import { AlarmDetail } from './detail.tsx';
import { HistoryList } from './history-list.tsx';
import './alarms.css';

const route = getRouteApi('/alarms');

function matches(alarm: AlarmItem, q: string | undefined, p: string | undefined): boolean {
  if (p !== undefined && alarm.priority !== Number(p)) return false;
  if (q === undefined) return true;
  const words = q.toLowerCase().split(/\s+/);
  const text = `${alarm.id} ${alarm.label.zh} ${alarm.label.en} ${alarm.assetLabel?.zh ?? ''} ${alarm.assetLabel?.en ?? ''}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Active, shelved and past alarms; the filter is in the address, the selected one beside the list. */
export function AlarmsPage(): JSX.Element {
  const { t } = useT();
  const { tab, sel: asked, p, q } = route.useSearch();
  const wide = useWide();
  const navigate = route.useNavigate();
  const { can } = useSession();
  const acknowledge = useAcknowledge();
  const query = useAlarms();
  const all = query.data ?? [];
  const active = standing(all);
  const put = all.filter((alarm) => ['shelved', 'suppressed', 'out-of-service'].includes(alarm.state));
  const list = (tab === 'shelved' ? put : active).filter((alarm) => matches(alarm, q, p)).sort(byUrgency);
  const sel = asked ?? (wide && tab !== 'history' ? list[0]?.id : undefined);
  const selected = all.find((alarm) => alarm.id === sel);
  const move = (by: number): void => {
    const at = list.findIndex((alarm) => alarm.id === sel);
    const next = list[Math.min(list.length - 1, Math.max(0, at + by))];
    if (next) void navigate({ search: (old) => ({ ...old, sel: next.id }), replace: true });
  };
  useShortcut('j', () => move(1), tab !== 'history');
  useShortcut('k', () => move(-1), tab !== 'history');
  // A is for the selected alarm, and where that one needs it not, for the most urgent.
  const waiting = active.filter((alarm) => isUnacknowledged(alarm.state)).sort(byUrgency);
  const target = (tab === 'history' ? undefined : waiting.find((alarm) => alarm.id === sel)) ?? waiting[0];
  useShortcut('a', () => void (target && acknowledge(target)), can('alarm.acknowledge'));
  useEffect(() => {
    if (sel !== undefined) document.querySelector('.alarm-rows [aria-selected]')?.scrollIntoView({ block: 'nearest' });
  }, [sel]);
  return (
    <div className="page">
      <PageHead title={t('nav.alarms')}>
        <Segmented
          label={t('alarms.view')}
          value={tab ?? 'active'}
          onChange={(value) =>
            void navigate({ search: (old) => ({ ...old, tab: value === 'active' ? undefined : value, sel: undefined }) })
          }
          options={[
            { value: 'active', label: `${t('alarms.tabActive')} ${active.length}` },
            { value: 'shelved', label: `${t('alarms.tabShelved')} ${put.length}` },
            { value: 'history', label: t('alarms.tabHistory') },
          ]}
        />
        <Segmented
          label={t('alarms.priority')}
          value={p ?? ''}
          onChange={(value) => void navigate({ search: (old) => ({ ...old, p: value === '' ? undefined : value }) })}
          options={['', '1', '2', '3', '4'].map((value) => ({ value, label: value === '' ? t('alarms.all') : `P${value}` }))}
        />
        <input
          className="input"
          style={{ width: 200 }}
          type="search"
          placeholder={t('alarms.find')}
          aria-label={t('alarms.find')}
          value={q ?? ''}
          onChange={(event) =>
            void navigate({ search: (old) => ({ ...old, q: event.target.value === '' ? undefined : event.target.value }), replace: true })
          }
        />
        <span className="hint wide-only" style={{ marginLeft: 'auto' }}>
          <kbd>J</kbd> <kbd>K</kbd> {t('keys.list')} · <kbd>A</kbd> {t('keys.ack')}
        </span>
      </PageHead>
      <div className={`split${sel === undefined ? ' only-list' : ''}${tab === 'history' ? ' whole' : ''}`}>
        <section className="panel" aria-label={t('alarms.list')}>
          <div className="panel-body">
            {tab === 'history' ? (
              <HistoryList priority={p} text={q} />
            ) : (
              <Load query={query} lines={10}>
                {() => <AlarmRows items={list} selected={sel} />}
              </Load>
            )}
          </div>
          <div className="panel-foot">
            {t('alarms.foot', { n: list.length, unack: list.filter((alarm) => isUnacknowledged(alarm.state)).length })}
          </div>
        </section>
        {tab === 'history' ? null : selected ? (
          <AlarmDetail
            key={selected.id}
            alarm={selected}
            onClose={() => void navigate({ search: (old) => ({ ...old, sel: undefined }) })}
          />
        ) : sel !== undefined && query.data ? (
          <GoneAlarm id={sel} />
        ) : (
          <SelectHint />
        )}
      </div>
    </div>
  );
}

function SelectHint(): JSX.Element {
  const { t } = useT();
  return (
    <section className="panel wide-only">
      <Empty icon="alarm" title={t('alarms.select')} hint={t('alarms.selectHint')} />
    </section>
  );
}

/** The link names an alarm that is normal now. */
function GoneAlarm({ id }: { readonly id: string }): JSX.Element {
  const { t } = useT();
  return (
    <section className="panel">
      <Empty icon="check" title={t('alarms.normalNow')} hint={id} />
    </section>
  );
}
