import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeConformance } from '#server/store/conformance.ts';
import { filtersLoseNothing } from '#server/store/filter-kit.ts';
import { openMongoStore } from '#server/store/mongo/store.ts';
import type { Store } from '#server/store/port.ts';
import { dropDatabase, freshDatabase, SERVERS } from './servers.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

describe.each(SERVERS)('$name', ({ name, missing, start }) => {
  let server: Awaited<ReturnType<typeof start>>;
  let database = '';
  const open = (): Promise<Store> => openMongoStore({ url: server.url, database, clock });
  const place = async (): Promise<{ open(): Promise<Store>; drop(): Promise<void> }> => {
    database = freshDatabase();
    const used = database;
    return Promise.resolve({ open, drop: () => dropDatabase(server.url, used) });
  };
  beforeAll(async () => {
    if (missing !== undefined) return;
    server = await start();
    await using store = await openMongoStore({ url: server.url, database: freshDatabase(), clock });
    process.stdout.write(`the store runs on ${store.capabilities.server} (${name})\n`);
  });
  afterAll(async () => {
    if (missing === undefined) await server[Symbol.asyncDispose]();
  });

  storeConformance({ name: 'mongodb', missing, place });

  it('loses no document that a filter matches', async ({ skip }) => {
    skip(missing !== undefined, missing);
    const here = await place();
    const store = await here.open();
    await expect(filtersLoseNothing(store, 30)).resolves.toBeUndefined();
    await store[Symbol.asyncDispose]();
    await here.drop();
  });

  it('says in a code that a document of another program is none of its own, and that a server is not there', async ({ skip }) => {
    skip(missing !== undefined, missing);
    const here = await place();
    await using store = await here.open();
    const client = await MongoClient.connect(server.url);
    await client
      .db(database)
      .collection('things')
      .insertOne({ when: new Date(0) });
    await client.close();
    await expect(store.all('things', {})).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    await here.drop();
    const nowhere = openMongoStore({ url: 'mongodb://user:secret@127.0.0.1:1/?serverSelectionTimeoutMS=200', database, clock });
    await expect(nowhere).rejects.toMatchObject({ code: 'STORE_OPEN', place: { path: 'mongodb://127.0.0.1:1/' } });
    await expect(nowhere).rejects.not.toThrow(/secret/);
  });
});
