/** A JSON document; `_id` is readable and unique in its collection, `ver` counts its changes (optimistic concurrency). */
export interface Doc {
  readonly _id: string;
  readonly ver: number;
  readonly [field: string]: unknown;
}
/** What callers insert: `ver` is given by the store (1). */
export type NewDoc = { readonly _id: string; readonly [field: string]: unknown };

/**
 * The narrow filter grammar that every adapter understands (a subset of MongoDB's): equality, `$in`, `$nin`, `$ne`, `$gt`, `$gte`,
 * `$lt`, `$lte`, `$exists`, `$regex`, `$and`, `$or`; dotted paths; equality with an array element.
 */
export type Filter = Readonly<Record<string, unknown>>;

/** Sorted: missing and null first, then numbers, then text by code points; of other values no order is promised. Equals keep the order of insertion. */
export interface FindOptions {
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  readonly limit?: number;
  readonly skip?: number;
}

/** Update operators: those that SQLite and MongoDB both do. */
export interface UpdateOps {
  readonly $set?: Readonly<Record<string, unknown>>;
  readonly $unset?: readonly string[];
  readonly $inc?: Readonly<Record<string, number>>;
  readonly $push?: Readonly<Record<string, unknown>>;
  readonly $addToSet?: Readonly<Record<string, unknown>>;
}

export type BulkOp =
  | { readonly insert: NewDoc }
  | { readonly upsert: NewDoc }
  | { readonly update: { readonly _id: string; readonly ver?: number; readonly ops: UpdateOps } }
  | { readonly remove: string };

/**
 * 存储: documents. Every promise of a write resolves only after a durable commit (storage.md D11).
 * One document is the unit of atomicity; effects over several documents go through an outbox inside one document.
 */
export interface Store {
  get(collection: string, id: string): Promise<Doc | undefined>;
  find(collection: string, filter: Filter, options?: FindOptions): AsyncIterable<Doc>;
  all(collection: string, filter: Filter, options?: FindOptions): Promise<Doc[]>;
  count(collection: string, filter: Filter): Promise<number>;
  /** @throws DuplicateKey if an `_id` or a unique index is taken; then nothing of the call is stored. */
  insert(collection: string, docs: readonly NewDoc[]): Promise<void>;
  /** Compare-and-set on `ver`; without `ver` unconditional. False if the document is not there or was changed. */
  update(collection: string, key: { readonly _id: string; readonly ver?: number }, ops: UpdateOps): Promise<boolean>;
  upsert(collection: string, doc: NewDoc): Promise<void>;
  remove(collection: string, filter: Filter): Promise<number>;
  /** Several single-document writes in one commit; each is atomic, the whole is not promised to be. Result: which took effect. */
  bulk(collection: string, ops: readonly BulkOp[]): Promise<boolean[]>;
  ensureIndex(collection: string, keys: readonly string[], options?: { readonly unique?: boolean }): Promise<void>;
  readonly capabilities: { readonly transactions: boolean; readonly changeStream: boolean; readonly ttl: boolean; readonly server: string };
  [Symbol.asyncDispose](): Promise<void>;
}

export class DuplicateKey extends Error {
  readonly collection: string;
  readonly key: string;
  constructor(collection: string, key: string) {
    super(`duplicate key ${key} in ${collection}`);
    this.name = 'DuplicateKey';
    this.collection = collection;
    this.key = key;
  }
}
