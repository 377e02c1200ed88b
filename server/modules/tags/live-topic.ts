import type { Sample, TagId, Value } from '#domain/sample.ts';
import type { Bus } from '../../bus.ts';
import type { LiveTopic } from '../../define-module.ts';
import type { ProcessImage, TagDictionary } from '../../services.ts';

/** One row of `{ tags: [...] }`: tag, UTC milliseconds, value, quality. */
type TagRow = readonly [TagId, number, Value, string];

const row = ({ tag, at, value, quality }: Sample): TagRow => [tag, at, value, quality];

/**
 * Topic `tag:<id>`: the last value, then each newer one. The socket keeps the newest row a tag and sends at most 4 times a second;
 * here a batch that carries a tag several times makes one row.
 */
export function tagTopic(
  bus: Bus,
  image: ProcessImage,
  dictionary: TagDictionary,
): { readonly topic: LiveTopic; readonly stop: () => void } {
  const listeners = new Map<TagId, Set<(message: unknown) => void>>();

  const stop = bus.on('samples', (samples) => {
    if (listeners.size === 0) return;
    const touched = new Set<TagId>();
    for (const { tag } of samples) if (listeners.has(tag)) touched.add(tag);
    for (const tag of touched) {
      const newest = image.get(tag);
      if (newest) for (const push of listeners.get(tag) ?? []) push({ tags: [row(newest)] });
    }
  });

  const topic: LiveTopic = {
    name: 'tag',
    allowed: (caller, id) => caller.rights.has('live.read') && dictionary.tag(id)?.id === id,
    snapshot: (_, id) => {
      const newest = image.get(id);
      return { tags: newest ? [row(newest)] : [] };
    },
    subscribe: (_, id, push) => {
      const set = listeners.get(id) ?? new Set();
      // A function of its own: the same socket may subscribe twice.
      const listener = (message: unknown): void => push(message);
      listeners.set(id, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0 && listeners.get(id) === set) listeners.delete(id);
      };
    },
  };
  return { topic, stop };
}
