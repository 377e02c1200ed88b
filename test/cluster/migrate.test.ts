import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openEmbeddedStore } from '#server/store/embedded/store.ts';
import { lockFolder, SERVER_LOCK } from '#server/store/folder-lock.ts';
import { openMongoStore } from '#server/store/mongo/store.ts';
import { dropDatabase, freshDatabase, SERVERS } from './servers.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const clock = { now: () => Date.now(), monotonic: () => performance.now() };

interface Ended {
  readonly code: unknown;
  readonly lines: readonly string[];
}

/** `nuanliu migrate` as a program; `seen` may kill it at a line. */
async function migrate(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  seen: (line: string, child: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, 'migrate', ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      seen(line, child);
    });
  const [code]: unknown[] = await once(child, 'close');
  return { code, lines };
}

describe.each(SERVERS)('nuanliu migrate with $name', ({ missing, start }) => {
  it('moves everything there and back, through a kill in the middle, and not while a server runs', async ({ skip }) => {
    skip(missing !== undefined, missing);
    await using server = await start();
    const root = await mkdtemp(join(tmpdir(), 'nuanliu-migrate-'));
    const [data, back] = [join(root, 'data'), join(root, 'back')];
    const docs = Array.from({ length: 450 }, (_, no) => ({ _id: `k${450 - no}`, no, 'dotted.$name': [[no]], text: '热' }));
    const store = await openEmbeddedStore({ dir: join(data, 'store') });
    await store.ensureIndex('things', ['no'], { unique: true });
    await store.insert('things', docs);
    await store.update('things', { _id: 'k7' }, { $inc: { times: 1 } });
    await store.insert('others', [{ _id: 'a' }]);
    const before = await store.all('things', {});
    await store[Symbol.asyncDispose]();

    const database = freshDatabase();
    const env = { NUANLIU_MONGO_URL: server.url, NUANLIU_MONGO_DATABASE: database };
    const there = ['--to', 'mongodb', '--data', data];
    const running = lockFolder(data, SERVER_LOCK, 'a server runs');
    expect(await migrate(there, env)).toMatchObject({ code: 2, lines: [expect.stringContaining('FOLDER_BUSY')] });
    running[Symbol.dispose]();

    const killed = await migrate(there, env, (line, child) => {
      if (line.startsWith('things 200/')) child.kill('SIGKILL');
    });
    expect(killed.code).toBeNull();
    const resumed = await migrate(there, env);
    expect(resumed.code).toBe(0);
    expect(resumed.lines.find((line) => line.startsWith('things '))).not.toBe('things 200/450');
    expect(resumed.lines.join('\n')).toContain('451 documents of 2 collections are the same on both');

    await using moved = await openMongoStore({ url: server.url, database, clock });
    expect(await moved.all('things', {})).toStrictEqual(before);
    expect(await migrate(['--to', 'embedded', '--data', back], env)).toMatchObject({ code: 0 });
    await using returned = await openEmbeddedStore({ dir: join(back, 'store') });
    expect(await returned.all('things', {})).toStrictEqual(before);
    await expect(returned.insert('things', [{ _id: 'new', no: 7 }])).rejects.toThrow('duplicate key');
    await dropDatabase(server.url, database);
    await rm(root, { recursive: true });
  });
});
