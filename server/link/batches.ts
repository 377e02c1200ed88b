import type { Sample, TagId } from '#domain/sample.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { Ambient, History, ProcessImage } from '../services.ts';
import { codecs, topicOf } from './codec.ts';
import type { Quarantine } from './quarantine.ts';
import type { LinkTransport } from './transport.ts';
import type { BatchMessage } from './wire.ts';

/** A device clock that is ahead would hide every later sample of the tag until its time comes. */
const AHEAD = 300_000;

export interface BatchNeeds extends Ambient {
  readonly history: History;
  readonly image: ProcessImage;
  readonly tag: (id: TagId) => TagDefinition | undefined;
  readonly transport: LinkTransport;
  readonly quarantine: Quarantine;
}

export interface BatchCounts {
  batches: number;
  samples: number;
  duplicates: number;
  refused: number;
  gaps: number;
}

/** Batches of the runtimes: stored, then applied, then acknowledged; in that order, and only once. */
export class Batches {
  readonly counts: BatchCounts = { batches: 0, samples: 0, duplicates: 0, refused: 0, gaps: 0 };
  readonly #needs: BatchNeeds;
  /** Last sequence that was given to the history, stored or on its way. */
  readonly #accepted = new Map<string, number>();
  readonly #toAck = new Map<string, number>();
  #ackScheduled = false;

  constructor(needs: BatchNeeds) {
    this.#needs = needs;
  }

  take(message: BatchMessage): void {
    const { history } = this.#needs;
    const { runtime, seq, after = 0 } = message;
    const stored = history.lastSeq(runtime);
    if (seq <= stored) {
      this.counts.duplicates += message.samples.length;
      this.#ack(runtime, stored);
      return;
    }
    const accepted = Math.max(stored, this.#accepted.get(runtime) ?? 0);
    // On its way: its acknowledgement comes with its commit.
    if (seq <= accepted) return;
    if (after > accepted) {
      this.counts.gaps += 1;
      return;
    }
    this.#accepted.set(runtime, seq);
    void this.#store(message);
  }

  /** A batch that can never be stored is taken off the runtime's queue, if nothing before it is missing. */
  skip(runtime: string, seq: number, after: number | undefined): void {
    const { history, log } = this.#needs;
    const stored = history.lastSeq(runtime);
    const accepted = Math.max(stored, this.#accepted.get(runtime) ?? 0);
    if (seq <= stored) this.#ack(runtime, stored);
    if (seq <= accepted || (after ?? seq - 1) > accepted) return;
    this.#accepted.set(runtime, seq);
    history.append([], { runtime, seq }).then(
      () => this.#ack(runtime, seq),
      (error: unknown) => {
        this.#accepted.delete(runtime);
        log.error({ error: String(error), runtime, seq }, 'link: batch not skipped');
      },
    );
  }

  async #store({ runtime, seq, samples }: BatchMessage): Promise<void> {
    const { history, image, log } = this.#needs;
    const good = this.#sort(runtime, samples);
    try {
      const { stored, duplicates } = await history.append(good, { runtime, seq });
      this.counts.batches += 1;
      this.counts.samples += stored;
      this.counts.duplicates += duplicates;
      image.apply(good);
      this.#ack(runtime, seq);
    } catch (error) {
      // Not acknowledged: the runtime keeps it and sends it again.
      this.#accepted.delete(runtime);
      log.error({ error: error instanceof Error ? error.message : String(error), runtime, seq }, 'link: batch not stored');
    }
  }

  /** The samples that may be stored; the others go to quarantine, so that one of them does not block the rest. */
  #sort(runtime: string, samples: readonly Sample[]): readonly Sample[] {
    const limit = this.#needs.clock.now() + AHEAD;
    const faults: { readonly sample: Sample; readonly why: string }[] = [];
    const good = samples.filter((sample) => {
      const why = this.#fault(sample, limit);
      if (why !== undefined) faults.push({ sample, why });
      return why === undefined;
    });
    const [first] = faults;
    if (!first) return samples;
    this.counts.refused += faults.length;
    this.#needs.quarantine.put(`nl/v1/${runtime}`, `${first.sample.tag}: ${first.why}`, Buffer.from(JSON.stringify(faults)));
    return good;
  }

  #fault(sample: Sample, limit: number): string | undefined {
    const tag = this.#needs.tag(sample.tag);
    if (tag?.id !== sample.tag) return 'unknown tag';
    if (sample.value === null) return sample.quality === 'bad' ? undefined : 'no value, yet not of bad quality';
    if (typeof sample.value !== tag.type) return `a ${typeof sample.value}, the tag holds a ${tag.type}`;
    return sample.at > limit ? 'more than 5 minutes ahead of the server' : undefined;
  }

  /** Batches of one commit share one acknowledgement. */
  #ack(runtime: string, seq: number): void {
    this.#toAck.set(runtime, Math.max(seq, this.#toAck.get(runtime) ?? 0));
    if (this.#ackScheduled) return;
    this.#ackScheduled = true;
    setImmediate(() => {
      this.#ackScheduled = false;
      const { transport, log } = this.#needs;
      for (const [name, last] of this.#toAck) {
        // Lost acknowledgements are made up for by the runtime, which sends again.
        transport
          .publish(topicOf(name, 'ack'), codecs.ack.encode({ v: 1, seq: last }))
          .catch((error: unknown) => log.debug({ error: String(error), runtime: name }, 'link: acknowledgement not sent'));
      }
      this.#toAck.clear();
    });
  }
}
