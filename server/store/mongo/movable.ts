import type { Db, MongoClient } from 'mongodb';
import type { Movable } from '../migrate/movable.ts';
import { MongoCollection } from './collection.ts';
import type { StoredDoc } from './document.ts';
import { failure } from './failure.ts';

interface Parts {
  readonly name: string;
  readonly client: MongoClient;
  readonly db: Db;
  readonly nextOrder: () => number;
}

/** A database for a move; it closes the client. */
export function createMovable({ name, client, db, nextOrder }: Parts): Movable {
  const known = new Map<string, MongoCollection>();
  const at = (collection: string): MongoCollection => {
    const found = known.get(collection) ?? new MongoCollection(collection, db.collection<StoredDoc>(collection), nextOrder);
    known.set(collection, found);
    return found;
  };
  const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      throw failure(error);
    }
  };
  return {
    name,
    collections: () =>
      asked(async () =>
        (await db.listCollections({}, { nameOnly: true }).toArray())
          .map((one) => one.name)
          .filter((one) => !one.startsWith('system.'))
          .sort(),
      ),
    indices: (collection) => asked(() => at(collection).indices()),
    ensureIndex: (collection, { keys, unique }) => asked(() => at(collection).ensureIndex(keys, unique)),
    after: (collection, position, limit) => asked(() => at(collection).after(position, limit)),
    put: (collection, docs) => asked(() => at(collection).put(docs)),
    get: (collection, ids) => asked(async () => new Map((await at(collection).all({ _id: { $in: ids } })).map((doc) => [doc._id, doc]))),
    count: (collection) => asked(() => at(collection).count({})),
    drop: (collection) =>
      asked(async () => {
        await db.dropCollection(collection);
        known.delete(collection);
      }),
    [Symbol.asyncDispose]: () => client.close(),
  };
}
