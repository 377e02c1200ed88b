import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import alarms, { type AlarmItem } from '#contract/alarms';
import { call } from '../api.ts';
import { useConnection, useTopic } from '../live.ts';
import { useSession } from '../session.tsx';
import { isStanding, isUnacknowledged } from './mark.tsx';

export type { AlarmItem };
export const ALARMS_KEY = ['alarms', 'current'];

/** Alarms that are not normal. */
export function useAlarms(): { data: readonly AlarmItem[] | undefined; error: unknown; refetch: () => unknown } {
  const { can } = useSession();
  return useQuery({
    queryKey: ALARMS_KEY,
    queryFn: async ({ signal }) => (await call(alarms.list, { query: { limit: 1000 }, signal })).items,
    enabled: can('live.read'),
    staleTime: 30_000,
    refetchInterval: 30_000,
  });
}

/** Keeps the list with the live topic: one reload after a burst of transitions. Mounted once, by the shell. */
export function useAlarmFeed(): void {
  const { can } = useSession();
  const client = useQueryClient();
  const { epoch } = useConnection();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (epoch > 1) void client.invalidateQueries();
  }, [epoch, client]);
  useTopic(can('live.read') ? 'alarms' : undefined, () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void client.invalidateQueries({ queryKey: ['alarms'] });
    }, 60);
  });
}

/** Most urgent first: unacknowledged, then priority, then newest. */
export function byUrgency(a: AlarmItem, b: AlarmItem): number {
  const unack = Number(isUnacknowledged(b.state)) - Number(isUnacknowledged(a.state));
  return unack || a.priority - b.priority || Date.parse(b.raisedAt ?? b.at) - Date.parse(a.raisedAt ?? a.at);
}

export const standing = (items: readonly AlarmItem[]): AlarmItem[] => items.filter((item) => isStanding(item.state));

/** Most urgent standing alarm by tag and by asset, for pictures and lists. */
export function useAbnormal(): {
  byTag: ReadonlyMap<string, AlarmItem>;
  byAsset: ReadonlyMap<string, AlarmItem>;
  items: readonly AlarmItem[];
} {
  const { data } = useAlarms();
  return useMemo(() => {
    const items = standing(data ?? []).sort((a, b) => a.priority - b.priority || byUrgency(a, b));
    const byTag = new Map<string, AlarmItem>();
    const byAsset = new Map<string, AlarmItem>();
    for (const item of items.filter((one) => one.active)) {
      if (item.tag !== undefined && !byTag.has(item.tag)) byTag.set(item.tag, item);
      for (let asset = item.asset; asset !== ''; asset = asset.slice(0, Math.max(0, asset.lastIndexOf('.')))) {
        if (!byAsset.has(asset)) byAsset.set(asset, item);
      }
    }
    return { byTag, byAsset, items };
  }, [data]);
}

/** Priority of a contract's integer as the type that marks take. */
export const priorityOf = (n: number): 1 | 2 | 3 | 4 => (n === 1 || n === 2 || n === 3 ? n : 4);
