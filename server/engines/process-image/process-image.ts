import type { Sample, TagId } from '#domain/sample.ts';
import type { Bus } from '../../bus.ts';
import type { ProcessImage } from '../../services.ts';

/**
 * 过程映像: last value of every tag, in memory, restored from history at the start.
 * One fan-out a batch: `samples` on the bus holds exactly the samples that moved a tag forward, in order.
 */
export class LiveImage implements ProcessImage {
  readonly #bus: Bus;
  readonly #last = new Map<TagId, Sample>();

  constructor(bus: Bus, latest: Iterable<Sample> = []) {
    this.#bus = bus;
    for (const sample of latest) if (this.#isNewer(sample)) this.#last.set(sample.tag, sample);
  }

  get size(): number {
    return this.#last.size;
  }

  get(tag: TagId): Sample | undefined {
    return this.#last.get(tag);
  }

  all(): Iterable<Sample> {
    return this.#last.values();
  }

  apply(samples: readonly Sample[]): void {
    let late: Set<Sample> | undefined;
    for (const sample of samples) {
      if (this.#isNewer(sample)) this.#last.set(sample.tag, sample);
      else (late ??= new Set()).add(sample);
    }
    const fresh = late ? samples.filter((sample) => !late.has(sample)) : samples;
    if (fresh.length > 0) this.#bus.emit('samples', fresh);
  }

  /** The same (tag, time) again is the same sample; an older one belongs to history only. */
  #isNewer(sample: Sample): boolean {
    const present = this.#last.get(sample.tag);
    return present === undefined || sample.at > present.at;
  }
}
