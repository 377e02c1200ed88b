import type { Sample } from '#domain/sample.ts';
import type { CommandOutcome } from '../services.ts';

/**
 * Messages of the link between flow runtime and server (api.md, MQTT). Version 1, JSON.
 * Topics: `nl/v1/{runtime}/{batch|ack|cmd|cmdack|hello|deployment}`.
 */
export interface BatchMessage { readonly v: 1; readonly runtime: string; readonly seq: number; readonly samples: readonly Sample[] }
export interface AckMessage { readonly v: 1; readonly seq: number }
export interface CommandMessage { readonly v: 1; readonly id: string; readonly tag: string; readonly value: number | boolean; readonly expires: number; readonly deployment: number }
export type CommandAckMessage = { readonly v: 1 } & CommandOutcome;
/** Sent at (re)connect and every 5 s: what the runtime runs and owns. */
export interface HelloMessage { readonly v: 1; readonly runtime: string; readonly deployment: number; readonly hashes: Readonly<Record<string, string>>; readonly owns: readonly string[]; readonly queued: number }
export interface DeploymentMessage { readonly v: 1; readonly n: number }
