import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AuditEntry } from '#server/services.ts';
import { openAudit } from '#server/store/audit/log.ts';
import { verifyAudit } from '#server/store/audit/verify.ts';
import { openEmbeddedStore } from '#server/store/embedded/store.ts';

const clock = { now: () => Date.UTC(2026, 10, 27), monotonic: () => 0 };
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const entry: AuditEntry = { actor: 'x', actorName: 'X', roles: [], event: 'test', object: 'o', action: 'do', result: 'done' };
const text = 'x'.repeat(4000);
/** More than the room that SQLite's log has already. */
const tooMuch = 'x'.repeat(3_000_000);

/** A file system of 4 MiB, or undefined where this is not allowed. */
async function smallDisk(): Promise<(AsyncDisposable & { readonly dir: string }) | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-small-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dir]).status !== 0) {
    await rmdir(dir);
    return undefined;
  }
  return {
    dir,
    async [Symbol.asyncDispose]() {
      // Also when the test failed and its files are open.
      spawnSync('umount', ['-l', dir]);
      await rmdir(dir);
    },
  };
}

it('on a full disk reads go on and writes are refused with a code; with room again everything goes on', async ({ skip }) => {
  await using disk = await smallDisk();
  skip(!disk, 'needs the right to mount a tmpfs');
  const dir = disk?.dir ?? '';
  await writeFile(join(dir, 'ballast'), Buffer.alloc(1_500_000, 1));
  let store = await openEmbeddedStore({ dir });
  const audit = await openAudit({ dir, clock, log: quiet });
  await audit.append(entry);
  const kept: string[] = [];
  const write = async (name: string, id: string, long = text): Promise<void> => {
    await store.insert(name, [{ _id: id, text: long, tags: ['a'] }]);
    kept.push(id);
  };
  const fill = async (): Promise<unknown> => {
    for (let n = 0; n < 1000; n += 1) await write('things', `k${n}`);
    return 'never full';
  };
  expect(await fill().catch((error: unknown) => error)).toMatchObject({ code: 'STORE_FULL', status: 507 });
  const taken = kept.length;
  expect(taken).toBeGreaterThan(10);
  // What little room is left is taken too, so that nothing fits any more.
  for (let size = 65_536; size >= 1; size = Math.floor(size / 2))
    await writeFile(join(dir, `rest${size}`), Buffer.alloc(size, 1)).catch(() => undefined);
  await expect(write('fresh', 'first', tooMuch)).rejects.toMatchObject({ code: 'STORE_FULL' });
  await expect(store.update('things', { _id: 'k0' }, { $set: { text: tooMuch } })).rejects.toMatchObject({ code: 'STORE_FULL' });
  await expect(audit.append({ ...entry, after: text })).rejects.toMatchObject({ code: 'AUDIT_FAILED' });
  expect(await store.get('things', 'k0')).toMatchObject({ ver: 1, text });
  expect(await store.count('things', { tags: 'a' })).toBe(taken);
  expect(await store.all('fresh', {})).toEqual([]);

  await rm(join(dir, 'ballast'));
  await write('fresh', 'again');
  await write('things', 'after');
  expect((await store.all('fresh', { tags: 'a' })).map((doc) => doc._id)).toEqual(['again']);
  await audit.append(entry);
  await audit[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  store = await openEmbeddedStore({ dir });
  expect((await store.all('things', {})).map((doc) => doc._id)).toEqual(kept.filter((id) => id !== 'again'));
  expect(await verifyAudit(dir)).toEqual({ ok: true, entries: 2 });
  await store[Symbol.asyncDispose]();
});
