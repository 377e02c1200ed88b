import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostClock } from '#server/ambient.ts';
import { openEmbeddedStore } from '#server/store/embedded/store.ts';
import { openMongoStore } from '#server/store/mongo/store.ts';
import type { Store } from '#server/store/port.ts';
import { FERRETDB, hasFerretdb, startFerretdb } from '../cluster/ferretdb/ferretdb.ts';
import { noted, type Bench, type Measure } from './measure.ts';

const THINGS = 'things';
/** Documents that a find by index gives. */
const GROUP = 33;
/** Writes that wait at the same time, as those of one moment of the platform do. */
const TOGETHER = 100;
/** FerretDB reads the whole collection at every question: more documents would only measure that. */
const FERRET_DOCS = 500;

interface Subject {
  readonly name: string;
  readonly server: string;
  readonly docs: number;
  readonly store: Store;
}

const docOf = (no: number) => ({
  _id: `station-${no}`,
  group: Math.floor(no / GROUP),
  name: `二次网供水温度 ${no}`,
  state: no % 7 === 0 ? 'open' : 'closed',
  limits: { high: 95, low: 40, deadband: 0.5 },
  tags: ['T1', 'T2', 'P1'],
  note: 'x'.repeat(120),
});

/** Calls a second, one after the other or so many at once, for so many milliseconds. */
async function rate(millis: number, atOnce: number, call: (n: number) => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  let n = 0;
  while (performance.now() - begun < millis) {
    await Promise.all(Array.from({ length: atOnce }, (_, i) => call(n + i)));
    n += atOnce;
  }
  return (n * 1000) / (performance.now() - begun);
}

/** Every write is durable when it counts: committed with fsync, or acknowledged by the server with its journal. */
async function measure({ name, server, docs, store }: Subject, millis: number): Promise<Record<string, Measure>> {
  await store.ensureIndex(THINGS, ['group']);
  for (let from = 0; from < docs; from += 500)
    await store.insert(
      THINGS,
      Array.from({ length: Math.min(500, docs - from) }, (_, i) => docOf(from + i)),
    );
  const any = (n: number): number => (n * 7919) % docs;
  const unit = `a second, ${docs} documents, ${server}`;
  let inserted = docs;
  const insert = (): Promise<void> => {
    inserted += 1;
    return store.insert(THINGS, [docOf(inserted)]);
  };
  const update = (n: number): Promise<boolean> => store.update(THINGS, { _id: `station-${any(n)}` }, { $set: { note: `y${n}` } });
  return {
    [`${name}FindById`]: noted(await rate(millis, 1, (n) => store.get(THINGS, `station-${any(n)}`)), unit),
    [`${name}FindByIndex`]: noted(
      await rate(millis, 1, (n) => store.all(THINGS, { group: Math.floor(any(n) / GROUP) })),
      `${unit}, ${GROUP} found`,
    ),
    [`${name}Update`]: noted(await rate(millis, 1, update), `${unit}, one after the other`),
    [`${name}UpdateTogether`]: noted(await rate(millis, TOGETHER, update), `${unit}, ${TOGETHER} at once`),
    [`${name}Insert`]: noted(await rate(millis, 1, insert), `${unit}, one after the other`),
    [`${name}InsertTogether`]: noted(await rate(millis, TOGETHER, insert), `${unit}, ${TOGETHER} at once`),
  };
}

/** The document store: embedded, and on FerretDB where it was built (`npm run test:cluster`). */
export const run: Bench = async ({ seconds, progress }) => {
  const millis = (seconds * 1000) / 12;
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-bench-'));
  try {
    progress('embedded');
    const embedded = await openEmbeddedStore({ dir });
    const results = await measure({ name: 'embedded', server: embedded.capabilities.server, docs: 20_000, store: embedded }, millis);
    await embedded[Symbol.asyncDispose]();
    if (!hasFerretdb()) {
      progress('FerretDB is not built: npm run test:cluster builds it');
      return results;
    }
    progress(FERRETDB);
    await using ferret = await startFerretdb();
    await using store = await openMongoStore({ url: ferret.url, database: 'bench', clock: hostClock });
    return { ...results, ...(await measure({ name: 'ferretdb', server: FERRETDB, docs: FERRET_DOCS, store }, millis)) };
  } finally {
    await rm(dir, { recursive: true });
  }
};
