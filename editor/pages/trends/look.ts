import { EVERY, type Every } from '#domain/history/buckets.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Ranges up to now that a button offers, ms. */
export const RANGES = {
  '1h': HOUR,
  '6h': 6 * HOUR,
  '24h': DAY,
  '7d': 7 * DAY,
  '30d': 30 * DAY,
  '121d': 121 * DAY,
  '365d': 365 * DAY,
} as const;
export type Range = keyof typeof RANGES;

/** Against what the range is compared: the day, week or year before. */
export const COMPARE = ['day', 'week', 'year'] as const;
export type Compare = (typeof COMPARE)[number];

/** Aggregates that the page offers; `band` is the mean with its smallest and largest. */
export const AGGREGATES = ['band', 'timeMean', 'min', 'max', 'sum', 'count', 'delta', 'p5', 'p50', 'p95'] as const;
export type Shown = (typeof AGGREGATES)[number];

/** Widths of buckets that the page offers; `raw` keeps minimum and maximum of each pixel instead. */
export const WIDTHS = ['raw', ...EVERY] as const;
export type Width = (typeof WIDTHS)[number];

/** Everything that the address says: it is the truth, a saved view is nothing else. */
export interface TrendSearch {
  readonly tags?: string;
  readonly range?: string;
  readonly from?: number;
  readonly to?: number;
  readonly every?: Width;
  readonly aggregate?: Shown;
  readonly compare?: Compare;
}

/** About a point for each pixel of a wide screen. */
const WANTED = 1600;
const STEPS: readonly (readonly [Every, number])[] = [
  ['1m', 60_000],
  ['5m', 300_000],
  ['10m', 600_000],
  ['30m', 1_800_000],
  ['1h', HOUR],
  ['2h', 2 * HOUR],
  ['6h', 6 * HOUR],
];

/** The narrowest buckets that are not too many for a picture; none where raw samples are few enough. */
export function fittingWidth(span: number): Width {
  if (span <= 3 * DAY) return 'raw';
  return STEPS.find(([, step]) => span / step <= WANTED)?.[0] ?? '1d';
}

/** Buckets of the chosen width, unless they would be more than the platform gives. */
export function widthOf(search: TrendSearch, span: number): Width {
  if (search.every !== undefined) return search.every;
  const fitting = fittingWidth(span);
  // An aggregate needs buckets, also where raw samples would do.
  return fitting === 'raw' && search.aggregate !== undefined ? (STEPS.find(([, step]) => span / step <= 300)?.[0] ?? '1h') : fitting;
}

/** How far back the compared time lies, ms: the same clock on another date, whatever the calendar did between. */
export function shiftOf(compare: Compare, at: number): number {
  const date = new Date(at);
  if (compare === 'year') date.setFullYear(date.getFullYear() - 1);
  else date.setDate(date.getDate() - (compare === 'week' ? 7 : 1));
  return at - date.getTime();
}

/** The query text of a look, in a fixed order, so that equal views are equal texts. */
export function searchText(search: TrendSearch): string {
  const entries = (['tags', 'range', 'from', 'to', 'every', 'aggregate', 'compare'] as const).flatMap((name): [string, string][] => {
    const value = search[name];
    return value === undefined ? [] : [[name, String(value)]];
  });
  return new URLSearchParams(entries).toString();
}
