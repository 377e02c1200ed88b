import { MongoClient, ReadConcern, type Db } from 'mongodb';
import { Problem } from '#domain/errors.ts';
import type { Clock } from '#domain/time.ts';
import { DuplicateKey, type BulkOp, type Doc, type Filter, type FindOptions, type NewDoc, type Store, type UpdateOps } from '../port.ts';
import type { Movable } from '../migrate/movable.ts';
import { MongoCollection } from './collection.ts';
import type { StoredDoc } from './document.ts';
import { failure } from './failure.ts';
import { createMovable } from './movable.ts';
import { probe, type ServerKind } from './server-kind.ts';

const NAME = /^[a-zA-Z][\w-]{0,63}$/;
/** Milliseconds after which a server that does not answer counts as gone. */
const PATIENCE = 10_000;
/** Orders of insertion a millisecond; clock * this stays below 2^53 until the year 2109. */
const ORDERS = 2048;

export interface MongoPlace {
  /** `mongodb://` or `mongodb+srv://`; it may hold a password and is never shown. */
  readonly url: string;
  readonly database: string;
  readonly clock: Clock;
}

/** The server's address without user and password. */
const shownAddress = (url: string): string => url.replace(/^([a-z+]+:\/\/)[^@/]*@/, '$1').replace(/\?.*$/, '');

/** A connection, and what the server at its other end is. */
interface Connected {
  readonly client: MongoClient;
  readonly db: Db;
  readonly kind: ServerKind;
}

async function connect({ url, database }: MongoPlace): Promise<Connected> {
  let client: MongoClient | undefined;
  try {
    client = new MongoClient(url, {
      appName: 'nuanliu',
      serverSelectionTimeoutMS: PATIENCE,
      // A write is told as done when most of the set have it in their journal (storage.md D11).
      writeConcern: { w: 'majority', journal: true },
      ignoreUndefined: false,
    });
    await client.connect();
    const kind = await probe(client.db(database));
    return { client, kind, db: client.db(database, kind.replicated ? { readConcern: new ReadConcern('majority') } : {}) };
  } catch (error) {
    await client?.close();
    const detail = error instanceof Error ? error.message : String(error);
    throw new Problem('STORE_OPEN', 500, `cannot open ${shownAddress(url)}: ${detail}`, {
      place: { path: shownAddress(url) },
      cause: error,
    });
  }
}

/** Connects and asks the server what it can do. @throws Problem STORE_OPEN if it does not answer or is too old for the driver. */
export async function openMongoStore(place: MongoPlace): Promise<Store> {
  return new MongoStore(await connect(place), insertionOrders(place.clock));
}

/** All documents of a database for a move. @throws Problem STORE_OPEN */
export async function openMongoMovable(place: MongoPlace): Promise<Movable> {
  const { client, db, kind } = await connect(place);
  return createMovable({
    name: `${kind.capabilities.server} ${shownAddress(place.url)}, ${place.database}`,
    client,
    db,
    nextOrder: insertionOrders(place.clock),
  });
}

/** Grows with every insert of this process, and with the clock from one process to the next. */
function insertionOrders(clock: Clock): () => number {
  let last = 0;
  return () => {
    last = Math.max(last + 1, clock.now() * ORDERS);
    return last;
  };
}

/** The port on a server of the MongoDB protocol: MongoDB or FerretDB. */
class MongoStore implements Store {
  readonly capabilities: Store['capabilities'];
  readonly #client: MongoClient;
  readonly #db: Db;
  readonly #nextOrder: () => number;
  readonly #collections = new Map<string, MongoCollection>();
  #closed = false;

  constructor({ client, db, kind }: Connected, nextOrder: () => number) {
    this.#client = client;
    this.#db = db;
    this.#nextOrder = nextOrder;
    this.capabilities = kind.capabilities;
  }

  get(collection: string, id: string): Promise<Doc | undefined> {
    return this.#read(collection, undefined, (c) => c.get(id));
  }

  async *find(collection: string, filter: Filter, options: FindOptions = {}): AsyncGenerator<Doc, void, void> {
    if (options.sort || options.limit !== undefined || options.skip !== undefined) {
      yield* await this.all(collection, filter, options);
      return;
    }
    const pages = this.#collection(collection)?.pages(filter);
    if (!pages) return;
    try {
      for await (const page of pages) yield* page;
    } catch (error) {
      throw failure(error);
    }
  }

  all(collection: string, filter: Filter, options?: FindOptions): Promise<Doc[]> {
    return this.#read(collection, [], (c) => c.all(filter, options));
  }

  count(collection: string, filter: Filter): Promise<number> {
    return this.#read(collection, 0, (c) => c.count(filter));
  }

  insert(collection: string, docs: readonly NewDoc[]): Promise<void> {
    return this.#write(collection, (c) => c.insert(docs));
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

  /** Operations on one document keep their order; those on different ones go at the same time. */
  bulk(collection: string, ops: readonly BulkOp[]): Promise<boolean[]> {
    return this.#write(collection, async (c) => {
      const results = ops.map(() => false);
      const rows = Map.groupBy(ops.entries(), ([, op]) => idOf(op));
      const ended = await Promise.allSettled(
        [...rows.values()].map(async (row) => {
          for (const [index, op] of row) results[index] = await bulkOne(c, op);
        }),
      );
      // Nothing of the call goes on after its refusal.
      const failed = ended.find((one) => one.status === 'rejected');
      if (failed) throw failed.reason;
      return results;
    });
  }

  ensureIndex(collection: string, keys: readonly string[], options: { readonly unique?: boolean } = {}): Promise<void> {
    return this.#write(collection, (c) => c.ensureIndex(keys, options.unique ?? false));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#client.close();
  }

  #collection(name: string): MongoCollection | undefined {
    if (this.#closed) throw new Problem('STORE_CLOSED', 503, 'the store is closed');
    if (!NAME.test(name)) return undefined;
    const known = this.#collections.get(name) ?? new MongoCollection(name, this.#db.collection<StoredDoc>(name), this.#nextOrder);
    this.#collections.set(name, known);
    return known;
  }

  async #read<T>(name: string, none: T, read: (collection: MongoCollection) => Promise<T>): Promise<T> {
    const collection = this.#collection(name);
    if (!collection) return none;
    try {
      return await read(collection);
    } catch (error) {
      throw failure(error);
    }
  }

  async #write<T>(name: string, write: (collection: MongoCollection) => Promise<T>): Promise<T> {
    const collection = this.#collection(name);
    if (!collection) throw new Problem('STORE_NAME', 500, `${name} is not a name of a collection`);
    try {
      return await write(collection);
    } catch (error) {
      throw failure(error);
    }
  }
}

const idOf = (op: BulkOp): string =>
  'insert' in op ? op.insert._id : 'upsert' in op ? op.upsert._id : 'update' in op ? op.update._id : op.remove;

async function bulkOne(collection: MongoCollection, op: BulkOp): Promise<boolean> {
  try {
    if ('insert' in op) await collection.insert([op.insert]);
    else if ('upsert' in op) await collection.upsert(op.upsert);
    else if ('update' in op) return await collection.update({ _id: op.update._id, ver: op.update.ver }, op.update.ops);
    else return await collection.remove(op.remove);
    return true;
  } catch (error) {
    if (error instanceof DuplicateKey) return false;
    throw error;
  }
}
