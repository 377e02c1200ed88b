import type { CommandOutcome, RuntimeLink } from '../services.ts';
import type { CommandMessage } from './wire.ts';

/** What the link needs of the control channel: the way to a runtime that works without the broker. */
export interface ControlWay {
  online(runtime: string): boolean;
  runtimes(): readonly {
    readonly runtime: string;
    readonly deployment: number;
    readonly owns: readonly string[];
    readonly stops: readonly string[];
    readonly lastSeen: number;
  }[];
  sendCommand(runtime: string, command: CommandMessage): Promise<CommandOutcome>;
  stop(runtime: string, targets: readonly string[], action: 'stop' | 'reset', signal: AbortSignal): ReturnType<RuntimeLink['stop']>;
  announce(n: number): void;
}
