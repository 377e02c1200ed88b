import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A secret of this installation, made at its first use and kept in `<data>/keys/<name>` (0600).
 * The file gets its name only when it is whole and on the disk: a crash never leaves an empty secret behind.
 * @returns 32 random bytes as URL-safe text
 */
export function ensureSecret(dataDir: string, name: string): string {
  const folder = join(dataDir, 'keys');
  const file = join(folder, name);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true });
    try {
      linkSync(fresh, file);
    } catch {
      // Another program was faster and its secret counts, or this file system knows no links.
      if (!existsSync(file)) renameSync(fresh, file);
    } finally {
      rmSync(fresh, { force: true });
    }
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 43) throw new Error(`${file} is damaged: it holds no secret; restore it from a backup`);
  return secret;
}
