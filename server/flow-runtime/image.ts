import type { Sample, TagId } from '#domain/sample.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { Clock } from '#domain/time.ts';

type Listener = (samples: readonly Sample[]) => void;

/** The runtime's own process image: what its nodes have published, for control nodes and the gate. It needs no server. */
export class Image {
  readonly #last = new Map<TagId, Sample>();
  readonly #listeners = new Map<TagId, Set<Listener>>();
  readonly #tag: (id: TagId) => TagDefinition | undefined;
  readonly #clock: Clock;

  constructor(tag: (id: TagId) => TagDefinition | undefined, clock: Clock) {
    this.#tag = tag;
    this.#clock = clock;
  }

  apply(samples: readonly Sample[]): void {
    const hit = new Set<Listener>();
    for (const sample of samples) {
      this.#last.set(sample.tag, sample);
      for (const listener of this.#listeners.get(sample.tag) ?? []) hit.add(listener);
    }
    for (const listener of hit) listener(samples);
  }

  /** Undefined if unknown, bad, or older than three cycles of the tag. */
  fresh(tag: TagId): Sample | undefined {
    const sample = this.#last.get(tag);
    if (!sample || sample.quality === 'bad') return undefined;
    const every = (this.#tag(tag)?.every ?? 10) * 1000;
    return this.#clock.now() - sample.at <= 3 * every + 5000 ? sample : undefined;
  }

  follow(tags: readonly TagId[], listener: Listener, signal: AbortSignal): void {
    for (const tag of tags) {
      const set = this.#listeners.get(tag) ?? new Set();
      this.#listeners.set(tag, set);
      set.add(listener);
      signal.addEventListener('abort', () => set.delete(listener));
    }
  }
}
