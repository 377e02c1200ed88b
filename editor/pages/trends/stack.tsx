import type { JSX } from 'react';
import { useMemo } from 'react';
import type uPlot from 'uplot';
import { useT } from '../../i18n.ts';
import { align, axis, calmRange, Chart, shownRange, timeTicks, token } from '../../ui/chart.tsx';
import { formatUnit } from '../../ui/format.ts';
import type { HistoryAnswer, SeriesView } from '../../ui/history.ts';
import { useTagDefinition } from '../../ui/tags.ts';

const SYNC = 'trends';

export interface StackProps {
  readonly data: HistoryAnswer;
  readonly onCursor: (at: number | undefined) => void;
  readonly onZoom: (from: number, to: number) => void;
}

/** One lane a tag: own scale and unit, shared time, shared cursor. */
export function TrendStack({ data, onCursor, onZoom }: StackProps): JSX.Element {
  const [from, to] = shownRange(data.from, data.to, data.series);
  return (
    <>
      {data.series.map((series, i) => (
        <Lane
          key={series.tag}
          series={series}
          from={from}
          to={to}
          last={i === data.series.length - 1}
          onCursor={onCursor}
          onZoom={onZoom}
        />
      ))}
    </>
  );
}

interface LaneProps {
  readonly series: SeriesView;
  readonly from: number;
  readonly to: number;
  readonly last: boolean;
  readonly onCursor: (at: number | undefined) => void;
  readonly onZoom: (from: number, to: number) => void;
}

function Lane({ series, from, to, last, onCursor, onZoom }: LaneProps): JSX.Element {
  const { t, pick } = useT();
  const definition = useTagDefinition(series.tag);
  const limits = definition?.limits;
  const data = useMemo(() => align([series]), [series]);
  const [low = 0, high = 10] = definition?.range ?? [];
  const span = (high - low) * 0.02;
  const label = definition ? pick(definition.label) : series.tag;
  const shape = `${series.tag} ${span} ${from} ${to} ${last} ${limits?.h ?? ''} ${limits?.l ?? ''}`;
  return (
    <div className="lane" data-testid={`lane-${series.tag}`}>
      <h3>
        <b>{series.tag}</b> {label} {formatUnit(series.unit)}
        <span className="dim">{series.quality.some((q) => q === 'bad') ? t('trend.gaps') : ''}</span>
      </h3>
      <div>
        <Chart
          data={data}
          shape={shape}
          label={label}
          options={() => ({
            legend: { show: false },
            cursor: { sync: { key: SYNC }, y: false, drag: { x: true, y: false, setScale: false } },
            scales: { x: { time: true, range: [from, to] }, y: { range: calmRange(span) } },
            padding: [8, 18, 0, 0],
            axes: [axis({ values: timeTicks, size: last ? 24 : 0, show: last }), axis({ size: 52 })],
            series: [{}, { stroke: token('--live'), width: 1.6, points: { show: false }, spanGaps: false }],
            hooks: {
              drawAxes: [(u) => drawBand(u, limits?.l, limits?.h)],
              draw: [(u) => drawLimits(u, limits)],
              setCursor: [
                (u) => onCursor(u.cursor.left === undefined || u.cursor.left < 0 ? undefined : u.posToVal(u.cursor.left, 'x') * 1000),
              ],
              setSelect: [
                (u) => {
                  if (u.select.width > 8)
                    onZoom(u.posToVal(u.select.left, 'x') * 1000, u.posToVal(u.select.left + u.select.width, 'x') * 1000);
                },
              ],
            },
          })}
        />
      </div>
    </div>
  );
}

/** Normal band behind the line, where it is in view. */
function drawBand(u: uPlot, low: number | undefined, high: number | undefined): void {
  const { top, left, width, height } = u.bbox;
  if (low === undefined && high === undefined) return;
  const y1 = high === undefined ? top : Math.max(top, u.valToPos(high, 'y', true));
  const y2 = low === undefined ? top + height : Math.min(top + height, u.valToPos(low, 'y', true));
  if (y2 <= y1) return;
  u.ctx.save();
  u.ctx.globalAlpha = 0.45;
  u.ctx.fillStyle = token('--band');
  u.ctx.fillRect(left, y1, width, y2 - y1);
  u.ctx.restore();
}

const NAMES = ['hh', 'h', 'l', 'll'] as const;

function drawLimits(u: uPlot, limits: Readonly<Partial<Record<(typeof NAMES)[number], number>>> | undefined): void {
  const { top, left, width, height } = u.bbox;
  u.ctx.save();
  u.ctx.setLineDash([3, 3]);
  u.ctx.strokeStyle = token('--tx2');
  u.ctx.fillStyle = token('--tx2');
  u.ctx.font = `${11 * devicePixelRatio}px Inter, system-ui, sans-serif`;
  for (const name of NAMES) {
    const value = limits?.[name];
    if (value === undefined) continue;
    const y = u.valToPos(value, 'y', true);
    if (y < top || y > top + height) continue;
    u.ctx.beginPath();
    u.ctx.moveTo(left, y);
    u.ctx.lineTo(left + width, y);
    u.ctx.stroke();
    u.ctx.fillText(`${name.toUpperCase()} ${value}`, left + width - 60 * devicePixelRatio, y - 3);
  }
  u.ctx.restore();
}
