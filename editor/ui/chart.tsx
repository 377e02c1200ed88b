import type { JSX } from 'react';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../theme.ts';
import './chart.css';

/** Value of a colour token in the present theme: a canvas knows no CSS variables. */
export const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export interface ChartProps {
  /** x in seconds, then one column a series; null = gap. */
  readonly data: uPlot.AlignedData;
  /** Made anew when the theme or `shape` changes; `data` alone is only set. */
  readonly options: () => Omit<uPlot.Options, 'width' | 'height'>;
  readonly shape: string;
  /** Shown time, seconds; a live chart moves it without being made anew. Left out = from the first to the last point. */
  readonly x?: readonly [number, number];
  readonly label: string;
  readonly onReady?: (plot: uPlot) => void;
}

/** A uPlot as an island: sized by its box, themed by the tokens. */
export function Chart(props: ChartProps): JSX.Element {
  const theme = useTheme();
  return <Plot key={`${theme} ${props.shape}`} {...props} />;
}

function Plot({ data, options, label, x, onReady }: ChartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef({ data, options, x, onReady });
  useEffect(() => {
    latest.current = { data, options, x, onReady };
  });
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const made = new uPlot(
      { ...latest.current.options(), width: Math.max(80, element.clientWidth), height: Math.max(60, element.clientHeight) },
      latest.current.data,
      element,
    );
    plot.current = made;
    show(made, latest.current.data, latest.current.x);
    latest.current.onReady?.(made);
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientHeight > 0) made.setSize({ width: element.clientWidth, height: element.clientHeight });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, []);
  useEffect(() => {
    if (plot.current) show(plot.current, data, x);
  }, [data, x]);
  return <div className="chart" ref={box} role="img" aria-label={label} />;
}

function show(plot: uPlot, data: uPlot.AlignedData, x: readonly [number, number] | undefined): void {
  if (!x) {
    plot.setData(data);
    return;
  }
  plot.batch(() => {
    plot.setData(data, false);
    plot.setScale('x', { min: x[0], max: x[1] });
  });
}

const two = (n: number): string => String(n).padStart(2, '0');
const DAY = 86_400;

/** Axis texts of local time: clock within a day, the date at midnight and over days. */
export function timeTicks(_: uPlot, splits: number[], __: number, ___: number, step: number): string[] {
  return splits.map((s) => {
    const d = new Date(s * 1000);
    const isMidnight = d.getHours() === 0 && d.getMinutes() === 0;
    if (step >= DAY || (step >= DAY / 8 && isMidnight)) return `${two(d.getMonth() + 1)}-${two(d.getDate())}`;
    return step < 60 ? `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}` : `${two(d.getHours())}:${two(d.getMinutes())}`;
  });
}

export function axis(extra: Partial<uPlot.Axis> = {}): uPlot.Axis {
  return {
    stroke: token('--tx3'),
    font: '11px Inter, system-ui, sans-serif',
    grid: { stroke: token('--line2'), width: 1 },
    ticks: { show: false },
    ...extra,
  };
}

/** A y range that never magnifies noise: at least `span` wide, a tenth of air. */
export const calmRange =
  (span: number) =>
  (_: uPlot, min: number | null, max: number | null): [number, number] => {
    if (min === null || max === null) return [0, span];
    const missing = Math.max(0, span - (max - min)) / 2;
    const air = Math.max(span, max - min) * 0.08;
    return [min - missing - air, max + missing + air];
  };

/** From the first stored sample, not from an empty beginning, to the end of the asked range; seconds. */
export function shownRange(from: number, to: number, series: readonly { readonly at: readonly number[] }[]): [number, number] {
  const first = Math.min(...series.map((one) => one.at[0] ?? Number.POSITIVE_INFINITY));
  const start = Number.isFinite(first) ? Math.max(from, Math.min(first, to - 60_000)) : from;
  return [start / 1000, to / 1000];
}

/** Series of different times on one x axis: the union of all times; a tag without a point there keeps its line (undefined), a gap is null. */
export function align(series: readonly { readonly at: readonly number[]; readonly value: readonly unknown[] }[]): uPlot.AlignedData {
  if (series.length === 0) return [[]];
  return uPlot.join(
    series.map((one) => [
      one.at.map((at) => at / 1000),
      one.value.map((v) => (typeof v === 'number' ? v : typeof v === 'boolean' ? Number(v) : null)),
    ]),
    series.map(() => [0, 2]),
  );
}
