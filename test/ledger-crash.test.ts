import { expect, it } from 'vitest';
import { Catalogue, parseLedgerType } from '#server/modules/ledgers/catalogue.ts';
import { Records } from '#server/modules/ledgers/records.ts';
import { FieldSeal } from '#server/modules/ledgers/seal.ts';
import { Bus } from '#server/bus.ts';
import { person, quiet } from './command-kit.ts';
import { emptyDisk, MemoryStore, VirtualTime, type WriteHook } from './memory-store.ts';

const TYPE = parseLedgerType({
  id: 'well',
  label: { zh: '井', en: 'Well' },
  code: 'WEL{nnn}',
  fields: { name: { type: 'text', label: { zh: '名称', en: 'Name' }, required: true, class: 'asset', level: 2 } },
  groups: [{ label: { zh: '基本', en: 'Basics' }, fields: ['name'] }],
  title: 'name',
  columns: ['name'],
});
const engineer = person('chen.siyuan', 'process-engineer');
const asked = (ver?: number) => ({ caller: engineer, requestId: 'r', ...(ver === undefined ? {} : { ifMatch: `"${ver}"` }) });

/** Creates, changes twice and deletes; the program dies at a write and comes up again. */
async function lives(dieAt: number): Promise<{ readonly records: Records; readonly writes: number; readonly steps: number }> {
  const disk = emptyDisk();
  let writes = 0;
  const hook: WriteHook = () => {
    writes += 1;
    if (writes >= dieAt) throw new Error('the process is dead');
  };
  const life = (on?: WriteHook): Records => {
    const catalogue = new Catalogue();
    catalogue.put({ type: TYPE, hash: 'h' });
    let serial = 0;
    const context = {
      store: new MemoryStore(disk, on),
      bus: new Bus(() => undefined),
      audit: { append: () => Promise.resolve((serial += 1)) },
      clock: new VirtualTime(),
      ids: { next: () => 'id', secret: () => 's' },
      log: quiet,
    };
    return new Records(context, catalogue, new FieldSeal(['secret']));
  };
  const first = life(hook);
  let steps = 0;
  try {
    await first.create(TYPE, undefined, { name: 'a' }, asked());
    steps += 1;
    await first.update(TYPE, 'WEL001', { name: 'b' }, asked(1));
    steps += 1;
    await first.update(TYPE, 'WEL001', { name: 'c' }, asked(2));
    steps += 1;
    await first.remove(TYPE, 'WEL001', asked(3));
    steps += 1;
  } catch (error) {
    if (!(error instanceof Error) || error.message !== 'the process is dead') throw error;
  }
  const records = life();
  await records.open();
  return { records, writes, steps };
}

it('tells every change that was acknowledged, wherever the program died, and leaves no half delete', async () => {
  const { writes } = await lives(Number.POSITIVE_INFINITY);
  expect(writes).toBeGreaterThan(10);
  for (let dieAt = 1; dieAt <= writes; dieAt += 1) {
    const { records, steps } = await lives(dieAt);
    const present = await records.find(TYPE, 'WEL001');
    const history = await records.history(TYPE, 'WEL001').catch(() => []);
    const versions = history.map((entry) => entry.n);
    // Acknowledged steps are all there, in order, without a gap; at most the next one besides.
    expect([dieAt, versions]).toEqual([dieAt, Array.from({ length: versions.length }, (_, index) => versions.length - index)]);
    expect(versions.length === steps || versions.length === steps + 1).toBe(true);
    expect([dieAt, present !== undefined]).toEqual([dieAt, versions.length > 0 && history[0]?.action !== 'delete']);
  }
});
