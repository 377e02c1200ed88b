import { contract, TAG_FIELDS, type LiveView, type TagView } from '#contract/tags';
import { Problem } from '#domain/errors.ts';
import { matchesFilter, parseFilter } from '#domain/filter.ts';
import type { TagDefinition } from '#domain/tag.ts';
import { defineModule } from '../../define-module.ts';
import type { ProcessImage, TagDictionary } from '../../services.ts';
import { tagTopic } from './live-topic.ts';
import { TagSearch } from './search.ts';

const LIVE_LIMIT = 500;

function sorted(items: readonly TagView[], sort: string): TagView[] {
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  if (!Object.hasOwn(TAG_FIELDS, name))
    throw new Problem('FILTER_FIELD', 400, `there is no field "${name}" to sort by`, { place: { path: 'sort' } });
  const value = (tag: TagView): unknown => Object.entries(tag).find(([key]) => key === name)?.[1];
  const compare = (a: TagView, b: TagView): number => {
    const [x, y] = [value(a), value(b)];
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), 'en', { numeric: true });
    return (descending ? -order : order) || a.id.localeCompare(b.id, 'en', { numeric: true });
  };
  return items.toSorted(compare);
}

/** The cursor is the number of rows before the page: the dictionary does not change while the server runs. */
function offsetOf(after: string | undefined): number {
  if (after === undefined) return 0;
  if (!/^[1-9]\d{0,8}$/.test(after))
    throw new Problem('LIST_CURSOR', 400, `"${after}" is not a cursor of this list`, { place: { path: 'after' } });
  return Number(after);
}

/** 点位: definitions, last values, assets. */
export const tagsModule = defineModule<typeof contract, { readonly image: ProcessImage; readonly dictionary: TagDictionary }>({
  name: 'tags',
  contract,
  // oxlint-disable-next-line typescript/require-await -- the shape of a module
  async start({ image, dictionary, bus, clock }) {
    const search = new TagSearch(dictionary.tags);
    const view = ({ aliases, range, limits, ...tag }: TagDefinition): TagView => ({
      ...tag,
      aliases: [...aliases],
      writable: dictionary.gate.has(tag.id),
      ...(range ? { range: [...range] } : {}),
      ...(limits ? { limits: { ...limits } } : {}),
    });
    const known = (id: string): TagDefinition => {
      const tag = dictionary.tag(id);
      if (!tag) throw new Problem('TAG_UNKNOWN', 404, `there is no tag "${id}"`, { context: { tag: id } });
      return tag;
    };
    const live = ({ id, unit }: TagDefinition): LiveView => {
      const sample = image.get(id);
      if (!sample) return { tag: id, unit };
      const { at, value, quality } = sample;
      return { tag: id, at: new Date(at).toISOString(), value, quality, age: Math.max(0, Math.round(clock.now() - at)), unit };
    };
    const { topic, stop } = tagTopic(bus, image, dictionary);
    return {
      topics: [topic],
      handlers: {
        async list({ query }) {
          const clauses = parseFilter(query.filter ?? '', TAG_FIELDS);
          const found = search
            .find(query.q ?? '')
            .map(view)
            .filter((tag) => matchesFilter(clauses, (name) => Object.entries(tag).find(([key]) => key === name)?.[1]));
          const all = query.sort === undefined ? found : sorted(found, query.sort);
          const start = offsetOf(query.after);
          const end = start + (query.limit ?? 100);
          return { items: all.slice(start, end), total: all.length, ...(end < all.length ? { next: String(end) } : {}) };
        },
        tag: async ({ params }) => view(known(params.tag)),
        tagLive: async ({ params }) => live(known(params.tag)),
        async live({ query }) {
          const ids = query.tags.split(',').filter((id) => id !== '');
          if (ids.length > LIVE_LIMIT)
            throw new Problem('LIST_TOO_LONG', 400, `at most ${LIVE_LIMIT} tags at once`, { place: { path: 'tags' } });
          return { items: ids.map((id) => live(known(id))) };
        },
        assets: async () => ({ items: dictionary.assets.map((asset) => ({ ...asset, label: { ...asset.label } })) }),
      },
      // oxlint-disable-next-line typescript/require-await -- the interface's shape
      async [Symbol.asyncDispose]() {
        stop();
      },
    };
  },
});
