import type { TagId } from '#domain/sample.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { Bus } from '../bus.ts';
import type { HelloMessage } from './wire.ts';

/** A runtime says hello every 5 s (wire.ts). */
export const SILENT_AFTER = 12_000;

interface Seen {
  hello: HelloMessage;
  lastSeen: Millis;
  online: boolean;
}

/** Which runtimes are there, by their hellos. Changes go to the bus. */
export class Presence {
  readonly #clock: Clock;
  readonly #bus: Bus;
  readonly #seen = new Map<string, Seen>();

  constructor(clock: Clock, bus: Bus) {
    this.#clock = clock;
    this.#bus = bus;
  }

  hello(hello: HelloMessage): void {
    const before = this.#seen.get(hello.runtime);
    this.#seen.set(hello.runtime, { hello, lastSeen: this.#clock.now(), online: true });
    if (!before?.online) this.#bus.emit('runtime', { runtime: hello.runtime, state: 'online', detail: `deployment ${hello.deployment}` });
  }

  /** Called every few seconds: who was silent for too long is offline. */
  sweep(): void {
    for (const [runtime, seen] of this.#seen) {
      if (!seen.online || this.isOnline(runtime)) continue;
      seen.online = false;
      this.#bus.emit('runtime', { runtime, state: 'offline', detail: 'no message for 12 s' });
    }
  }

  isOnline(runtime: string): boolean {
    const seen = this.#seen.get(runtime);
    return seen !== undefined && this.#clock.now() - seen.lastSeen <= SILENT_AFTER;
  }

  /** Runtimes that do the writes of a tag, those that are online first. */
  ownersOf(tag: TagId): string[] {
    const owners = [...this.#seen.values()].filter(({ hello }) => hello.owns.includes(tag)).map(({ hello }) => hello.runtime);
    return owners.sort((a, b) => Number(this.isOnline(b)) - Number(this.isOnline(a)));
  }

  get all(): readonly { readonly runtime: string; readonly hello: HelloMessage; readonly lastSeen: Millis; readonly online: boolean }[] {
    return [...this.#seen].map(([runtime, { hello, lastSeen }]) => ({ runtime, hello, lastSeen, online: this.isOnline(runtime) }));
  }
}
