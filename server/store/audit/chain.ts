import { createHmac, sign, verify, type KeyObject } from 'node:crypto';
import { canonicalJson } from './canonical.ts';

/** Hash of the entry before the first one. */
export const GENESIS = Buffer.alloc(32);
/** Characters of a hash in a line: base64url of 32 bytes. */
export const HASH_LENGTH = 43;

/** h_i = HMAC-SHA-256(key, h_{i-1} || canonical JSON of entry i). */
export const chainHash = (key: Buffer, previous: Buffer, record: Buffer | string): Buffer =>
  createHmac('sha256', key).update(previous).update(record).digest();

/** One stored line without its end: the hash, a blank, the canonical JSON. */
export const lineOf = (hash: Buffer, record: string): string => `${hash.toString('base64url')} ${record}\n`;

/** A point of the chain that was signed with Ed25519. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
  readonly at: string;
}

export const signHead = (key: KeyObject, head: Head): string =>
  `${JSON.stringify({ ...head, sig: sign(null, Buffer.from(canonicalJson(head)), key).toString('base64url') })}\n`;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The head of a line, or undefined if the line or its signature is wrong. */
export function readHead(key: KeyObject, line: string): Head | undefined {
  const value = parse(line);
  if (!isRecord(value)) return undefined;
  const { seq, hash, at, sig } = value;
  if (typeof seq !== 'number' || typeof hash !== 'string' || typeof at !== 'string' || typeof sig !== 'string') return undefined;
  const head = { seq, hash, at };
  return verify(null, Buffer.from(canonicalJson(head)), key, Buffer.from(sig, 'base64url')) ? head : undefined;
}

/** Where the log ended when it was last written; two slots in turn, so that a torn write leaves the other one. */
export interface Tip {
  readonly seq: number;
  readonly hash: string;
}

export const TIP_SLOT = 128;
const tipSeal = (key: Buffer, body: string): string => createHmac('sha256', key).update('tip').update(body).digest('base64url');

/** Fixed-length text of a slot. */
export function tipText(key: Buffer, tip: Tip): string {
  const body = `${tip.seq} ${tip.hash}`;
  return `${`${body} ${tipSeal(key, body)}`.padEnd(TIP_SLOT - 1)}\n`;
}

/** The later valid slot of a tip file, or undefined if none is valid. */
export function readTip(key: Buffer, content: string): Tip | undefined {
  const slots = [content.slice(0, TIP_SLOT), content.slice(TIP_SLOT, 2 * TIP_SLOT)].flatMap((slot) => {
    const [seq, hash, seal] = slot.trim().split(' ');
    return hash !== undefined && seal === tipSeal(key, `${seq} ${hash}`) ? [{ seq: Number(seq), hash }] : [];
  });
  return slots.sort((a, b) => b.seq - a.seq)[0];
}
