import { getRouteApi, Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { byUrgency, priorityOf, useAbnormal } from '../../ui/alarms.ts';
import { formatNumber, formatTime, formatUnit } from '../../ui/format.ts';
import { isUnacknowledged, Mark } from '../../ui/mark.tsx';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { Empty } from '../../ui/states.tsx';
import { useAssetLabel, useAssets } from '../../ui/tags.ts';
import { CommandDialog } from '../commands/command-dialog.tsx';
import { FlowLinks } from '../flows/flow-links.tsx';
import { StopPanel } from '../stop/stop-panel.tsx';
import { MimicPlayer } from './player.tsx';
import { screenOf } from './screens.ts';

const route = getRouteApi('/m/$id');

/** A plant picture with what belongs to its place: alarms, flow nodes, stop. */
export function MimicPage(): JSX.Element {
  const { id } = route.useParams();
  const { tag } = route.useSearch();
  const navigate = route.useNavigate();
  const { t, pick } = useT();
  const { can } = useSession();
  const [command, setCommand] = useState<string>();
  const labelOf = useAssetLabel();
  const { data: assets } = useAssets();
  const mimic = screenOf(id);
  const stations = (assets ?? []).filter((asset) => asset.type === 'station');
  if (!mimic) return <Empty icon="mimic" title={t('mimic.none')} hint={id} />;
  const network = mimic.id === 'network';
  return (
    <div className="page">
      <PageHead
        title={network ? pick(mimic.title) : pick(labelOf(id))}
        right={
          <>
            <label className="sr" htmlFor="mimic-choice">
              {t('mimic.choose')}
            </label>
            <select
              id="mimic-choice"
              className="select"
              style={{ width: 'auto' }}
              value={id}
              onChange={(event) => void navigate({ to: '/m/$id', params: { id: event.target.value }, search: {} })}
            >
              <option value="network">{t('mimic.network')}</option>
              {stations.map((station) => (
                <option key={station.id} value={station.id}>
                  {pick(station.label)}
                </option>
              ))}
            </select>
            {network ? null : (
              <Link
                className="btn"
                to="/trends"
                search={{ tags: [`${id}.UNT01.2T_S`, `${id}.UNT01.MK_FI`, `${id}.UNT02.2T_S`, `${id}.UNT02.MK_FI`].join(',') }}
              >
                {t('nav.trends')}
              </Link>
            )}
            {network ? null : (
              <Link className="btn" to="/tags" search={{ asset: id }}>
                {t('nav.tags')}
              </Link>
            )}
          </>
        }
      >
        <span className="chip">{id}</span>
      </PageHead>
      <div className={network ? 'grow' : 'mimic-page'} style={network ? { minHeight: 0 } : undefined}>
        <section className="panel mimic-scroll" aria-label={t('nav.mimics')}>
          <MimicPlayer
            mimic={mimic}
            asset={network ? 'SRC001' : id}
            highlight={tag}
            {...(can('command.submit') ? { onCommand: setCommand } : {})}
          />
        </section>
        {network ? null : (
          <div className="side">
            <PlaceAlarms asset={id} />
            <FlowLinks of="asset" id={id} />
            <StopPanel scope={id} />
          </div>
        )}
      </div>
      {command === undefined ? null : <CommandDialog tag={command} onClose={() => setCommand(undefined)} />}
    </div>
  );
}

function PlaceAlarms({ asset }: { readonly asset: string }): JSX.Element {
  const { t, pick } = useT();
  const { items } = useAbnormal();
  const here = items.filter((alarm) => alarm.asset === asset || alarm.asset.startsWith(`${asset}.`)).sort(byUrgency);
  return (
    <Panel title={t('alarms.here')} sub={t('alarms.count', { n: here.length })}>
      {here.length === 0 ? <p className="pad mid">{t('alarms.noneHere')}</p> : null}
      {here.map((alarm) => (
        <Link key={alarm.id} to="/alarms" search={{ sel: alarm.id }} className="list-item">
          <span className="row">
            <Mark priority={priorityOf(alarm.priority)} hollow={!alarm.active} blink={isUnacknowledged(alarm.state)} />
            <b className="grow ellipsis">{pick(alarm.label)}</b>
            <span className="num">
              {typeof alarm.value === 'number' ? `${formatNumber(alarm.value, alarm.decimals ?? 2)} ${formatUnit(alarm.unit ?? '')}` : ''}
            </span>
          </span>
          <span className="code">
            {alarm.tag ?? alarm.asset} · {formatTime(Date.parse(alarm.raisedAt ?? alarm.at))}
          </span>
        </Link>
      ))}
    </Panel>
  );
}
