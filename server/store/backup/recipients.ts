import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { Problem } from '#domain/errors.ts';

const PUBLIC = 'nuanliu-backup-public-';
const PRIVATE = 'nuanliu-backup-secret-';
const INFO = 'nuanliu backup 1';
/** DER of an X25519 key up to its 32 bytes (RFC 8410). */
const SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
/** Each wrapping key is used once, so that its nonce may be zero. */
const ONCE = Buffer.alloc(12);

/** The data key of a file for one recipient: X25519 with a key of this file alone, HKDF-SHA256, AES-256-GCM. */
export const WrappedKey = Type.Object({ to: Type.String(), ephemeral: Type.String(), key: Type.String() }, { additionalProperties: false });
export type WrappedKey = Static<typeof WrappedKey>;

const keyProblem = (detail: string): Problem => new Problem('BACKUP_KEY', 422, detail);
const raw = (text: string, prefix: string): Buffer => {
  const bytes = text.startsWith(prefix) ? Buffer.from(text.slice(prefix.length), 'base64url') : Buffer.alloc(0);
  if (bytes.length !== 32) throw keyProblem(`'${prefix}...' with 43 characters is needed, this is none`);
  return bytes;
};
const publicKey = (bytes: Buffer): KeyObject => createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' });
const publicBytes = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' }).subarray(SPKI.length);

/** A new pair: the public part goes into the settings, the secret one to a safe place away from the server. */
export function generateRecipient(): { readonly publicKey: string; readonly secretKey: string } {
  const pair = generateKeyPairSync('x25519');
  const secret = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8.length);
  return {
    publicKey: PUBLIC + publicBytes(pair.publicKey).toString('base64url'),
    secretKey: PRIVATE + secret.toString('base64url'),
  };
}

/** Two at least: with one, a lost key is every backup lost. @throws Problem BACKUP_KEY */
export function checkRecipients(recipients: readonly string[]): void {
  for (const one of recipients) raw(one, PUBLIC);
  if (new Set(recipients).size < 2) throw keyProblem('two different recipients are needed, so that one lost key loses nothing');
}

export function wrapKey(dataKey: Buffer, recipient: string): WrappedKey {
  const to = raw(recipient, PUBLIC);
  const mine = generateKeyPairSync('x25519');
  const ephemeral = publicBytes(mine.publicKey);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(mine.privateKey, publicKey(to), ephemeral, to), ONCE);
  const key = Buffer.concat([cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
  return { to: recipient, ephemeral: ephemeral.toString('base64url'), key: key.toString('base64url') };
}

/** @throws Problem BACKUP_KEY if the secret key belongs to none of the recipients */
export function unwrapKey(wrapped: readonly WrappedKey[], secretKey: string): Buffer {
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8, raw(secretKey.trim(), PRIVATE)]), format: 'der', type: 'pkcs8' });
  const own = publicBytes(createPublicKey(secret));
  const mine = wrapped.find(({ to }) => to === PUBLIC + own.toString('base64url'));
  if (!mine) throw keyProblem('the backup is not for this key');
  try {
    const ephemeral = Buffer.from(mine.ephemeral, 'base64url');
    const key = Buffer.from(mine.key, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', wrappingKey(secret, publicKey(ephemeral), ephemeral, own), ONCE);
    decipher.setAuthTag(key.subarray(32, 48));
    return Buffer.concat([decipher.update(key.subarray(0, 32)), decipher.final()]);
  } catch (error) {
    throw new Problem('BACKUP_KEY', 422, 'the wrapped key does not open: the header was changed', { cause: error });
  }
}

const wrappingKey = (secret: KeyObject, other: KeyObject, ephemeral: Buffer, to: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', diffieHellman({ privateKey: secret, publicKey: other }), Buffer.concat([ephemeral, to]), INFO, 32));
