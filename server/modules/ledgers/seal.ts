import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Problem } from '#domain/errors.ts';

/** Where a sealed value stands: the cipher is bound to it, so that it cannot be moved to another record or field. */
export interface SealedPlace {
  readonly collection: string;
  readonly field: string;
  readonly id: string;
}

interface Key {
  readonly kid: string;
  readonly cipher: Buffer;
}

const derive = (secret: string, use: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `nuanliu ledger ${use}`, 32));

function keyOf(secret: string): Key {
  const cipher = derive(secret, 'field');
  return { kid: createHash('sha256').update(cipher).digest('hex').slice(0, 8), cipher };
}

const damaged = (place: SealedPlace, cause?: unknown): Problem =>
  new Problem('LEDGER_SEAL', 500, `the sealed value of ${place.collection}/${place.id}.${place.field} cannot be opened`, { cause });

/**
 * Encryption of single fields (security.md 5): AES-256-GCM, `v1.kid.nonce.ciphertext.tag`, bound to collection, field and record.
 * The first secret seals; the others still open what they sealed.
 */
export class FieldSeal {
  readonly #keys: ReadonlyMap<string, Key>;
  readonly #current: Key;
  readonly #blind: Buffer;

  constructor(secrets: readonly [string, ...string[]]) {
    const keys = secrets.map(keyOf);
    this.#keys = new Map(keys.map((key) => [key.kid, key]));
    this.#current = keyOf(secrets[0]);
    this.#blind = derive(secrets[0], 'blind index');
  }

  seal(place: SealedPlace, text: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#current.cipher, nonce);
    cipher.setAAD(aad(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return ['v1', this.#current.kid, ...[nonce, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.');
  }

  /** @throws Problem LEDGER_SEAL if it was changed, moved, or sealed with a key that is not here */
  open(place: SealedPlace, sealed: string): string {
    const [version, kid = '', ...rest] = sealed.split('.');
    const [nonce, text, tag] = rest.map((part) => Buffer.from(part, 'base64url'));
    const key = this.#keys.get(kid);
    if (version !== 'v1' || !key || !nonce || !text || tag?.length !== 16) throw damaged(place);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.cipher, nonce);
      decipher.setAAD(aad(place));
      decipher.setAuthTag(tag);
      return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
    } catch (error) {
      throw damaged(place, error);
    }
  }

  /** Equal texts of a field have an equal index; nothing else can be learnt from it without the key. */
  blind(collection: string, field: string, text: string): string {
    const plain = text.normalize('NFKC').trim().toLowerCase();
    return createHmac('sha256', this.#blind).update(`${collection}\n${field}\n${plain}`).digest('base64url').slice(0, 22);
  }
}

const aad = ({ collection, field, id }: SealedPlace): Buffer => Buffer.from(`${collection}|${field}|${id}`, 'utf8');
