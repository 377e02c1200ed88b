import { existsSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { isProblem, Problem } from '#domain/errors.ts';
import { createBackup } from '#server/store/backup/create.ts';
import { generateRecipient } from '#server/store/backup/recipients.ts';
import { verifyBackup } from '#server/store/backup/restore.ts';
import type { Output } from './cases.ts';

const MIB = 1024 * 1024;
export const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

/** Exit codes: 0 done, 1 the backup is damaged or of another key, 2 it could not be done. */
export async function guarded(out: Output, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    out.error(`${isProblem(error) ? `${error.code}: ` : ''}${error.message}`);
    return isProblem(error) && (error.code === 'BACKUP_DAMAGED' || error.code === 'BACKUP_MISSING') ? 1 : 2;
  }
}

/** The secret key of a file. @throws Problem BACKUP_KEY */
export async function secretKeyOf(file: string | undefined): Promise<string> {
  if (file === undefined) throw new Problem('BACKUP_KEY', 422, '--key FILE is needed: the secret key that `backup keygen` wrote');
  return (await readFile(file, 'utf8')).trim();
}

/** `nuanliu backup --folder DIR --to KEY --to KEY`: backs up the data folder, whether the server runs or not. */
export const backup = (args: readonly string[], out: Output): Promise<number> =>
  guarded(out, async () => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string', default: './data' },
        folder: { type: 'string' },
        to: { type: 'string', multiple: true, default: [] },
      },
    });
    if (values.folder === undefined) throw new Error('--folder DIR is needed');
    if (!existsSync(values.data)) throw new Error(`${values.data}: there is no such folder; --data names it`);
    const done = await createBackup({ dataDir: values.data, folder: values.folder, recipients: values.to, now: Date.now() });
    out.line(
      `${done.file}: ${done.files} files, ${mib(done.held)}, of which ${mib(done.stored)} new; needs ${done.needs} earlier backups beside it`,
    );
    return 0;
  });

/** `nuanliu backup keygen FILE`: the secret key goes into the file, the public one is printed. */
export const backupKeygen = (args: readonly string[], out: Output): Promise<number> =>
  guarded(out, async () => {
    const [file, ...more] = args;
    if (file === undefined || more.length > 0) throw new Error('backup keygen: one file for the secret key is needed');
    const { publicKey, secretKey } = generateRecipient();
    // An existing key is never overwritten: backups may depend on it.
    writeFileSync(file, `${secretKey}\n`, { mode: 0o600, flag: 'wx', flush: true });
    out.line(publicKey);
    return Promise.resolve(0);
  });

/** `nuanliu backup verify FILE --key FILE`: reads every frame of the backup and of the earlier ones that it needs. */
export const backupVerify = (args: readonly string[], out: Output): Promise<number> =>
  guarded(out, async () => {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { key: { type: 'string' } } });
    const [file] = positionals;
    if (file === undefined) throw new Error('backup verify: a file is needed');
    const { at, files, bytes, sources } = verifyBackup(file, await secretKeyOf(values.key));
    out.line(`${file}: whole; of ${at}, ${files} files, ${mib(bytes)}, from ${sources} backups in ${dirname(file)}`);
    return 0;
  });
