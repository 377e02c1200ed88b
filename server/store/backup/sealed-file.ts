import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '#domain/errors.ts';
import { unwrapKey, wrapKey, WrappedKey } from './recipients.ts';

/*
 * A sealed file: "NLB1", the length of the header (4 bytes), the header (JSON), then frames of at most 1 MiB, each AES-256-GCM with its
 * tag behind it. Nonce = 8 random bytes of the file + number of the frame. What a frame is bound to: SHA-256 of everything before the
 * frames, its number, and whether it is the last one; so nothing can be changed, moved, left out or cut off unseen.
 */
const MAGIC = Buffer.from('NLB1', 'latin1');
const FRAME = 1024 * 1024;
const TAG = 16;
const MAX_HEADER = 64 * 1024;

const Header = Type.Object(
  {
    format: Type.Literal(1),
    id: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    at: Type.String(),
    nonce: Type.String(),
    keys: Type.Array(WrappedKey),
  },
  { additionalProperties: false },
);
export type Header = Static<typeof Header>;
const header = Compile(Header);

export const damaged = (file: string, element: string, detail: string, cause?: unknown): Problem =>
  new Problem('BACKUP_DAMAGED', 422, `${file}, ${element}: ${detail}`, {
    place: { file, element },
    ...(cause === undefined ? {} : { cause }),
  });

function binding(prefix: Buffer, frame: number, last: boolean): Buffer {
  const bound = Buffer.alloc(37);
  prefix.copy(bound);
  bound.writeUInt32BE(frame, 32);
  bound[36] = last ? 1 : 0;
  return bound;
}
function nonceOf(random: Buffer, frame: number): Buffer {
  const nonce = Buffer.alloc(12);
  random.copy(nonce);
  nonce.writeUInt32BE(frame, 8);
  return nonce;
}
const digest = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** Writes a sealed file; synchronous, for a thread of its own. */
export class SealedWriter {
  readonly #fd: number;
  readonly #key = randomBytes(32);
  readonly #random = randomBytes(8);
  readonly #prefix: Buffer;
  readonly #frame = Buffer.allocUnsafe(FRAME);
  #used = 0;
  #frames = 0;
  #position = 0;

  constructor(path: string, about: { readonly id: string; readonly at: string }, recipients: readonly string[]) {
    const keys = recipients.map((one) => wrapKey(this.#key, one));
    const text = Buffer.from(JSON.stringify({ format: 1, ...about, nonce: this.#random.toString('base64url'), keys } satisfies Header));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    const start = Buffer.concat([MAGIC, length, text]);
    this.#prefix = digest(start);
    this.#fd = openSync(path, 'wx', 0o600);
    writeSync(this.#fd, start);
  }

  /** Hash of everything before the frames: names this file in the manifests of later ones. */
  get seal(): string {
    return this.#prefix.toString('hex');
  }
  /** Bytes written so far, before sealing. */
  get position(): number {
    return this.#position;
  }

  write(bytes: Buffer): void {
    this.#position += bytes.length;
    for (let at = 0; at < bytes.length;) {
      // A full frame waits for the next byte: only then it is known not to be the last one.
      if (this.#used === FRAME) this.#flush(false);
      const taken = Math.min(FRAME - this.#used, bytes.length - at);
      bytes.copy(this.#frame, this.#used, at, at + taken);
      this.#used += taken;
      at += taken;
    }
  }

  /** Seals the last frame; the file is on the disk when it returns. */
  finish(): void {
    this.#flush(true);
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }

  abandon(): void {
    closeSync(this.#fd);
  }

  #flush(last: boolean): void {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(this.#random, this.#frames));
    cipher.setAAD(binding(this.#prefix, this.#frames, last));
    writeSync(this.#fd, Buffer.concat([cipher.update(this.#frame.subarray(0, this.#used)), cipher.final(), cipher.getAuthTag()]));
    this.#frames += 1;
    this.#used = 0;
  }
}

/** Reads a sealed file at any place; every frame is checked when it is read. */
export class SealedReader implements Disposable {
  readonly file: string;
  readonly header: Header;
  readonly seal: string;
  /** Bytes before sealing. */
  readonly length: number;
  readonly frames: number;
  readonly #fd: number;
  readonly #key: Buffer;
  readonly #prefix: Buffer;
  readonly #start: number;
  readonly #size: number;
  #kept: { readonly frame: number; readonly bytes: Buffer } | undefined;

  /** @throws Problem BACKUP_DAMAGED, BACKUP_KEY */
  constructor(file: string, secretKey: string) {
    this.file = file;
    this.#fd = openSync(file, 'r');
    try {
      this.#size = fstatSync(this.#fd).size;
      const start = this.#readStart();
      this.header = this.#parse(start.subarray(8));
      this.#prefix = digest(start);
      this.#start = start.length;
      this.seal = this.#prefix.toString('hex');
      this.#key = unwrapKey(this.header.keys, secretKey);
      const body = this.#size - start.length;
      this.frames = Math.ceil(body / (FRAME + TAG));
      if (this.frames === 0) throw damaged(file, 'frame 0', 'the file is cut off');
      this.length = Math.max(0, body - this.frames * TAG);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** @throws Problem BACKUP_DAMAGED with the first bad frame */
  checkAll(): void {
    for (let frame = 0; frame < this.frames; frame += 1) this.#open(frame);
  }

  read(offset: number, length: number): Buffer {
    if (offset < 0 || length < 0 || offset + length > this.length) throw damaged(this.file, `byte ${offset}`, 'lies outside the file');
    const parts: Buffer[] = [];
    for (let at = offset; at < offset + length;) {
      const bytes = this.#open(Math.floor(at / FRAME));
      const from = at % FRAME;
      const part = bytes.subarray(from, Math.min(bytes.length, from + offset + length - at));
      parts.push(part);
      at += part.length;
    }
    return Buffer.concat(parts);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #readStart(): Buffer {
    const first = this.#bytes(0, 8);
    if (first.length < 8 || !first.subarray(0, 4).equals(MAGIC)) throw damaged(this.file, 'header', 'is not a backup');
    const length = first.readUInt32BE(4);
    const start = length > MAX_HEADER ? Buffer.alloc(0) : this.#bytes(0, 8 + length);
    if (start.length !== 8 + length) throw damaged(this.file, 'header', 'has an impossible length');
    return start;
  }

  #parse(bytes: Buffer): Header {
    try {
      const value: unknown = JSON.parse(bytes.toString('utf8'));
      if (header.Check(value)) return value;
    } catch (error) {
      throw damaged(this.file, 'header', 'cannot be read', error);
    }
    throw damaged(this.file, 'header', 'cannot be read');
  }

  #bytes(at: number, length: number): Buffer {
    const buffer = Buffer.alloc(length);
    let read = 0;
    for (;;) {
      const more = readSync(this.#fd, buffer, read, length - read, at + read);
      read += more;
      if (more === 0 || read === length) return buffer.subarray(0, read);
    }
  }

  #open(frame: number): Buffer {
    if (this.#kept?.frame === frame) return this.#kept.bytes;
    const at = this.#start + frame * (FRAME + TAG);
    const sealed = this.#bytes(at, Math.min(FRAME + TAG, this.#size - at));
    const last = frame === this.frames - 1;
    const bytes = this.#decrypted(sealed, frame, last);
    if (!bytes) {
      const cut = last && this.#decrypted(sealed, frame, false) !== undefined;
      throw damaged(
        this.file,
        `frame ${frame}`,
        cut ? 'is not the last one: the file is cut off behind it' : `was changed or cut off (byte ${at} and on)`,
      );
    }
    this.#kept = { frame, bytes };
    return bytes;
  }

  #decrypted(sealed: Buffer, frame: number, last: boolean): Buffer | undefined {
    if (sealed.length < TAG) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonceOf(Buffer.from(this.header.nonce, 'base64url'), frame), {
      authTagLength: TAG,
    });
    decipher.setAAD(binding(this.#prefix, frame, last));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    const bytes = decipher.update(sealed.subarray(0, sealed.length - TAG));
    try {
      return Buffer.concat([bytes, decipher.final()]);
    } catch {
      // The tag does not fit: the caller says what that means.
      return undefined;
    }
  }
}
