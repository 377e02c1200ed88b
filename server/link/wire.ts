import type { Sample } from '#domain/sample.ts';
import type { CommandOutcome } from '../services.ts';

/*
 * Messages of the link between flow runtime and server (api.md, MQTT). Version 1, JSON, UTF-8, at most 256 KiB a packet.
 *
 * Topics `nl/v1/{runtime}/{batch|ack|cmd|cmdack|hello|deployment}`; built by `topicOf` of `codec.ts`.
 *   runtime publishes   batch (QoS 1), cmdack (QoS 1), hello (QoS 0); nothing else, and only under its own name
 *   runtime subscribes  ack, cmd, deployment, each by its full name (no wildcard), QoS 1
 * A foreign publish closes the connection; a foreign subscription gets SUBACK 128.
 *
 * Credential: user name = client id = the runtime's name (`^[a-z0-9][a-z0-9-]{0,39}$`), password = the runtime's secret. MQTT 3.1.1 or 5,
 * clean session (commands are never queued by the broker), keep-alive 15 s.
 *
 * Batches: at most 1,000 samples; up to 8 may be in flight without an ack. `seq` grows from batch to batch and never restarts: a new disk
 * queue begins at now() * 1000. `after` is the seq of the batch before it that is still in the queue, 0 for the oldest: the server stores a
 * batch only if it has everything up to `after`, else it stays silent and the runtime sends again from its oldest (after 5 s without an
 * ack, and at each reconnect). `ack {seq}` = everything up to and with seq is durable: delete it from the queue.
 * A batch that the server can never store (malformed) is quarantined and acknowledged, so that it does not block the queue.
 *
 * hello: at each (re)connect and every 5 s; silence of 12 s = offline. `deployment` = number that runs; `owns` = tags whose writes it does.
 * cmd: write by the node that owns the tag, never after `expires` (UTC ms); answered by one cmdack; the same id again gets the same answer.
 */
export interface BatchMessage {
  readonly v: 1;
  readonly runtime: string;
  readonly seq: number;
  readonly after?: number;
  readonly samples: readonly Sample[];
}
export interface AckMessage {
  readonly v: 1;
  readonly seq: number;
}
export interface CommandMessage {
  readonly v: 1;
  readonly id: string;
  readonly tag: string;
  readonly value: number | boolean;
  readonly expires: number;
  readonly deployment: number;
}
export type CommandAckMessage = { readonly v: 1 } & CommandOutcome;
/** Sent at (re)connect and every 5 s: what the runtime runs and owns. */
export interface HelloMessage {
  readonly v: 1;
  readonly runtime: string;
  readonly deployment: number;
  readonly hashes: Readonly<Record<string, string>>;
  readonly owns: readonly string[];
  readonly queued: number;
}
export interface DeploymentMessage {
  readonly v: 1;
  readonly n: number;
}
