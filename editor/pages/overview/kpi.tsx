import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useT } from '../../i18n.ts';
import { useTag, useTags } from '../../live.ts';
import { priorityOf, useAbnormal } from '../../ui/alarms.ts';
import { formatNumber } from '../../ui/format.ts';
import { Mark } from '../../ui/mark.tsx';
import { shortLabel, useTagDefinition, useTagDefinitions } from '../../ui/tags.ts';
import { AnalogueBar, LiveValueText } from '../../ui/value.tsx';

/** Key figures of the network: six of the source, all make-up, and how many rooms are warm enough. */
const TAGS: readonly (readonly [tag: string, setpoint?: string])[] = [
  ['SRC001.T_S', 'SRC001.T_SP'],
  ['SRC001.T_R'],
  ['SRC001.P_S'],
  ['SRC001.P_R'],
  ['SRC001.FL_I'],
  ['SRC001.HE_I'],
  ['SRC001.MK_FI'],
];

export function KpiRow(): JSX.Element {
  const { t } = useT();
  return (
    <div className="kpis" role="group" aria-label={t('overview.kpis')}>
      {TAGS.map(([tag, setpoint]) => (
        <Kpi key={tag} tag={tag} setpoint={setpoint} />
      ))}
      <RoomKpi />
    </div>
  );
}

function Kpi({ tag, setpoint }: { readonly tag: string; readonly setpoint: string | undefined }): JSX.Element {
  const { pick } = useT();
  const definition = useTagDefinition(tag);
  const value = useTag(tag)?.value;
  const target = useTag(setpoint)?.value;
  const alarm = useAbnormal().byTag.get(tag);
  const [min = 0, max = 1] = definition?.range ?? [];
  return (
    <Link to="/tags/$id" params={{ id: tag }} className={`kpi${alarm ? ` abn pr${alarm.priority}` : ''}`}>
      <span className="lbl">{definition ? pick(shortLabel(definition.label)) : tag}</span>
      <LiveValueText tag={tag} />
      {alarm ? <Mark priority={priorityOf(alarm.priority)} size={16} /> : null}
      <AnalogueBar
        value={typeof value === 'number' ? value : undefined}
        range={[min, max]}
        limits={definition?.limits}
        setpoint={typeof target === 'number' ? target : undefined}
        priority={alarm?.priority}
      />
    </Link>
  );
}

/** Share of the sampled rooms between 18 and 24 ℃ (GB 50736 range of winter heating). */
function RoomKpi(): JSX.Element {
  const { t } = useT();
  const { data } = useTagDefinitions();
  const rooms = (data ?? []).filter((tag) => tag.measurand === 'RT').map((tag) => tag.id);
  const values = [...useTags(rooms).values()].filter((value) => value.quality !== 'bad' && typeof value.value === 'number');
  const warm = values.filter((value) => typeof value.value === 'number' && value.value >= 18 && value.value <= 24).length;
  const share = values.length === 0 ? undefined : (100 * warm) / values.length;
  return (
    <Link to="/tags" search={{ q: 'RT' }} className="kpi" title={t('overview.roomsHint', { n: values.length })}>
      <span className="lbl">{t('overview.rooms')}</span>
      <span className="num livev">
        {share === undefined ? '—' : formatNumber(share, 1)}
        <span className="unit">%</span>
      </span>
      <AnalogueBar value={share} range={[80, 100]} limits={{ l: 95 }} />
    </Link>
  );
}
