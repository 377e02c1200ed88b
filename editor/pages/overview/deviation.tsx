import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useT } from '../../i18n.ts';
import { useTags } from '../../live.ts';
import { formatNumber } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Skeleton } from '../../ui/states.tsx';
import { useAssets } from '../../ui/tags.ts';

/** Deviations beyond this are worth a look, K. */
const BIG = 2;
const FULL = 6;

/** Units by |supply temperature - setpoint|, largest first. */
export function DeviationPanel(): JSX.Element {
  const { t, pick } = useT();
  const { data: assets } = useAssets();
  const units = (assets ?? []).filter((asset) => asset.type === 'unit');
  const values = useTags(units.flatMap((unit) => [`${unit.id}.2T_S`, `${unit.id}.2T_SP`]));
  const rows = units
    .flatMap((unit) => {
      const pv = values.get(`${unit.id}.2T_S`)?.value;
      const sp = values.get(`${unit.id}.2T_SP`)?.value;
      return typeof pv === 'number' && typeof sp === 'number' ? [{ unit, pv, sp, deviation: pv - sp }] : [];
    })
    .sort((a, b) => Math.abs(b.deviation) - Math.abs(a.deviation));
  return (
    <Panel className="o-dev" title={t('overview.deviation')} sub={t('overview.deviationSub')}>
      {assets === undefined ? <Skeleton /> : null}
      {assets !== undefined && rows.length === 0 ? <Empty title={t('overview.deviationNone')} /> : null}
      {rows.length > 0 ? (
        <table className="table dev">
          <thead>
            <tr>
              <th>{t('overview.unit')}</th>
              <th className="right">{t('overview.actual')}</th>
              <th className="right">{t('overview.target')}</th>
              <th aria-label={t('overview.deviation')} />
              <th className="right">Δ K</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ unit, pv, sp, deviation }) => {
              const part = Math.min(1, Math.abs(deviation) / FULL) * 50;
              const big = Math.abs(deviation) > BIG;
              return (
                <tr key={unit.id}>
                  <td>
                    <Link to="/m/$id" params={{ id: unit.id.split('.')[0] ?? unit.id }} style={{ color: 'inherit' }}>
                      {pick(unit.label)}
                    </Link>
                  </td>
                  <td className="num right livev">{formatNumber(pv, 1)}</td>
                  <td className="num right mid">{formatNumber(sp, 1)}</td>
                  <td>
                    <div className={`track${big ? ' big pr4' : ''}`} aria-hidden="true">
                      <i style={deviation < 0 ? { right: '50%', width: `${part}%` } : { left: '50%', width: `${part}%` }} />
                    </div>
                  </td>
                  <td className={`num right${big ? ' strong' : ''}`}>
                    {deviation > 0 ? `+${formatNumber(deviation, 1)}` : formatNumber(deviation, 1)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      ) : null}
    </Panel>
  );
}
