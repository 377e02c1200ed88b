import type { Clock, Millis } from '#domain/time.ts';
import { predicateOf } from '#server/store/filter.ts';
import { DuplicateKey } from '#server/store/port.ts';
import type { BulkOp, Doc, Filter, FindOptions, NewDoc, Store, UpdateOps } from '#server/store/port.ts';
import { applyUpdate } from '#server/store/update.ts';

/** What survives a crash. */
export interface Disk {
  readonly docs: Map<string, Map<string, Doc>>;
  readonly unique: Map<string, Set<string>>;
}
export const emptyDisk = (): Disk => ({ docs: new Map(), unique: new Map() });

/** Called before and after the effect of each write; what it throws is what the caller gets. */
export type WriteHook = (when: 'before' | 'after', collection: string) => void;

const compare = (a: unknown, b: unknown): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
};

/** What of the port these tests need, in memory, so that they can crash at every write. */
export class MemoryStore implements Store {
  readonly capabilities = { transactions: false, changeStream: false, ttl: false, server: 'memory' };
  readonly #disk: Disk;
  readonly #hook: WriteHook;

  constructor(disk: Disk = emptyDisk(), hook: WriteHook = () => undefined) {
    this.#disk = disk;
    this.#hook = hook;
  }

  #collection(name: string): Map<string, Doc> {
    const found = this.#disk.docs.get(name) ?? new Map<string, Doc>();
    this.#disk.docs.set(name, found);
    return found;
  }

  async get(collection: string, id: string): Promise<Doc | undefined> {
    const doc = this.#disk.docs.get(collection)?.get(id);
    return Promise.resolve(doc && structuredClone(doc));
  }

  async *find(collection: string, filter: Filter, options: FindOptions = {}): AsyncGenerator<Doc, void, void> {
    yield* await this.all(collection, filter, options);
  }

  async all(collection: string, filter: Filter, options: FindOptions = {}): Promise<Doc[]> {
    const test = predicateOf(filter);
    const found = [...(this.#disk.docs.get(collection)?.values() ?? [])].filter(test);
    const keys = Object.entries(options.sort ?? {});
    found.sort((a, b) => {
      for (const [key, direction] of keys) {
        const order = compare(a[key], b[key]) * direction;
        if (order !== 0) return order;
      }
      return 0;
    });
    const from = options.skip ?? 0;
    return Promise.resolve(structuredClone(found.slice(from, options.limit === undefined ? undefined : from + options.limit)));
  }

  async count(collection: string, filter: Filter): Promise<number> {
    return (await this.all(collection, filter)).length;
  }

  #write<T>(collection: string, run: (docs: Map<string, Doc>) => T): Promise<T> {
    return Promise.resolve().then(() => {
      this.#hook('before', collection);
      const result = run(this.#collection(collection));
      this.#hook('after', collection);
      return result;
    });
  }

  #put(collection: string, docs: Map<string, Doc>, doc: Doc): void {
    for (const key of this.#disk.unique.get(collection) ?? []) {
      const taken = [...docs.values()].find((other) => other._id !== doc._id && other[key] !== undefined && other[key] === doc[key]);
      if (taken) throw new DuplicateKey(collection, String(doc[key]));
    }
    docs.set(doc._id, structuredClone(doc));
  }

  insert(collection: string, docs: readonly NewDoc[]): Promise<void> {
    return this.#write(collection, (all) => {
      for (const doc of docs) if (all.has(doc._id)) throw new DuplicateKey(collection, doc._id);
      for (const doc of docs) this.#put(collection, all, { ...doc, ver: 1 });
    });
  }

  update(collection: string, key: { readonly _id: string; readonly ver?: number }, ops: UpdateOps): Promise<boolean> {
    return this.#write(collection, (all) => this.#change(collection, all, key, ops));
  }

  #change(collection: string, all: Map<string, Doc>, key: { readonly _id: string; readonly ver?: number }, ops: UpdateOps): boolean {
    const doc = all.get(key._id);
    if (!doc || (key.ver !== undefined && key.ver !== doc.ver)) return false;
    this.#put(collection, all, applyUpdate(doc, ops));
    return true;
  }

  upsert(collection: string, doc: NewDoc): Promise<void> {
    return this.#write(collection, (all) => {
      this.#put(collection, all, { ...doc, ver: (all.get(doc._id)?.ver ?? 0) + 1 });
    });
  }

  async remove(collection: string, filter: Filter): Promise<number> {
    const gone = await this.all(collection, filter);
    return this.#write(collection, (all) => gone.filter((doc) => all.delete(doc._id)).length);
  }

  bulk(collection: string, ops: readonly BulkOp[]): Promise<boolean[]> {
    return this.#write(collection, (all) =>
      ops.map((op) => {
        if ('insert' in op) {
          if (all.has(op.insert._id)) return false;
          this.#put(collection, all, { ...op.insert, ver: 1 });
          return true;
        }
        if ('upsert' in op) {
          this.#put(collection, all, { ...op.upsert, ver: (all.get(op.upsert._id)?.ver ?? 0) + 1 });
          return true;
        }
        return 'update' in op ? this.#change(collection, all, op.update, op.update.ops) : all.delete(op.remove);
      }),
    );
  }

  ensureIndex(collection: string, keys: readonly string[], options: { readonly unique?: boolean } = {}): Promise<void> {
    const [key] = keys;
    if (options.unique === true && key !== undefined && keys.length === 1) {
      const unique = this.#disk.unique.get(collection) ?? new Set<string>();
      this.#disk.unique.set(collection, unique.add(key));
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** Time and timers that move only when the test says so. */
export class VirtualTime implements Clock {
  #now: Millis;
  #timers: { readonly due: Millis; readonly run: () => void }[] = [];

  constructor(now: Millis = Date.UTC(2026, 0, 12, 8)) {
    this.#now = now;
  }

  now(): Millis {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { due: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Forgets every timer: the process is dead. */
  drop(): void {
    this.#timers = [];
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter((timer) => timer.due <= until).sort((a, b) => a.due - b.due);
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.due);
      next.run();
      await settle();
    }
    this.#now = until;
    await settle();
  }
}

/** Lets everything that waits for nothing but promises come to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
