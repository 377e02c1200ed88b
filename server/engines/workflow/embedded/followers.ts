import type { Log } from '../../../services.ts';
import type { EngineEvent } from '../port.ts';

interface Follower {
  position: number;
  reading: boolean;
  open: boolean;
  readonly listener: (events: readonly EngineEvent[]) => void;
}

/** Feeds every listener from its own position, in order, page by page; a page that a listener refuses is given again. */
export class Followers {
  readonly #read: (after: number) => Promise<readonly EngineEvent[]>;
  readonly #log: Log;
  readonly #followers = new Set<Follower>();
  #head = 0;

  constructor(read: (after: number) => Promise<readonly EngineEvent[]>, log: Log) {
    this.#read = read;
    this.#log = log;
  }

  wake(head: number): void {
    this.#head = head;
    for (const follower of this.#followers) void this.#feed(follower);
  }

  follow(position: number, listener: (events: readonly EngineEvent[]) => void): () => void {
    const follower: Follower = { position, reading: false, open: true, listener };
    this.#followers.add(follower);
    void this.#feed(follower);
    return () => {
      follower.open = false;
      this.#followers.delete(follower);
    };
  }

  async #feed(follower: Follower): Promise<void> {
    if (follower.reading) return;
    follower.reading = true;
    try {
      while (follower.open && follower.position < this.#head) {
        const events = await this.#read(follower.position);
        const last = events.at(-1);
        if (!last || !follower.open) break;
        follower.listener(events);
        follower.position = last.position;
      }
    } catch (error) {
      if (follower.open)
        this.#log.error(
          { error: String(error), position: follower.position },
          'a follower of the workflow log failed; it is fed again with the next event',
        );
    } finally {
      follower.reading = false;
    }
  }

  close(): void {
    for (const follower of this.#followers) follower.open = false;
    this.#followers.clear();
  }
}
