import { useQuery } from '@tanstack/react-query';
import { contract as trends, type SeriesView } from '#contract/trends';
import { call } from '../api.ts';
import { useSession } from '../session.tsx';

export interface HistoryAnswer {
  readonly from: number;
  readonly to: number;
  readonly series: readonly SeriesView[];
}
/** A sliding window up to now, or fixed bounds; UTC milliseconds. */
export type Window =
  | { readonly last: number; readonly points: number }
  | { readonly from: number; readonly to: number; readonly points: number };

export function useHistory(
  tags: readonly string[],
  window: Window,
): { data: HistoryAnswer | undefined; error: unknown; refetch: () => unknown; isFetching: boolean } {
  const { can } = useSession();
  const sliding = 'last' in window;
  return useQuery({
    queryKey: ['history', tags.join(','), window],
    queryFn: ({ signal }) => {
      const to = sliding ? Date.now() : window.to;
      const from = sliding ? to - window.last : window.from;
      return call(trends.history, { query: { tags: tags.join(','), from: String(from), to: String(to), points: window.points }, signal });
    },
    enabled: tags.length > 0 && can('live.read'),
    staleTime: sliding ? 10_000 : 60_000,
    refetchInterval: sliding ? Math.min(60_000, Math.max(5000, window.last / 400)) : false,
    placeholderData: (previous) => previous,
  });
}
