import { join } from 'node:path';
import { Problem } from '#domain/errors.ts';
import type { Clock } from '#domain/time.ts';
import { DuplicateKey, type BulkOp, type Doc, type Filter, type FindOptions, type NewDoc, type Store, type UpdateOps } from '../port.ts';
import { Collection } from './collection.ts';
import { GroupCommit } from './group-commit.ts';
import { Database } from './sqlite.ts';

const NAME = /^[a-zA-Z][\w-]{0,63}$/;

/** Opens or creates `docs.db` in the folder. @throws Problem STORE_OPEN if the file cannot be opened. */
// oxlint-disable-next-line typescript/require-await -- the port's factories are asynchronous, this one happens not to wait
export async function openEmbeddedStore(options: { readonly dir: string; readonly clock?: Clock }): Promise<Store> {
  const path = join(options.dir, 'docs.db');
  try {
    return new EmbeddedStore(new Database(path, { pageSize: 8192 }));
  } catch (error) {
    throw new Problem('STORE_OPEN', 500, `cannot open ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      place: { file: path },
      cause: error,
    });
  }
}

class EmbeddedStore implements Store {
  readonly capabilities: Store['capabilities'];
  readonly #db: Database;
  readonly #group: GroupCommit;
  readonly #collections = new Map<string, Collection>();
  #closed = false;

  constructor(db: Database) {
    this.#db = db;
    this.#group = new GroupCommit(db);
    this.capabilities = { transactions: false, changeStream: false, ttl: false, server: `SQLite ${db.version}` };
    db.exec(
      'CREATE TABLE IF NOT EXISTS array_path (collection TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (collection, path)) WITHOUT ROWID',
    );
    for (const row of db.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'c:%'")) {
      const name = String(row['name']).slice(2);
      this.#collections.set(name, new Collection(db, name));
    }
  }

  // oxlint-disable-next-line typescript/require-await -- errors must reject, not throw
  async get(collection: string, id: string): Promise<Doc | undefined> {
    return this.#reading(collection)?.get(id);
  }

  async *find(collection: string, filter: Filter, options: FindOptions = {}): AsyncGenerator<Doc, void, void> {
    if (options.sort || options.limit !== undefined || options.skip !== undefined) {
      yield* await this.all(collection, filter, options);
      return;
    }
    for (const page of this.#reading(collection)?.pages(filter) ?? []) yield* page;
  }

  // oxlint-disable-next-line typescript/require-await -- errors must reject, not throw
  async all(collection: string, filter: Filter, options?: FindOptions): Promise<Doc[]> {
    return this.#reading(collection)?.all(filter, options) ?? [];
  }

  // oxlint-disable-next-line typescript/require-await -- errors must reject, not throw
  async count(collection: string, filter: Filter): Promise<number> {
    return this.#reading(collection)?.count(filter) ?? 0;
  }

  insert(collection: string, docs: readonly NewDoc[]): Promise<void> {
    return this.#write(collection, (c) => {
      for (const doc of docs) c.insert(doc);
    });
  }

  update(collection: string, key: { readonly _id: string; readonly ver?: number }, ops: UpdateOps): Promise<boolean> {
    return this.#write(collection, (c) => c.update(key, ops));
  }

  upsert(collection: string, doc: NewDoc): Promise<void> {
    return this.#write(collection, (c) => c.upsert(doc));
  }

  remove(collection: string, filter: Filter): Promise<number> {
    return this.#write(collection, (c) => c.removeAll(filter));
  }

  bulk(collection: string, ops: readonly BulkOp[]): Promise<boolean[]> {
    return this.#write(collection, (c) => ops.map((op) => this.#bulkOne(c, op)));
  }

  ensureIndex(collection: string, keys: readonly string[], options: { readonly unique?: boolean } = {}): Promise<void> {
    return this.#write(collection, (c) => c.ensureIndex(keys, options.unique ?? false));
  }

  // oxlint-disable-next-line typescript/require-await -- the interface's shape
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#group.close();
    this.#closed = true;
    this.#db.close();
  }

  #bulkOne(c: Collection, op: BulkOp): boolean {
    try {
      if ('insert' in op) c.insert(op.insert);
      else if ('upsert' in op) c.upsert(op.upsert);
      else if ('update' in op) return c.update({ _id: op.update._id, ver: op.update.ver }, op.update.ops);
      else return c.remove(op.remove);
      return true;
    } catch (error) {
      // SQLite undoes the one statement that broke the constraint; the others of the call stand.
      if (error instanceof DuplicateKey) return false;
      throw error;
    }
  }

  #reading(name: string): Collection | undefined {
    if (this.#closed) throw new Problem('STORE_CLOSED', 503, 'the store is closed');
    return this.#collections.get(name);
  }

  #write<T>(name: string, run: (collection: Collection) => T): Promise<T> {
    if (!NAME.test(name)) return Promise.reject(new Problem('STORE_NAME', 500, `${name} is not a name of a collection`));
    let created = false;
    return this.#group.write(
      () => {
        const known = this.#collections.get(name);
        if (known) return run(known);
        const collection = new Collection(this.#db, name);
        collection.create();
        const result = run(collection);
        this.#collections.set(name, collection);
        created = true;
        return result;
      },
      () => {
        if (created) this.#collections.delete(name);
        else this.#collections.get(name)?.reload();
      },
    );
  }
}
