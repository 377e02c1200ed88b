import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '#domain/errors.ts';

export interface AuditKeys {
  /** Key of the HMAC-SHA-256 chain, 32 bytes. */
  readonly chain: Buffer;
  readonly sign: KeyObject;
  readonly verify: KeyObject;
}

const paths = (dir: string) => ({
  chain: join(dir, 'keys', 'audit.key'),
  sign: join(dir, 'keys', 'audit-sign.pem'),
  verify: join(dir, 'keys', 'audit-sign.pub.pem'),
});

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Keys of the data folder. @throws Problem AUDIT_KEY if one is missing or unreadable. */
export async function readKeys(dir: string): Promise<AuditKeys> {
  const path = paths(dir);
  try {
    const sign = createPrivateKey(await readFile(path.sign, 'utf8'));
    const chain = Buffer.from((await readFile(path.chain, 'utf8')).trim(), 'hex');
    if (chain.length !== 32) throw new Error('the chain key is not 32 bytes');
    return { chain, sign, verify: createPublicKey(sign) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new Problem('AUDIT_KEY', 500, `audit keys in ${join(dir, 'keys')}: ${detail}`, { place: { file: path.chain }, cause: error });
  }
}

/** Makes the keys of a new data folder, readable by the owner only; keys that are there stay. */
export async function ensureKeys(dir: string): Promise<AuditKeys> {
  const path = paths(dir);
  await mkdir(join(dir, 'keys'), { recursive: true, mode: 0o700 });
  const pair = generateKeyPairSync('ed25519');
  await create(path.chain, randomBytes(32).toString('hex'));
  if (await create(path.sign, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()))
    await create(path.verify, pair.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  return readKeys(dir);
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    await readFile(path);
    return false;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await writeFile(path, content, { mode: 0o600, flag: 'wx', flush: true });
  return true;
}
