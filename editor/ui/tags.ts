import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type AssetView, contract as tags, type TagView } from '#contract/tags';
import type { Text } from '#domain/text.ts';
import { call } from '../api.ts';
import { useSession } from '../session.tsx';

export type { AssetView, TagView };
/** Definitions held in the browser; a larger dictionary is asked tag by tag. */
const HELD = 5000;
const FOREVER = { staleTime: Number.POSITIVE_INFINITY, gcTime: Number.POSITIVE_INFINITY } as const;

async function loadAll(signal: AbortSignal): Promise<readonly TagView[]> {
  const items: TagView[] = [];
  let after: string | undefined;
  do {
    const page = await call(tags.list, { query: { limit: 1000, ...(after === undefined ? {} : { after }) }, signal });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined && items.length < HELD);
  return items;
}

export function useTagDefinitions(): { data: readonly TagView[] | undefined; error: unknown; refetch: () => unknown } {
  const { can } = useSession();
  return useQuery({ queryKey: ['tags', 'all'], queryFn: ({ signal }) => loadAll(signal), enabled: can('live.read'), ...FOREVER });
}

const indexes = new WeakMap<readonly TagView[], ReadonlyMap<string, TagView>>();
/** By id, built once for each loaded list. */
function indexOf(list: readonly TagView[]): ReadonlyMap<string, TagView> {
  const held = indexes.get(list);
  if (held) return held;
  const made = new Map(list.map((tag) => [tag.id, tag]));
  indexes.set(list, made);
  return made;
}

export function useTagDefinition(id: string): TagView | undefined {
  const all = useTagDefinitions();
  const { can } = useSession();
  const held = all.data === undefined ? undefined : indexOf(all.data).get(id);
  const single = useQuery({
    queryKey: ['tags', 'one', id],
    queryFn: ({ signal }) => call(tags.tag, { params: { tag: id }, signal }),
    enabled: id !== '' && can('live.read') && all.data !== undefined && all.data.length >= HELD && held === undefined,
    ...FOREVER,
  });
  return held ?? single.data;
}

export function useAssets(): { data: readonly AssetView[] | undefined } {
  const { can } = useSession();
  return useQuery({
    queryKey: ['assets'],
    queryFn: async ({ signal }) => (await call(tags.assets, { signal })).items,
    enabled: can('live.read'),
    ...FOREVER,
  });
}

/** Label of an asset, its id while it is not known. */
export function useAssetLabel(): (id: string) => Text {
  const { data } = useAssets();
  const byId = useMemo(() => new Map((data ?? []).map((asset) => [asset.id, asset.label])), [data]);
  return (id) => byId.get(id) ?? { zh: id, en: id };
}

/** Label of the tag without its asset: 二次供温. */
export function shortLabel(label: Text): Text {
  const last = (text: string): string => text.split(' · ').at(-1) ?? text;
  return { zh: last(label.zh), en: last(label.en) };
}
