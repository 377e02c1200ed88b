import type { CommandOutcome } from '../services.ts';
import type { CommandMessage } from '../link/wire.ts';

/**
 * Frames of the control web socket `/runtime/v1/{runtime}` (api.md, MQTT), JSON, version 1. The server asks with an `id`, the runtime answers
 * with the same one. It carries what must work without the broker: the stop, commands as second way, the deployment pointer.
 */
export type ControlAsk =
  | { readonly v: 1; readonly kind: 'stop'; readonly id: string; readonly action: 'stop' | 'reset'; readonly targets: readonly string[] }
  | { readonly v: 1; readonly kind: 'command'; readonly id: string; readonly command: CommandMessage }
  | { readonly v: 1; readonly kind: 'deployment'; readonly n: number };

/** Result of a stop for one station: `done` only after the latch was read back from the device. */
export interface StopResult {
  readonly target: string;
  readonly result: 'done' | 'failed' | 'unknown';
  readonly detail: string;
  readonly ms: number;
}

export type ControlAnswer =
  | { readonly v: 1; readonly kind: 'stopped'; readonly id: string; readonly results: readonly StopResult[] }
  | { readonly v: 1; readonly kind: 'outcome'; readonly id: string; readonly outcome: CommandOutcome }
  | {
      readonly v: 1;
      readonly kind: 'state';
      readonly deployment: number;
      readonly hashes: Readonly<Record<string, string>>;
      readonly owns: readonly string[];
      readonly stops: readonly string[];
      readonly queued: number;
    };

/** The server's end of the control channel, for `link/`: reaches a runtime although broker, store and workflow engine are down. */
export interface ControlChannel {
  online(runtime: string): boolean;
  runtimes(): readonly {
    readonly runtime: string;
    readonly deployment: number;
    readonly owns: readonly string[];
    readonly stops: readonly string[];
    readonly queued: number;
    readonly lastSeen: number;
  }[];
  /** Rejects with Problem RUNTIME_OFFLINE if the runtime is not connected. */
  sendCommand(runtime: string, command: CommandMessage, signal?: AbortSignal): Promise<CommandOutcome>;
  /** Targets that the runtime does not own are left out of its answer; aborted or lost = `unknown`. */
  stop(runtime: string, targets: readonly string[], action: 'stop' | 'reset', signal: AbortSignal): Promise<readonly StopResult[]>;
  /** Tells every runtime that the pointer moved. */
  announce(n: number): void;
}
