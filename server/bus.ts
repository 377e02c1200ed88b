import type { Sample } from '#domain/sample.ts';
import type { Command } from '#domain/command/types.ts';
import type { AlarmTransition } from '#domain/alarm/types.ts';
import type { InstanceChange, TaskChange } from './services.ts';

/** Everything that one part tells the others inside the server; each event is emitted after its effect is durable. */
export interface BusEvents {
  samples: readonly Sample[];
  alarm: AlarmTransition;
  task: TaskChange;
  instance: InstanceChange;
  command: Command;
  deployment: { readonly n: number };
  runtime: { readonly runtime: string; readonly state: 'online' | 'offline'; readonly detail: string };
  message: { readonly id: string; readonly to: string; readonly subject: string };
}

export type BusListener<K extends keyof BusEvents> = (event: BusEvents[K]) => void;

/** In-process publish/subscribe. A listener that throws is reported to `onError` and never stops the others. */
export class Bus {
  readonly #listeners = new Map<keyof BusEvents, Set<(event: never) => void>>();
  readonly #onError: (error: unknown, event: keyof BusEvents) => void;

  constructor(onError: (error: unknown, event: keyof BusEvents) => void) {
    this.#onError = onError;
  }

  on<K extends keyof BusEvents>(name: K, listener: BusListener<K>): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener);
    return () => {
      set.delete(listener);
    };
  }

  emit<K extends keyof BusEvents>(name: K, event: BusEvents[K]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        (listener as BusListener<K>)(event);
      } catch (error) {
        this.#onError(error, name);
      }
    }
  }
}
