import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { storeConformance } from '../conformance.ts';
import { filtersLoseNothing } from '../filter-kit.ts';
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

describe('translation of filters to SQL', () => {
  it('never loses a document that the filter matches', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'nuanliu-filter-'));
    const store = await openEmbeddedStore({ dir });
    await expect(filtersLoseNothing(store, 300)).resolves.toBeUndefined();
    await store[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
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
