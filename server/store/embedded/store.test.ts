import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storeConformance } from '../conformance.ts';
import { predicateOf } from '../filter.ts';
import { GroupCommit } from './group-commit.ts';
import { Database } from './sqlite.ts';
import { openEmbeddedStore } from './store.ts';

storeConformance({
  name: 'embedded',
  place: async () => {
    const dir = await mkdtemp(join(tmpdir(), 'nuanliu-store-'));
    return { open: () => openEmbeddedStore({ dir }), drop: () => rm(dir, { recursive: true }) };
  },
});

const scalar = fc.oneof(
  fc.constantFrom('x', 'y', '热', '\u{1F525}', '\uFF5E', ''),
  fc.constantFrom(0, 1, 2, 0.1, 0.30000000000000004, 1e300, -5.5),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.record({ n: scalar }, { requiredKeys: [], noNullPrototype: true }),
  fc.array(fc.record({ n: scalar }, { noNullPrototype: true }), { maxLength: 2 }),
);
const body = fc.record({ a: value, b: value }, { requiredKeys: [], noNullPrototype: true });
const path = fc.constantFrom('a', 'b', 'a.n', 'b.n', 'a.0', 'a.0.n');
const operators = fc.oneof(
  fc.record({ $in: fc.array(scalar, { maxLength: 3 }) }, { noNullPrototype: true }),
  fc.record({ $nin: fc.array(scalar, { maxLength: 3 }) }, { noNullPrototype: true }),
  fc.record({ $ne: scalar }, { noNullPrototype: true }),
  fc.record({ $gt: scalar }, { noNullPrototype: true }),
  fc.record({ $gte: scalar, $lt: scalar }, { noNullPrototype: true }),
  fc.record({ $lte: scalar }, { noNullPrototype: true }),
  fc.record({ $exists: fc.boolean() }, { noNullPrototype: true }),
  fc.record({ $regex: fc.constantFrom('^x', '热') }, { noNullPrototype: true }),
);
const leaf = fc.tuple(path, fc.oneof(scalar, operators, value)).map(([key, test]) => ({ [key]: test }));
const filter = fc.oneof(
  leaf,
  fc.array(leaf, { minLength: 1, maxLength: 3 }).map(($and) => ({ $and })),
  fc.array(leaf, { minLength: 1, maxLength: 3 }).map(($or) => ({ $or })),
);

describe('translation of filters to SQL', () => {
  it('never loses a document that the filter matches', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(body, { minLength: 1, maxLength: 8 }),
        fc.array(filter, { minLength: 1, maxLength: 6 }),
        async (bodies, filters) => {
          const dir = await mkdtemp(join(tmpdir(), 'nuanliu-filter-'));
          const store = await openEmbeddedStore({ dir });
          const docs = bodies.map((b, i) => ({ ...b, _id: String(i) }));
          await store.insert('t', docs);
          for (const one of filters) {
            const expected = docs.map((d) => ({ ...d, ver: 1 })).filter(predicateOf(one));
            expect((await store.all('t', one)).map((d) => d._id)).toEqual(expected.map((d) => d._id));
          }
          await store[Symbol.asyncDispose]();
          await rm(dir, { recursive: true });
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('group commit', () => {
  it('fails all writes of the group and refuses later ones when the commit fails', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'nuanliu-group-'));
    const db = new Database(join(dir, 'x.db'));
    db.exec('CREATE TABLE parent (id INTEGER PRIMARY KEY)');
    db.exec('CREATE TABLE child (p INTEGER REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)');
    db.exec('PRAGMA foreign_keys=ON');
    const group = new GroupCommit(db);
    // A deferred constraint is found by COMMIT, as a full disk is.
    const both = await Promise.allSettled([
      group.write(() => db.run('INSERT INTO parent VALUES (1)')),
      group.write(() => db.run('INSERT INTO child VALUES (7)')),
    ]);
    expect(both.map((r) => r.status)).toEqual(['rejected', 'rejected']);
    await expect(group.write(() => 1)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(db.get('SELECT count(*) AS n FROM parent')?.['n']).toBe(0);
    db.close();
    await rm(dir, { recursive: true });
  });

  it('says which file cannot be opened', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'nuanliu-open-'));
    await writeFile(join(dir, 'docs.db'), 'this is no database, and it is long enough to be read as a page of one');
    await expect(openEmbeddedStore({ dir })).rejects.toMatchObject({ code: 'STORE_OPEN', place: { file: join(dir, 'docs.db') } });
    await rm(dir, { recursive: true });
  });
});
