import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bus } from '../../bus.ts';
import { openEmbeddedStore } from '../../store/embedded/store.ts';
import type { Store } from '../../store/port.ts';
import { Works, type Work } from './works.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const DAY = 86_400_000;

describe('works', () => {
  let dir: string;
  let store: Store;
  let now = 0;
  let serial = 0;
  let told: string[] = [];
  const start = async (): Promise<Works> => {
    const context = {
      store,
      bus: new Bus(() => undefined),
      audit: { append: () => Promise.resolve(1) },
      clock: { now: () => now, monotonic: () => now },
      ids: { next: () => `w${(serial += 1)}`, secret: () => '' },
      log: quiet,
    };
    const works = new Works(context, join(dir, 'exports'), async (work: Work) => void told.push(`${work._id} ${work.state}`));
    await works.open();
    return works;
  };
  const file = { owner: 'u', name: 'a.csv', media: 'text/csv' };
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nuanliu-works-'));
    store = await openEmbeddedStore({ dir: join(dir, 'store') });
    [now, serial, told] = [10 * DAY, 0, []];
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });

  it('run one after the other; a failed one leaves no file and does not stop the next', async () => {
    const works = await start();
    let first = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      first = resolve;
    });
    const a = await works.begin(file, async (path) => {
      await gate;
      await writeFile(path, 'half');
      throw new Error('disk full');
    });
    const b = await works.begin(file, (path, progress) => {
      progress(0.5);
      return writeFile(path, 'whole');
    });
    expect([a, b].map((one) => works.get(one._id, 'u').state)).toEqual(['running', 'queued']);
    first();
    await expect.poll(() => works.get(b._id, 'u').state).toBe('done');
    expect(works.get(a._id, 'u')).toMatchObject({ state: 'failed', code: 'INTERNAL' });
    expect(told).toEqual(['w1 failed', 'w2 done']);
    expect(await readdir(join(dir, 'exports'))).toEqual([b._id]);
    await works.close();
  });

  it('are kept over a restart; those that it interrupted have failed', async () => {
    const works = await start();
    const done = await works.begin(file, (path) => writeFile(path, 'whole'));
    await expect.poll(() => works.get(done._id, 'u').state).toBe('done');
    await store.insert('work', [{ _id: 'left', ...file, state: 'running', progress: 0.5, created: now }]);
    await writeFile(join(dir, 'exports', 'left.part'), 'half');
    await writeFile(join(dir, 'exports', 'stranger'), 'x');
    const again = await start();
    expect(again.get(done._id, 'u')).toMatchObject({ state: 'done', size: 5 });
    expect(again.get('left', 'u')).toMatchObject({ state: 'failed', code: 'WORK_INTERRUPTED' });
    expect(await readdir(join(dir, 'exports'))).toEqual([done._id]);
    let text = '';
    for await (const chunk of (await again.file(done._id, 'u')).stream) text += new TextDecoder().decode(chunk);
    expect(text).toBe('whole');
  });

  it('are gone after a day, with their files', async () => {
    const works = await start();
    const done = await works.begin(file, (path) => writeFile(path, 'whole'));
    await expect.poll(() => works.get(done._id, 'u').state).toBe('done');
    now += DAY;
    await works.sweep();
    expect(works.get(done._id, 'u').state).toBe('done');
    now += 1;
    await works.sweep();
    expect(() => works.get(done._id, 'u')).toThrow('there is no work');
    expect([await readdir(join(dir, 'exports')), await store.count('work', {})]).toEqual([[], 0]);
  });
});
