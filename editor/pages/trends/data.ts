import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { contract as trends, type AnnotationView, type SavedView, type SeriesView } from '#contract/trends';
import type { Sample } from '#domain/sample.ts';
import { call } from '../../api.ts';
import { live } from '../../live.ts';
import { useSession } from '../../session.tsx';
import { shownRange } from '../../ui/chart.tsx';
import type { HistoryAnswer } from '../../ui/history.ts';
import { shifted, type LaneColumns } from './columns.ts';
import { shiftOf, type Compare, type Shown, type Width } from './look.ts';

export interface Lane extends LaneColumns {
  readonly tag: string;
  readonly unit: string;
}
export interface TrendData {
  readonly from: number;
  readonly to: number;
  readonly lanes: readonly Lane[];
  /** How far back the compared time lies, ms. */
  readonly shift?: number;
}
export interface TrendAsk {
  readonly tags: readonly string[];
  readonly window: { readonly last: number } | { readonly from: number; readonly to: number };
  readonly every: Width;
  readonly aggregate: Shown;
  readonly compare: Compare | undefined;
}

const POINTS = 1400;
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

async function read({ tags, every, aggregate }: TrendAsk, from: number, to: number, signal: AbortSignal): Promise<readonly SeriesView[]> {
  const query = { tags: tags.join(','), from: String(from), to: String(to) };
  const how = every === 'raw' ? { points: POINTS } : { every, aggregate: aggregate === 'band' ? 'mean,min,max' : aggregate, zone: ZONE };
  return (await call(trends.history, { query: { ...query, ...how }, signal })).series;
}

function laneOf(tag: string, series: readonly SeriesView[], other: readonly SeriesView[], shift: number): Lane {
  const [main, low, high] = series.filter((one) => one.tag === tag);
  const before = other.find((one) => one.tag === tag);
  return {
    tag,
    unit: main?.unit ?? '',
    main: main ?? { at: [], value: [], quality: [] },
    ...(low && high ? { band: { low, high } } : {}),
    ...(before ? { other: shifted(before, shift) } : {}),
  };
}

async function load(ask: TrendAsk, signal: AbortSignal): Promise<TrendData> {
  const now = Date.now();
  const [from, to] = 'last' in ask.window ? [now - ask.window.last, now] : [ask.window.from, ask.window.to];
  const shift = ask.compare === undefined ? 0 : shiftOf(ask.compare, from);
  const [series, other] = await Promise.all([
    read(ask, from, to, signal),
    shift === 0 ? Promise.resolve([]) : read(ask, from - shift, to - shift, signal),
  ]);
  return { from, to, lanes: ask.tags.map((tag) => laneOf(tag, series, other, shift)), ...(shift === 0 ? {} : { shift }) };
}

export function useTrend(ask: TrendAsk): {
  data: TrendData | undefined;
  error: unknown;
  refetch: () => unknown;
  isFetching: boolean;
} {
  const { can } = useSession();
  const last = 'last' in ask.window ? ask.window.last : undefined;
  return useQuery({
    queryKey: ['trend', ask],
    queryFn: ({ signal }) => load(ask, signal),
    enabled: ask.tags.length > 0 && can('live.read'),
    staleTime: last === undefined ? 60_000 : 10_000,
    // The live tail fills what comes between.
    refetchInterval: last === undefined ? false : Math.min(300_000, Math.max(15_000, last / 400)),
    placeholderData: keepPreviousData,
  });
}

/** Without an empty beginning, unless another time is shown beside it. */
export function trimmed(data: TrendData): TrendData {
  if (data.shift !== undefined) return data;
  const [from] = shownRange(
    data.from,
    data.to,
    data.lanes.map((lane) => lane.main),
  );
  return { ...data, from: from * 1000 };
}

/** A plain read without comparison. */
export const plainTrend = ({ from, to, series }: HistoryAnswer): TrendData =>
  trimmed({ from, to, lanes: series.map((one) => ({ tag: one.tag, unit: one.unit, main: one })) });

const TAIL = 2000;
/** The picture moves at most so often, ms. */
const TAIL_EVERY = 500;
type Tail = ReadonlyMap<string, readonly Sample[]>;

function grown(held: Tail, tags: readonly string[]): Tail {
  const next = new Map(held);
  for (const tag of tags) {
    const value = live.tags.get(tag);
    const seen = held.get(tag) ?? [];
    if (value && value.at > (seen.at(-1)?.at ?? -1)) next.set(tag, [...seen.slice(-TAIL), { tag, ...value }]);
  }
  return next;
}

/** Live values seen since the page was opened, for the time after the last read; they stand still when nobody follows. */
export function useTail(tags: readonly string[], follow: boolean): Tail {
  const [tail, setTail] = useState<Tail>(new Map());
  const key = tags.join(',');
  useEffect(() => {
    if (!follow || key === '') return undefined;
    const wanted = key.split(',');
    let timer: ReturnType<typeof setTimeout> | undefined;
    const off = live.tags.subscribe(wanted, () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setTail((held) => grown(held, wanted));
      }, TAIL_EVERY);
    });
    return () => {
      clearTimeout(timer);
      off();
    };
  }, [key, follow]);
  return tail;
}

export const ANNOTATIONS = ['trend-annotations'];
export const VIEWS = ['trend-views'];

export function useAnnotations(tags: readonly string[], from: number | undefined, to: number | undefined): readonly AnnotationView[] {
  const { can } = useSession();
  // The range slides; asking once a minute is enough.
  const start = Math.floor((from ?? 0) / 60_000) * 60_000;
  const end = Math.ceil((to ?? 0) / 60_000) * 60_000;
  const { data } = useQuery({
    queryKey: [...ANNOTATIONS, tags.join(','), start, end],
    queryFn: ({ signal }) => call(trends.annotations, { query: { tags: tags.join(','), from: String(start), to: String(end) }, signal }),
    enabled: from !== undefined && tags.length > 0 && can('live.read'),
    placeholderData: keepPreviousData,
  });
  return data?.items ?? [];
}

export function useViews(): { data: readonly SavedView[] | undefined; error: unknown; refetch: () => unknown } {
  const { can } = useSession();
  const query = useQuery({ queryKey: VIEWS, queryFn: ({ signal }) => call(trends.views, { signal }), enabled: can('live.read') });
  return { data: query.data?.items, error: query.error, refetch: query.refetch };
}
