import uPlot from 'uplot';
import type { Quality, Value } from '#domain/sample.ts';

/** Samples in columns; what the history, an aggregate and the live tail have in common. */
export interface Columns {
  readonly at: readonly number[];
  readonly value: readonly Value[];
  readonly quality: readonly Quality[];
}

const numberOf = (value: Value | undefined): number | null =>
  typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : null;

/**
 * One line as two: what is good, and what is uncertain with a neighbour on each side, so that the dashes join the line.
 * A bad value is a gap in both.
 */
export function byQuality({ value, quality }: Columns): { readonly good: (number | null)[]; readonly uncertain: (number | null)[] } {
  const isDoubtful = (i: number): boolean => quality[i] === 'uncertain';
  const numbers = value.map((one, i) => (quality[i] === 'bad' ? null : numberOf(one)));
  return {
    good: numbers.map((one, i) => (isDoubtful(i) ? null : one)),
    uncertain: numbers.map((one, i) => (isDoubtful(i) || isDoubtful(i - 1) || isDoubtful(i + 1) ? one : null)),
  };
}

export interface LaneColumns {
  readonly main: Columns;
  /** Smallest and largest of each bucket, at the same times as `main`. */
  readonly band?: { readonly low: Columns; readonly high: Columns };
  /** The compared time, already shifted. */
  readonly other?: Columns;
}

/** Columns of one lane for the chart, in the order of drawing: low and high if there is a band, good, uncertain, then the other time; x in seconds. */
export function aligned({ main, band, other }: LaneColumns): uPlot.AlignedData {
  const { good, uncertain } = byQuality(main);
  const edges = band ? [band.low.value.map(numberOf), band.high.value.map(numberOf)] : [];
  const tables: uPlot.AlignedData[] = [[main.at.map((at) => at / 1000), ...edges, good, uncertain]];
  if (other)
    tables.push([other.at.map((at) => at / 1000), other.value.map((one, i) => (other.quality[i] === 'bad' ? null : numberOf(one)))]);
  return uPlot.join(
    tables,
    tables.map((table) => table.map((_, i) => (i === 0 ? 0 : 2))),
  );
}

/** The same values at later times. */
export const shifted = (columns: Columns, by: number): Columns => ({ ...columns, at: columns.at.map((at) => at + by) });

/** What came after the last stored point, from the live values that were seen meanwhile. */
export function withTail(
  main: Columns,
  tail: readonly { readonly at: number; readonly value: Value; readonly quality: Quality }[],
): Columns {
  const last = main.at.at(-1) ?? Number.NEGATIVE_INFINITY;
  const fresh = tail.filter((one) => one.at > last);
  if (fresh.length === 0) return main;
  return {
    at: [...main.at, ...fresh.map((one) => one.at)],
    value: [...main.value, ...fresh.map((one) => one.value)],
    quality: [...main.quality, ...fresh.map((one) => one.quality)],
  };
}
