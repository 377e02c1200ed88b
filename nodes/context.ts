import type { Static, TSchema } from 'typebox';
import type { GateVerdict } from '#domain/command/gate.ts';
import type { GateRule } from '#domain/command/types.ts';
import type { Sample, TagId, Value } from '#domain/sample.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { Text } from '#domain/text.ts';
import type { Clock } from '#domain/time.ts';

/** A write that has passed the gate. `value` in the tag's unit. */
export interface GatedWrite {
  readonly tag: TagId;
  readonly value: number;
  readonly origin: 'command' | 'output';
  readonly rule: GateRule;
}

/** What the device did: `confirmed` only after the read-back; `unknown` when nobody can tell, it is never tried again by itself. */
export interface WriteOutcome {
  readonly state: 'confirmed' | 'failed' | 'unknown';
  readonly code?: string;
  readonly detail?: string;
  readonly readBack?: Value;
}

export type WriteHandler = (write: GatedWrite, signal: AbortSignal) => Promise<WriteOutcome>;

/** Stops or releases one station straight at the device; resolves after the latch was read back. */
export type StopHandler = (
  action: 'stop' | 'reset',
  signal: AbortSignal,
) => Promise<{ readonly result: 'done' | 'failed' | 'unknown'; readonly detail: string }>;

export interface NodeLog {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** Everything that a node may touch besides its own protocol client. All of it ends with `signal`. */
export interface NodeContext {
  readonly id: string;
  readonly name: string;
  /** Identity of the running runtime; config nodes keep their instances by it. */
  readonly scope: object;
  readonly samples: {
    /** Hands a batch to the link: stored on disk first, deleted when the server has it. */
    publish(batch: readonly Sample[]): void;
    /** Newest sample of this runtime; undefined if there is none, if it is stale or bad. */
    fresh(tag: TagId): Sample | undefined;
    /** Calls back after each publish that has one of the tags. */
    follow(tags: readonly TagId[], listener: (samples: readonly Sample[]) => void): void;
  };
  tag(id: TagId): TagDefinition | undefined;
  readonly commands: {
    /** This node is the one owner of these tags: gated commands and outputs come to its handler, one at a time for each tag. */
    own(tags: readonly TagId[], handler: WriteHandler): void;
  };
  readonly outputs: {
    /** Cyclic value of a control node: passes the gate with the deployed allow-list, then goes to the owner. */
    write(tag: TagId, value: number): Promise<{ readonly verdict: GateVerdict; readonly outcome?: WriteOutcome }>;
  };
  readonly stops: {
    register(asset: string, handler: StopHandler): void;
  };
  /** Shown under the node; at most one a second reaches the editor. */
  status(level: 'ok' | 'wait' | 'warn' | 'fault', text: Text): void;
  readonly clock: Clock;
  readonly log: NodeLog;
  /** Aborted when the node is stopped by a deploy or the end of the program. */
  readonly signal: AbortSignal;
  readonly state: {
    /** What was saved before the last deploy or restart, if it still fits the schema. */
    load<S extends TSchema>(schema: S): Static<S> | undefined;
    save(value: unknown): void;
  };
  /** Runs at multiples of `ms` of wall time plus `phase`; a run that is still going on is not doubled. */
  every(ms: number, phase: number, run: () => Promise<void> | void): void;
  /** Rejects when the node is stopped. */
  wait(ms: number): Promise<void>;
  readonly secrets: Readonly<Record<string, string>>;
}
