import type { JSX } from 'react';
import type { Limits } from '#domain/tag.ts';
import { useT } from '../i18n.ts';
import { useHistory } from './history.ts';
import { useTagDefinition } from './tags.ts';
import './chart.css';

const W = 240;
const H = 56;

interface Points {
  readonly at: readonly number[];
  readonly value: readonly (number | null)[];
}

/** Path of a series in a box; a gap (null) breaks the line. */
function sparkPath(points: Points, from: number, to: number, low: number, high: number, width: number, height: number): string {
  let path = '';
  let pen = false;
  points.at.forEach((at, i) => {
    const value = points.value[i];
    if (value === null || value === undefined) {
      pen = false;
      return;
    }
    const x = ((at - from) / (to - from)) * width;
    const y = height - 4 - ((value - low) / (high - low || 1)) * (height - 8);
    path += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = true;
  });
  return path;
}

/** Last minutes of one tag with its normal band and one limit, for cards and tasks. */
export function Sparkline({
  tag,
  minutes = 60,
  limit,
}: {
  readonly tag: string;
  readonly minutes?: number;
  readonly limit?: number | undefined;
}): JSX.Element {
  const { t } = useT();
  const definition = useTagDefinition(tag);
  const { data } = useHistory([tag], { last: minutes * 60_000, points: 240 });
  const series = data?.series[0];
  const label = t('trend.spark', { tag, minutes });
  if (!data || !series) return <svg className="spark" viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" role="img" aria-label={label} />;
  // A young history fills the picture from its first sample.
  const from = Math.max(data.from, Math.min(series.at[0] ?? data.from, data.to - 300_000));
  const values = series.value.filter((v): v is number => typeof v === 'number');
  const lows = [...values, ...(limit === undefined ? [] : [limit])];
  const low = Math.min(...lows);
  const high = Math.max(...lows);
  const pad = (high - low || Math.abs(high) || 1) * 0.08;
  const y = (v: number): number => H - 4 - ((v - (low - pad)) / (high - low + 2 * pad)) * (H - 8);
  const limits: Limits = definition?.limits ?? {};
  const bandTop = Math.max(0, limits.h === undefined ? 0 : y(limits.h));
  const bandBottom = Math.min(H, limits.l === undefined ? H : y(limits.l));
  return (
    <svg className="spark" viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {bandBottom > bandTop && values.length > 0 ? (
        <rect x="0" y={bandTop} width={W} height={bandBottom - bandTop} fill="var(--band)" />
      ) : null}
      {limit === undefined ? null : (
        <line x1="0" x2={W} y1={y(limit)} y2={y(limit)} stroke="var(--p1)" strokeDasharray="5 3" vectorEffect="non-scaling-stroke" />
      )}
      <path
        d={sparkPath(
          { at: series.at, value: series.value.map((v) => (typeof v === 'number' ? v : null)) },
          from,
          data.to,
          low - pad,
          high + pad,
          W,
          H,
        )}
        fill="none"
        stroke="var(--live)"
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
