import type { JSX } from 'react';
import { useMemo, useRef } from 'react';
import uPlot from 'uplot';
import { useT } from '../../i18n.ts';
import { axis, calmRange, Chart, timeTicks, token } from '../../ui/chart.tsx';
import { formatUnit } from '../../ui/format.ts';
import { useTagDefinition } from '../../ui/tags.ts';
import { aligned } from './columns.ts';
import type { Lane, TrendData } from './data.ts';
import { drawBand, drawLimits, drawMarks, type LaneMark } from './lane-marks.ts';

const SYNC = 'trends';
/** Fewer buckets than this are drawn as steps: each value stands for its whole bucket. */
const STEPS_BELOW = 200;

export interface StackProps {
  readonly data: TrendData;
  /** Aggregated: the values are of buckets. */
  readonly buckets: boolean;
  readonly marks: readonly LaneMark[];
  readonly onCursor: (at: number | undefined) => void;
  readonly onZoom: (from: number, to: number) => void;
}

/** One lane a tag: own scale and unit, shared time, shared cursor. */
export function TrendStack({ data, ...rest }: StackProps): JSX.Element {
  return (
    <>
      {data.lanes.map((lane, i) => (
        <LaneChart key={lane.tag} lane={lane} from={data.from} to={data.to} last={i === data.lanes.length - 1} {...rest} />
      ))}
    </>
  );
}

interface LaneProps extends Omit<StackProps, 'data'> {
  readonly lane: Lane;
  readonly from: number;
  readonly to: number;
  readonly last: boolean;
}

function LaneChart({ lane, from, to, last, buckets, marks, onCursor, onZoom }: LaneProps): JSX.Element {
  const { t, pick } = useT();
  const definition = useTagDefinition(lane.tag);
  const limits = lane.unit === (definition?.unit ?? lane.unit) ? definition?.limits : undefined;
  const data = useMemo(() => aligned(lane), [lane]);
  const x = useMemo((): readonly [number, number] => [from / 1000, to / 1000], [from, to]);
  const drag = useRef({ zoomed: 0 });
  const [low = 0, high = 10] = definition?.range ?? [];
  const span = (high - low) * 0.02;
  const label = definition ? pick(definition.label) : lane.tag;
  const stepped = buckets && lane.main.at.length < STEPS_BELOW;
  const shape = JSON.stringify([lane.tag, span, last, limits, lane.band !== undefined, lane.other !== undefined, stepped, marks]);
  const quality = new Set(lane.main.quality);
  return (
    <div className="lane" data-testid={`lane-${lane.tag}`}>
      <h3>
        <b>{lane.tag}</b> {label} {formatUnit(lane.unit)}
        <span className="dim">
          {quality.has('bad') ? t('trend.gaps') : ''} {quality.has('uncertain') ? t('trend.uncertain') : ''}
        </span>
      </h3>
      <div>
        <Chart
          data={data}
          x={x}
          shape={shape}
          label={label}
          options={() => ({
            legend: { show: false },
            cursor: { sync: { key: SYNC }, y: false, drag: { x: true, y: false, setScale: false } },
            scales: { x: { time: true }, y: { range: calmRange(span) } },
            padding: [8, 18, 0, 0],
            axes: [axis({ values: timeTicks, size: last ? 24 : 0, show: last }), axis({ size: 52 })],
            series: seriesOf(lane, stepped),
            ...(lane.band ? { bands: [{ series: [2, 1], fill: token('--band') }] } : {}),
            hooks: {
              drawAxes: lane.band ? [] : [(u) => drawBand(u, limits?.l, limits?.h)],
              draw: [(u) => drawLimits(u, limits), (u) => drawMarks(u, marks)],
              setCursor: [
                (u) => onCursor(u.cursor.left === undefined || u.cursor.left < 0 ? undefined : u.posToVal(u.cursor.left, 'x') * 1000),
              ],
              setSelect: [
                (u) => {
                  // The lanes share their cursor, so that each of them tells of the same selection.
                  if (u.select.width <= 8 || Date.now() - drag.current.zoomed < 300) return;
                  drag.current.zoomed = Date.now();
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

function seriesOf(lane: Lane, stepped: boolean): uPlot.Series[] {
  const { paths } = uPlot;
  const steps = stepped && paths.stepped ? { paths: paths.stepped({ align: 1 }) } : {};
  const line = { points: { show: false }, spanGaps: false, ...steps };
  // The band alone would be too faint for a spike of one bucket.
  const edge = { ...line, stroke: token('--pipe2'), width: 0.8 };
  return [
    {},
    ...(lane.band ? [edge, edge] : []),
    { ...line, stroke: token('--live'), width: 1.6 },
    { ...line, stroke: token('--live'), width: 1.2, dash: [4, 4] },
    ...(lane.other ? [{ ...line, stroke: token('--tx2'), width: 1.1, dash: [5, 3] }] : []),
  ];
}
