import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAudit } from '../audit/log.ts';
import { openEmbeddedStore } from '../embedded/store.ts';
import { lockFolder } from '../folder-lock.ts';
import { createBackup, type BackupResult } from './create.ts';
import { generateRecipient } from './recipients.ts';
import { restoreBackup, verifyBackup } from './restore.ts';

const NOW = Date.UTC(2026, 10, 27, 21);
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const operator = generateRecipient();
const escrow = generateRecipient();
const recipients = [operator.publicKey, escrow.publicKey];

let root: string;
let data: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nuanliu-backup-'));
  [data, folder] = [join(root, 'data'), join(root, 'backups')];
  await mkdir(join(data, 'mail'), { recursive: true });
  await writeFile(join(data, 'mail', '1.eml'), 'Subject: 热');
});
afterEach(() => rm(root, { recursive: true }));

/** Files of the past, so that the next backup may trust their times. */
async function settle(): Promise<void> {
  for (const entry of await readdir(data, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), new Date(NOW - 60_000), new Date(NOW - 60_000));
}
const take = (now = NOW): Promise<BackupResult> => createBackup({ dataDir: data, folder, recipients, now });
const things = async (dir: string): Promise<unknown[]> => {
  await using store = await openEmbeddedStore({ dir: join(dir, 'store') });
  return (await store.all('things', {})).map((doc) => doc['n']);
};

describe('backup and restore', () => {
  it('restores documents, audit and files as they were, while their writer goes on', async () => {
    await using store = await openEmbeddedStore({ dir: join(data, 'store') });
    await using audit = await openAudit({ dir: data, clock: { now: () => NOW, monotonic: () => 0 }, log: quiet });
    for (let n = 0; n < 3; n += 1) {
      await store.insert('things', [{ _id: `k${n}`, n }]);
      await audit.append({ actor: 'x', actorName: 'X', roles: [], event: 'test', object: `k${n}`, action: 'do', result: 'done' });
    }
    const { file } = await take();
    await store.insert('things', [{ _id: 'later', n: 99 }]);
    const target = join(root, 'restored');
    await mkdir(target);
    expect(await restoreBackup(file, escrow.secretKey, target)).toMatchObject({
      at: '2026-11-27T21:00:00.000Z',
      sources: 1,
      auditEntries: 3,
    });
    await restoreBackup(file, operator.secretKey, join(root, 'again'));
    expect(await things(target)).toEqual([0, 1, 2]);
    expect(await readFile(join(target, 'mail/1.eml'), 'utf8')).toBe('Subject: 热');
    expect(await readdir(target)).toEqual(['audit', 'keys', 'mail', 'store']);
    expect(await readdir(join(root, 'again', 'store'))).toEqual(['docs.db']);
    expect((await readFile(file)).includes('Subject')).toBe(false);
  });

  it('stores only what changed, and restores from the whole chain', async () => {
    await using store = await openEmbeddedStore({ dir: join(data, 'store') });
    for (let n = 0; n < 30; n += 1) await store.insert('things', [{ _id: `k${n}`, n, text: String(n).repeat(40_000) }]);
    await settle();
    const first = await take();
    const second = await take(NOW + 900_000);
    expect([first.needs, second.needs, second.stored < 4096, second.held]).toEqual([0, 1, true, first.held]);
    await store.update('things', { _id: 'k3' }, { $set: { n: 33 } });
    const third = await take(NOW + 1_800_000);
    expect(third.stored).toBeLessThan(first.stored / 2);
    await restoreBackup(third.file, operator.secretKey, join(root, 'third'));
    expect((await things(join(root, 'third'))).slice(2, 5)).toEqual([2, 33, 4]);
    await restoreBackup(second.file, operator.secretKey, join(root, 'second'));
    expect((await things(join(root, 'second'))).slice(2, 5)).toEqual([2, 3, 4]);
    await rm(first.file);
    expect(() => verifyBackup(third.file, operator.secretKey)).toThrow(expect.objectContaining({ code: 'BACKUP_MISSING' }));
    expect((await take(NOW + 2_700_000)).needs).toBe(0);
  });

  it('finds a flipped byte anywhere, names the place, and leaves the target alone', async () => {
    await writeFile(
      join(data, 'big'),
      Buffer.alloc(2_500_000, 'x').map((_, n) => (n * 7919) % 251),
    );
    const { file } = await take();
    const good = await readFile(file);
    const header = 8 + good.readUInt32BE(4);
    const target = join(root, 'restored');
    for (const at of [
      0,
      4,
      9,
      header - 40,
      header,
      header + 5,
      header + 1024 * 1024 + 20,
      Math.floor(good.length / 2),
      good.length - 20,
      good.length - 1,
    ]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      await writeFile(file, bad);
      const failure = await restoreBackup(file, operator.secretKey, target).catch((error: unknown) => error);
      const frame = Math.floor((at - header) / (1024 * 1024 + 16));
      const place = at < header ? {} : { place: { file, element: `frame ${frame}` } };
      expect(failure).toMatchObject({
        code: expect.stringMatching(at < header ? /^BACKUP_(?:DAMAGED|KEY)$/ : /^BACKUP_DAMAGED$/),
        ...place,
      });
      expect((await readdir(root)).sort()).toEqual(['backups', 'data']);
    }
    await writeFile(file, good);
    expect(verifyBackup(file, operator.secretKey)).toMatchObject({ files: 2 });
  });

  it('finds a file that was cut off, also between two frames', async () => {
    await writeFile(
      join(data, 'big'),
      Buffer.alloc(2_500_000, 'x').map((_, n) => (n * 7919) % 251),
    );
    const { file } = await take();
    const good = await readFile(file);
    const header = 8 + good.readUInt32BE(4);
    for (const [length, why] of [
      [header + 1024 * 1024 + 16, /the file is cut off behind it/],
      [header + 1024 * 1024 + 5, /was changed or cut off/],
      [header, /cut off/],
      [5, /is not a backup/],
    ] as const) {
      await writeFile(file, good.subarray(0, length));
      expect(() => verifyBackup(file, operator.secretKey)).toThrow(why);
    }
  });

  it('opens for its recipients only', async () => {
    const { file } = await take();
    const other = generateRecipient().secretKey;
    for (const key of [other, 'nonsense', operator.publicKey])
      await expect(restoreBackup(file, key, join(root, 'r'))).rejects.toMatchObject({ code: 'BACKUP_KEY' });
    for (const one of [[], [operator.publicKey], [operator.publicKey, operator.publicKey], [...recipients, 'nonsense']])
      await expect(createBackup({ dataDir: data, folder, recipients: one, now: NOW })).rejects.toMatchObject({ code: 'BACKUP_KEY' });
  });

  it('restores into an empty folder only, and runs once at a time', async () => {
    const { file } = await take();
    await expect(restoreBackup(file, operator.secretKey, data)).rejects.toMatchObject({ code: 'BACKUP_TARGET' });
    const lock = lockFolder(join(data, 'backup'), 'backup.lock', 'busy');
    await expect(take()).rejects.toMatchObject({ code: 'FOLDER_BUSY' });
    lock[Symbol.dispose]();
    expect((await stat((await take()).file)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).filter((name) => !name.endsWith('.nlb'))).toEqual([]);
    expect(dirname(file)).toBe(folder);
  });
});
