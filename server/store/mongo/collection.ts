import type { Collection as Served } from 'mongodb';
import { DuplicateKey, type Doc, type Filter, type FindOptions, type NewDoc, type UpdateOps } from '../port.ts';
import { predicateOf } from '../filter.ts';
import { applyUpdate } from '../update.ts';
import { fromStored, orderOf, toStored, uniqueText, type StoredDoc } from './document.ts';
import { duplicateAt, isDuplicate } from './failure.ts';
import { escapePath, NESTED, ORDER, uniqueField, uniqueKeys } from './field-names.ts';
import { toServerFilter, type ServerFilter } from './filter-mongo.ts';
import { Turns } from './turns.ts';

const PAGE = 500;

/**
 * One collection on a server of the MongoDB protocol. A change reads the document, changes it here (`update.ts`: one meaning on every
 * adapter) and replaces it if its `ver` is still the one that was read.
 */
export class MongoCollection {
  readonly name: string;
  readonly #served: Served<StoredDoc>;
  readonly #nextOrder: () => number;
  /** FerretDB compares and replaces in two steps: the changes of this process to one document wait for each other. */
  readonly #turns = new Turns();
  #uniques: Promise<readonly (readonly string[])[]> | undefined;

  constructor(name: string, served: Served<StoredDoc>, nextOrder: () => number) {
    this.name = name;
    this.#served = served;
    this.#nextOrder = nextOrder;
  }

  async get(id: string): Promise<Doc | undefined> {
    const stored = await this.#served.findOne({ _id: id });
    return stored ? fromStored(stored) : undefined;
  }

  async all(filter: Filter, options: FindOptions = {}): Promise<Doc[]> {
    const test = predicateOf(filter);
    let skip = options.skip ?? 0;
    const limit = options.limit ?? Number.POSITIVE_INFINITY;
    const found: Doc[] = [];
    if (limit <= 0) return found;
    const sort = Object.entries(options.sort ?? {}).map(([path, direction]): [string, 1 | -1] => [escapePath(path), direction]);
    const batchSize = Math.min(PAGE, limit + skip);
    await using cursor = this.#served.find(toServerFilter(filter), { sort: [...sort, [ORDER, 1]], batchSize });
    for await (const stored of cursor) {
      const doc = fromStored(stored);
      if (!test(doc)) continue;
      if (skip > 0) skip -= 1;
      else if (found.push(doc) >= limit) break;
    }
    return found;
  }

  /** Pages in the order of insertion, so that a long walk holds no cursor of the server and sees no document twice. */
  async *pages(filter: Filter): AsyncGenerator<Doc[], void, void> {
    const test = predicateOf(filter);
    const condition = toServerFilter(filter);
    let after = Number.NEGATIVE_INFINITY;
    // Two processes may give the same order: the last order of a page is asked again, without what was seen of it.
    let seen = new Set<string>();
    for (;;) {
      const from: ServerFilter = after === Number.NEGATIVE_INFINITY ? {} : { [ORDER]: { $gte: after } };
      const rows = await this.#served.find({ $and: [from, condition] }, { sort: [[ORDER, 1]], limit: PAGE + seen.size }).toArray();
      const fresh = rows.filter((row) => !seen.has(row._id));
      const last = fresh.at(-1);
      if (!last) return;
      const edge = orderOf(last);
      const atEdge = fresh.filter((row) => orderOf(row) === edge).map((row) => row._id);
      seen = new Set(edge === after ? [...seen, ...atEdge] : atEdge);
      after = edge;
      yield fresh.map(fromStored).filter(test);
    }
  }

  /** Documents behind a position (order and id), in the order of insertion. */
  async after(position: string, limit: number): Promise<{ readonly position: string; readonly doc: Doc }[]> {
    const [order = '', ...rest] = position.split(' ');
    const id = rest.join(' ');
    const from = position === '' ? {} : { [ORDER]: { $gte: Number(order) } };
    // One more for the document of the position itself.
    const rows = await this.#served
      .find(from, {
        sort: [
          [ORDER, 1],
          ['_id', 1],
        ],
        limit: limit + 1,
      })
      .toArray();
    const behind = rows.filter((row) => position === '' || orderOf(row) > Number(order) || row._id > id);
    return behind.slice(0, limit).map((row) => ({ position: `${orderOf(row)} ${row._id}`, doc: fromStored(row) }));
  }

  async indices(): Promise<{ readonly keys: readonly string[]; readonly unique: boolean }[]> {
    const indices = await this.#served.indexes();
    return indices.flatMap(({ name = '' }) => {
      const unique = uniqueKeys(name);
      const keys = unique ?? (name.startsWith('i:') ? name.slice(2).split(',') : undefined);
      return keys ? [{ keys, unique: unique !== undefined }] : [];
    });
  }

  /** Writes the documents as they are, `ver` too, behind those that are there. */
  async put(docs: readonly Doc[]): Promise<void> {
    const uniques = await this.#known();
    const ops = docs.map((doc) => ({
      replaceOne: { filter: { _id: doc._id }, replacement: toStored(doc, doc.ver, this.#nextOrder(), uniques), upsert: true },
    }));
    if (ops.length > 0) await this.#served.bulkWrite(ops, { ordered: true });
  }

  async count(filter: Filter): Promise<number> {
    if (Object.keys(filter).length === 0) return this.#served.countDocuments({});
    let n = 0;
    for await (const page of this.pages(filter)) n += page.length;
    return n;
  }

  /** All or nothing, but for a crash of this program in the middle: not every server has transactions. */
  async insert(docs: readonly NewDoc[]): Promise<void> {
    const uniques = await this.#known();
    const rows = docs.map((doc) => toStored(doc, 1, this.#nextOrder(), uniques));
    if (rows.length === 0) return;
    if (rows.length > 1) {
      const [taken] = await this.#served.find({ _id: { $in: rows.map((row) => row._id) } }, { limit: 1 }).toArray();
      if (taken) throw new DuplicateKey(this.name, taken._id);
    }
    try {
      await this.#served.insertMany(rows, { ordered: true });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      const mine = rows.map((row) => ({ deleteOne: { filter: { _id: row._id, ver: 1, [ORDER]: orderOf(row) } } }));
      if (rows.length > 1) await this.#served.bulkWrite(mine, { ordered: false });
      throw new DuplicateKey(this.name, rows[duplicateAt(error)]?._id ?? '');
    }
  }

  async update(key: { readonly _id: string; readonly ver?: number | undefined }, ops: UpdateOps): Promise<boolean> {
    const uniques = await this.#known();
    return this.#turns.take(key._id, () => this.#changed(key, ops, uniques));
  }

  async upsert(doc: NewDoc): Promise<void> {
    const uniques = await this.#known();
    await this.#turns.take(doc._id, async () => {
      while (!(await this.#put(doc, uniques)));
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#turns.take(id, async () => (await this.#served.deleteOne({ _id: id })).deletedCount > 0);
  }

  /** A document that changes meanwhile is looked at again. */
  async removeAll(filter: Filter): Promise<number> {
    let removed = 0;
    for (;;) {
      let lost = 0;
      for await (const page of this.pages(filter)) {
        const gone = await Promise.all(
          page.map(({ _id, ver }) => this.#turns.take(_id, async () => (await this.#served.deleteOne({ _id, ver })).deletedCount)),
        );
        removed += gone.reduce((sum, one) => sum + one, 0);
        lost += gone.filter((one) => one === 0).length;
      }
      if (lost === 0) return removed;
    }
  }

  async #changed(
    key: { readonly _id: string; readonly ver?: number | undefined },
    ops: UpdateOps,
    uniques: readonly (readonly string[])[],
  ): Promise<boolean> {
    for (;;) {
      const stored = await this.#served.findOne({ _id: key._id });
      if (!stored || (key.ver !== undefined && key.ver !== stored.ver)) return false;
      const next = applyUpdate(fromStored(stored), ops);
      if (await this.#replace(stored, toStored(next, next.ver, orderOf(stored), uniques))) return true;
      // Another process was faster: with a version the caller has lost, without one it is tried on the new state.
    }
  }

  /** False if another process was faster. */
  async #put(doc: NewDoc, uniques: readonly (readonly string[])[]): Promise<boolean> {
    const stored = await this.#served.findOne({ _id: doc._id });
    return stored
      ? this.#replace(stored, toStored(doc, stored.ver + 1, orderOf(stored), uniques))
      : this.#inserted(toStored(doc, 1, this.#nextOrder(), uniques));
  }

  async ensureIndex(keys: readonly string[], unique: boolean): Promise<void> {
    await this.#known();
    if (!unique) {
      await this.#served.createIndex(
        keys.map((key): [string, 1] => [escapePath(key), 1]),
        { name: `i:${keys.join(',')}` },
      );
      return;
    }
    const field = uniqueField(keys);
    const before = await this.#readUniques();
    if (before.some((known) => uniqueField(known) === field)) return;
    // What is written from now on carries the field, what was there gets it.
    this.#uniques = Promise.resolve([...before, keys]);
    try {
      await this.#fillUnique(keys, field);
      await this.#served.createIndex([[field, 1]], { name: field, unique: true, sparse: true });
    } catch (error) {
      this.#uniques = Promise.resolve(before);
      if (isDuplicate(error)) throw new DuplicateKey(this.name, keys.join(','));
      throw error;
    }
  }

  async #fillUnique(keys: readonly string[], field: string): Promise<void> {
    for await (const page of this.pages({})) {
      await Promise.all(
        page.map(async (doc) => {
          const value = uniqueText(doc, keys);
          if (value === undefined) return;
          const { _id, ver } = doc;
          await this.#turns.take(_id, () => this.#served.updateOne({ _id, ver }, { $set: { [field]: value } }));
        }),
      );
    }
  }

  async #inserted(row: StoredDoc): Promise<boolean> {
    try {
      await this.#served.insertOne(row);
      return true;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      // Either somebody inserted the same document now, or another one holds the unique value.
      if (await this.#served.findOne({ _id: row._id }, { projection: { _id: 1 } })) return false;
      throw new DuplicateKey(this.name, row._id);
    }
  }

  async #replace(old: StoredDoc, next: StoredDoc): Promise<boolean> {
    try {
      return (await this.#served.replaceOne({ _id: old._id, ver: old.ver }, next)).matchedCount > 0;
    } catch (error) {
      if (isDuplicate(error)) throw new DuplicateKey(this.name, old._id);
      throw error;
    }
  }

  /** Unique indices of the collection, read once; the adapter's own indices are there after it. */
  #known(): Promise<readonly (readonly string[])[]> {
    this.#uniques ??= this.#prepare().catch((error: unknown) => {
      this.#uniques = undefined;
      throw error;
    });
    return this.#uniques;
  }

  async #prepare(): Promise<readonly (readonly string[])[]> {
    await this.#served.createIndex([[ORDER, 1]], { name: ORDER });
    await this.#served.createIndex([[NESTED, 1]], { name: NESTED, sparse: true });
    return this.#readUniques();
  }

  async #readUniques(): Promise<readonly (readonly string[])[]> {
    const indices = await this.#served.indexes();
    return indices
      .flatMap(({ name, unique }) => (unique && name !== undefined ? [uniqueKeys(name) ?? []] : []))
      .filter((keys) => keys.length > 0);
  }
}
