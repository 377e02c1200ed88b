import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Problem } from '#domain/errors.ts';
import { verifyAudit } from '../audit/verify.ts';
import { databaseFault } from '../embedded/sqlite.ts';
import { syncFolder } from './create.ts';
import { readManifest, type Manifest, type StoredFile } from './manifest.ts';
import { damaged, SealedReader } from './sealed-file.ts';

export interface BackupContent {
  readonly at: string;
  readonly files: number;
  readonly bytes: number;
  /** Sealed files that were read: the backup and the earlier ones that it needs. */
  readonly sources: number;
  /** Entries of the audit log whose chain holds; only where it was restored. */
  readonly auditEntries?: number;
}

/**
 * Checks every frame of the backup and of the earlier ones that it needs, and every hash; writes nothing.
 * @throws Problem BACKUP_DAMAGED with file and frame; BACKUP_KEY; BACKUP_MISSING
 */
export function verifyBackup(file: string, secretKey: string): BackupContent {
  using chain = openChain(file, secretKey);
  for (const source of chain.sources) source.checkAll();
  for (const stored of chain.manifest.files) for (const _part of content(chain, stored));
  return summary(chain);
}

/**
 * Restores a backup into a folder that does not exist or is empty. Everything is checked first; the files are written beside the target
 * and opened (databases, audit chain), and only then the folder gets its name.
 * @throws Problem as `verifyBackup`; BACKUP_TARGET
 */
export async function restoreBackup(file: string, secretKey: string, target: string): Promise<BackupContent> {
  const place = resolve(target);
  if (existsSync(place) && readdirSync(place).length > 0)
    throw new Problem('BACKUP_TARGET', 409, `${place} is not empty: a backup is restored into an empty folder only`, {
      place: { file: place },
    });
  verifyBackup(file, secretKey);
  using chain = openChain(file, secretKey);
  const beside = `${place}.restoring`;
  rmSync(beside, { recursive: true, force: true });
  try {
    mkdirSync(beside, { recursive: true, mode: 0o700 });
    for (const stored of chain.manifest.files) write(chain, stored, join(beside, stored.path));
    const auditEntries = await checkRestored(file, chain.manifest, beside);
    if (existsSync(place)) rmdirSync(place);
    renameSync(beside, place);
    syncFolder(dirname(place));
    return { ...summary(chain), ...(auditEntries === undefined ? {} : { auditEntries }) };
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    throw error;
  }
}

interface Chain extends Disposable {
  readonly file: string;
  readonly manifest: Manifest;
  readonly sources: readonly SealedReader[];
}

function openChain(file: string, secretKey: string): Chain {
  const newest = new SealedReader(file, secretKey);
  const sources = [newest];
  const dispose = (): void => {
    for (const source of sources) source[Symbol.dispose]();
  };
  try {
    const manifest = readManifest(newest);
    for (const { id, seal } of manifest.sources.slice(1)) {
      const name = readdirSync(dirname(resolve(file))).find((one) => one.endsWith(`-${id}.nlb`));
      if (name === undefined)
        throw new Problem('BACKUP_MISSING', 422, `${file} needs the earlier backup ...-${id}.nlb beside it`, {
          place: { file, element: id },
        });
      const earlier = new SealedReader(join(dirname(resolve(file)), name), secretKey);
      sources.push(earlier);
      if (earlier.seal !== seal) throw damaged(earlier.file, 'header', 'is not the file that the later backup names');
    }
    return { file, manifest, sources, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** The parts of a file, each checked; then the whole of it. */
function* content(chain: Chain, stored: StoredFile): Generator<Buffer, void, void> {
  const whole = createHash('sha256');
  let size = 0;
  for (const { source, offset, length, sha256 } of stored.parts) {
    const bytes = chain.sources[source]?.read(offset, length);
    if (!bytes || createHash('sha256').update(bytes).digest('hex') !== sha256)
      throw damaged(chain.file, stored.path, 'a part does not fit its hash');
    whole.update(bytes);
    size += bytes.length;
    yield bytes;
  }
  if (size !== stored.size || whole.digest('hex') !== stored.sha256) throw damaged(chain.file, stored.path, 'does not fit its hash');
}

function write(chain: Chain, stored: StoredFile, path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, 'wx', 0o600);
  try {
    for (const part of content(chain, stored)) writeSync(fd, part);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

async function checkRestored(file: string, manifest: Manifest, dir: string): Promise<number | undefined> {
  for (const { path, kind } of manifest.files) {
    const fault = kind === 'sqlite' ? databaseFault(join(dir, path)) : undefined;
    if (fault !== undefined) throw damaged(file, path, `the restored database is not whole: ${fault}`);
  }
  if (!manifest.files.some(({ path }) => path.startsWith('audit/'))) return undefined;
  const verdict = await verifyAudit(dir);
  if (verdict.firstBad) throw damaged(file, 'audit', `the restored chain breaks at entry ${verdict.firstBad.seq}: ${verdict.firstBad.why}`);
  return verdict.entries;
}

const summary = ({ manifest, sources }: Chain): BackupContent => ({
  at: manifest.at,
  files: manifest.files.length,
  bytes: manifest.files.reduce((sum, { size }) => sum + size, 0),
  sources: sources.length,
});
