import type { Quality, Sample, TagId, Value } from '#domain/sample.ts';

export interface LiveValue {
  readonly at: number;
  readonly value: Value;
  readonly quality: Quality;
}

const QUALITIES: readonly string[] = ['good', 'uncertain', 'bad'];
const isQuality = (value: unknown): value is Quality => typeof value === 'string' && QUALITIES.includes(value);
const isValue = (value: unknown): value is Value => value === null || ['number', 'boolean', 'string'].includes(typeof value);

/** One row `[tag, at, value, quality]` of the web socket, or undefined if it is none. */
export function parseRow(row: unknown): Sample | undefined {
  if (!Array.isArray(row)) return undefined;
  const [tag, at, value, quality]: unknown[] = row;
  const time = typeof at === 'string' ? Date.parse(at) : at;
  if (typeof tag !== 'string' || typeof time !== 'number' || !Number.isFinite(time) || !isValue(value) || !isQuality(quality))
    return undefined;
  return { tag, at: time, value, quality };
}

/**
 * Last values outside of React: a component hears only of its own tags, so 60,000 tags re-render no tree.
 * Snapshots keep their identity while nothing changes (useSyncExternalStore).
 */
export class TagStore {
  readonly #values = new Map<TagId, LiveValue>();
  readonly #listeners = new Map<TagId, Set<() => void>>();
  readonly #wanted: (tags: readonly TagId[], wanted: boolean) => void;

  /** `wanted` is told when the first listener of a tag comes and when the last one goes. */
  constructor(wanted: (tags: readonly TagId[], wanted: boolean) => void) {
    this.#wanted = wanted;
  }

  get(tag: TagId): LiveValue | undefined {
    return this.#values.get(tag);
  }

  /** Newest wins; an older sample than the held one is dropped. */
  put(samples: readonly Sample[]): void {
    const changed = new Set<TagId>();
    for (const { tag, at, value, quality } of samples) {
      const held = this.#values.get(tag);
      if (held && held.at > at) continue;
      this.#values.set(tag, { at, value, quality });
      changed.add(tag);
    }
    for (const tag of changed) for (const listener of this.#listeners.get(tag) ?? []) listener();
  }

  subscribe(tags: readonly TagId[], listener: () => void): () => void {
    const fresh: TagId[] = [];
    for (const tag of tags) {
      const set = this.#listeners.get(tag) ?? new Set();
      if (set.size === 0) fresh.push(tag);
      this.#listeners.set(tag, set.add(listener));
    }
    if (fresh.length > 0) this.#wanted(fresh, true);
    return () => {
      const gone: TagId[] = [];
      for (const tag of tags) {
        const set = this.#listeners.get(tag);
        if (!set?.delete(listener) || set.size > 0) continue;
        this.#listeners.delete(tag);
        gone.push(tag);
      }
      if (gone.length > 0) this.#wanted(gone, false);
    };
  }

  /** Every tag that somebody looks at, for a new connection. */
  wantedTags(): TagId[] {
    return [...this.#listeners.keys()];
  }
}
