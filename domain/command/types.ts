import type { TagId, Value } from '../sample.ts';
import type { Text } from '../text.ts';
import type { Millis } from '../time.ts';

/** Risk class of a write: it sets how many persons and which identity check (artefacts.md, security.md 4.4). */
export type Risk = 'low' | 'middle' | 'high';

/** Who owns the output of a device: one owner a tag. */
export type Mode = 'auto' | 'manual' | 'remote' | 'local';

/** One line of the allow-list: what may be written to a tag at all. Everything not listed is refused. */
export interface GateRule {
  readonly tag: TagId;
  /** Allowed values, in the tag's unit. */
  readonly min: number;
  readonly max: number;
  /** Largest change against the present value in one command. */
  readonly maxStep?: number;
  /** Shortest time between two writes, ms. */
  readonly minInterval?: number;
  readonly risk: Risk;
  /** Persons that a command needs: 2 = submitter and another approver. */
  readonly persons: 1 | 2;
  /** Tag that tells the mode of the device, and the modes in which a command may pass. */
  readonly mode?: { readonly tag: TagId; readonly allow: readonly Mode[] };
  /** A tag that must have this value for the write to pass (permissive / interlock). */
  readonly permissive?: readonly { readonly tag: TagId; readonly equals: Value; readonly why: string }[];
  /** Where and how the effect is seen: |read-back - value| <= within, at most `timeout` ms later. */
  readonly readBack: { readonly tag: TagId; readonly within: number; readonly timeout: number };
  /** Who may write cyclically: `output` = a control node by its deployment; `command` = a person, process or API. */
  readonly writers: readonly ('command' | 'output')[];
}

export type CommandState = 'waiting' | 'queued' | 'sent' | 'confirmed' | 'failed' | 'refused' | 'expired' | 'unknown';

/** 控制命令: a request to write, journalled before its effect. */
export interface Command {
  readonly id: string;
  readonly tag: TagId;
  readonly value: number | boolean;
  readonly unit: string;
  readonly reason: string;
  readonly submitter: string;
  readonly approver?: string;
  readonly state: CommandState;
  /** Stable code and text of a refusal or failure. */
  readonly code?: string;
  readonly detail?: string;
  /** The same in both languages. */
  readonly why?: Text;
  readonly submittedAt: Millis;
  readonly expires: Millis;
  readonly sentAt?: Millis;
  readonly endedAt?: Millis;
  /** Value before the write and value read back. */
  readonly before?: Value;
  readonly readBack?: Value;
  /** Process instance that asked for it, and the deployment number in force. */
  readonly instance?: string;
  readonly deployment?: number;
}
