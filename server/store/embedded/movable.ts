import { join, resolve } from 'node:path';
import type { Movable } from '../migrate/movable.ts';
import { Collection } from './collection.ts';
import { Database } from './sqlite.ts';

/** The documents of a data folder for a move; the caller holds the folder's lock. */
export function openEmbeddedMovable(dir: string): Movable {
  const path = join(dir, 'docs.db');
  const db = new Database(path, { pageSize: 8192 });
  db.exec(
    'CREATE TABLE IF NOT EXISTS array_path (collection TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (collection, path)) WITHOUT ROWID',
  );
  const known = new Map<string, Collection>();
  const at = (name: string): Collection => {
    const collection = known.get(name) ?? new Collection(db, name);
    if (!known.has(name)) collection.create();
    known.set(name, collection);
    return collection;
  };
  const written = (write: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      write();
      db.exec('COMMIT');
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
  return {
    name: `SQLite ${resolve(path)}`,
    collections: async () => {
      const rows = db.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'c:%' ORDER BY name");
      return Promise.resolve(rows.map((row) => String(row['name']).slice(2)));
    },
    indices: async (collection) => Promise.resolve(at(collection).indices()),
    ensureIndex: async (collection, { keys, unique }) => Promise.resolve(at(collection).ensureIndex(keys, unique)),
    after: async (collection, position, limit) => {
      const rows = at(collection).after(position === '' ? 0 : Number(position), limit);
      return Promise.resolve(rows.map((row) => ({ position: String(row.position), doc: row.doc })));
    },
    put: async (collection, docs) => {
      const target = at(collection);
      written(() => {
        for (const doc of docs) target.put(doc);
      });
      return Promise.resolve();
    },
    get: async (collection, ids) => {
      const found = ids.flatMap((id) => at(collection).get(id) ?? []);
      return Promise.resolve(new Map(found.map((doc) => [doc._id, doc])));
    },
    count: async (collection) => Promise.resolve(at(collection).count({})),
    drop: async (collection) => {
      written(() => {
        at(collection).removeAll({});
        db.exec(`DROP TABLE "c:${collection}"`);
      });
      known.delete(collection);
      return Promise.resolve();
    },
    async [Symbol.asyncDispose]() {
      db.close();
      return Promise.resolve();
    },
  };
}
