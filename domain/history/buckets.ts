import type { Millis } from '../time.ts';
import { fromLocal, toLocal, type Zone } from './zone.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Widths of buckets that can be asked for; `mo` is a calendar month, `season` a heating season. */
export const EVERY = ['1m', '5m', '10m', '15m', '30m', '1h', '2h', '6h', '1d', '1w', '1mo', '1y', 'season'] as const;
export type Every = (typeof EVERY)[number];

/** 采暖季: first and last day of heating as `MM-DD`, both included; the last one usually lies in the next year. */
export interface Season {
  readonly from: string;
  readonly to: string;
}

/** 15 November to 15 March, the usual season of northern China. */
export const DEFAULT_SEASON: Season = { from: '11-15', to: '03-15' };

/** Buckets [edges[i], edges[i + 1]); those in `between` are the time between two seasons, which nobody asked for. */
export interface Buckets {
  readonly edges: readonly Millis[];
  readonly between: ReadonlySet<number>;
}

const STEPS: Readonly<Partial<Record<Every, number>>> = {
  '1m': MINUTE,
  '5m': 5 * MINUTE,
  '10m': 10 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': 60 * MINUTE,
  '2h': 120 * MINUTE,
  '6h': 360 * MINUTE,
};

const monthDay = (text: string): readonly [number, number] => {
  const [month = 1, day = 1] = text.split('-').map(Number);
  return [month - 1, day];
};

/** Local midnights where a day, week (Monday), month or year begins: the one at or before `local`, and the next after a given one. */
interface Dates {
  floor(local: Millis): Millis;
  next(start: Millis): Millis;
}

const floorDay = (local: Millis): Millis => Math.floor(local / DAY) * DAY;
const year = (local: Millis): number => new Date(local).getUTCFullYear();
const month = (local: Millis): number => new Date(local).getUTCMonth();

const DATES: Readonly<Record<'1d' | '1w' | '1mo' | '1y', Dates>> = {
  '1d': { floor: floorDay, next: (start) => start + DAY },
  // 1970-01-01 was a Thursday.
  '1w': { floor: (local) => Math.floor((local + 3 * DAY) / (7 * DAY)) * 7 * DAY - 3 * DAY, next: (start) => start + 7 * DAY },
  '1mo': {
    floor: (local) => Date.UTC(year(local), month(local), 1),
    next: (start) => Date.UTC(year(start), month(start) + 1, 1),
  },
  '1y': { floor: (local) => Date.UTC(year(local), 0, 1), next: (start) => Date.UTC(year(start) + 1, 0, 1) },
};

/** Begin and end of every season that a year around the range may hold, as local midnights in order. */
function seasonDates(season: Season, first: number, last: number): Millis[] {
  const [fromMonth, fromDay] = monthDay(season.from);
  const [toMonth, toDay] = monthDay(season.to);
  const over = Date.UTC(2000, toMonth, toDay) < Date.UTC(2000, fromMonth, fromDay) ? 1 : 0;
  const dates: Millis[] = [];
  for (let one = first - 2; one <= last + 2; one += 1)
    dates.push(Date.UTC(one, fromMonth, fromDay), Date.UTC(one + over, toMonth, toDay + 1));
  return dates;
}

function seasonBuckets(from: Millis, to: Millis, zone: Zone, season: Season): Buckets {
  const dates = seasonDates(season, year(toLocal(zone, from)), year(toLocal(zone, to))).map((local) => fromLocal(zone, local));
  const start = dates.findLastIndex((at) => at <= from);
  const end = dates.findIndex((at) => at >= to);
  const edges = dates.slice(start, end + 1);
  return { edges, between: new Set(edges.slice(1).flatMap((_, i) => ((start + i) % 2 === 1 ? [i] : []))) };
}

/** Minutes and hours count in real time from local midnight, so that a day of 23 or 25 hours has 23 or 25 of them. */
function stepEdges(from: Millis, to: Millis, zone: Zone, step: number, limit: number): Millis[] | undefined {
  const edges: Millis[] = [];
  for (let day = floorDay(toLocal(zone, from)); ; day += DAY) {
    const midnight = fromLocal(zone, day);
    const end = fromLocal(zone, day + DAY);
    // Skip straight to the bucket that holds `from`.
    const begin = midnight + Math.max(0, Math.floor((from - midnight) / step)) * step;
    for (let at = begin; at < end; at += step) {
      edges.push(at);
      if (at >= to) return edges;
      if (edges.length > limit) return undefined;
    }
  }
}

/**
 * Whole calendar buckets of a zone that cover [from, to); undefined if there are more than `limit`.
 * The first one holds `from`, the last one the moment before `to`: a month is never half a month.
 */
export function calendarBuckets(
  every: Every,
  from: Millis,
  to: Millis,
  zone: Zone,
  options: { readonly season?: Season; readonly limit: number },
): Buckets | undefined {
  const { season = DEFAULT_SEASON, limit } = options;
  const between = new Set<number>();
  if (every === 'season') return seasonBuckets(from, to, zone, season);
  const step = STEPS[every];
  if (step !== undefined) {
    const edges = stepEdges(from, to, zone, step, limit);
    return edges && { edges, between };
  }
  if (every !== '1d' && every !== '1w' && every !== '1mo' && every !== '1y') return undefined;
  const dates = DATES[every];
  const edges: Millis[] = [];
  for (let start = dates.floor(toLocal(zone, from)); ; start = dates.next(start)) {
    const at = fromLocal(zone, start);
    // A day that a zone skipped (Apia, 30 December 2011) has no bucket.
    if (at !== edges.at(-1)) edges.push(at);
    if (at >= to) return { edges, between };
    if (edges.length > limit) return undefined;
  }
}
