import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DuplicateKey, type Store } from './port.ts';

/** What an adapter gives to the suite: a store over fresh data, and a second start over the same data. */
export interface Adapter {
  readonly name: string;
  /** Why it cannot run here; then the tests are skipped with it. */
  readonly missing?: string | undefined;
  /** A new empty place for data. */
  place(): Promise<{ open(): Promise<Store>; drop(): Promise<void> }>;
}

/** One suite for the port, run by every adapter. It asks only what `port.ts` promises. */
export function storeConformance(adapter: Adapter): void {
  describe(`store: ${adapter.name}`, () => {
    let place: Awaited<ReturnType<Adapter['place']>>;
    let store: Store;
    beforeEach(async ({ skip }) => {
      skip(adapter.missing !== undefined, adapter.missing);
      place = await adapter.place();
      store = await place.open();
    });
    afterEach(async () => {
      if (adapter.missing !== undefined) return;
      await store[Symbol.asyncDispose]();
      await place.drop();
    });
    const ids = async (filter: Parameters<Store['all']>[1], options?: Parameters<Store['all']>[2]): Promise<string[]> => {
      const found = (await store.all('things', filter, options)).map((d) => d._id);
      return options?.sort ? found : found.sort();
    };

    it('gives back what was inserted, with version 1', async () => {
      await store.insert('things', [{ _id: 'a', n: 1.5, t: '热', yes: true, none: null, list: [1, { x: 2 }], deep: { er: 'x' } }]);
      expect(await store.get('things', 'a')).toEqual({
        _id: 'a',
        ver: 1,
        n: 1.5,
        t: '热',
        yes: true,
        none: null,
        list: [1, { x: 2 }],
        deep: { er: 'x' },
      });
      expect(await store.get('things', 'b')).toBeUndefined();
      expect(await store.get('nothing', 'a')).toBeUndefined();
      expect(await store.all('nothing', {})).toEqual([]);
      expect(await store.count('nothing', {})).toBe(0);
    });

    it('stores nothing of an insert in which one id is taken', async () => {
      await store.insert('things', [{ _id: 'a' }]);
      await expect(store.insert('things', [{ _id: 'b' }, { _id: 'a' }, { _id: 'c' }])).rejects.toBeInstanceOf(DuplicateKey);
      expect(await ids({})).toEqual(['a']);
    });

    it('lets a failing write fail alone among writes of the same moment', async () => {
      await store.insert('things', [{ _id: 'a', tags: ['x'] }]);
      const results = await Promise.allSettled([
        store.insert('things', [{ _id: 'b', more: [1] }]),
        store.insert('things', [{ _id: 'a' }]),
        store.insert('things', [{ _id: 'c' }]),
        store.update('things', { _id: 'a' }, { $inc: { tags: 1 } }),
      ]);
      expect(results.map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
      expect(await ids({})).toEqual(['a', 'b', 'c']);
    });

    it('updates only the version that was read', async () => {
      await store.insert('things', [{ _id: 'a', n: 1 }]);
      expect(await store.update('things', { _id: 'a', ver: 1 }, { $set: { n: 2 } })).toBe(true);
      expect(await store.update('things', { _id: 'a', ver: 1 }, { $set: { n: 3 } })).toBe(false);
      expect(await store.update('things', { _id: 'a' }, { $set: { n: 4 } })).toBe(true);
      expect(await store.update('things', { _id: 'z' }, { $set: { n: 4 } })).toBe(false);
      expect(await store.get('things', 'a')).toEqual({ _id: 'a', ver: 3, n: 4 });
    });

    it('lets exactly one of two writers of the same version win', async () => {
      await store.insert('things', [{ _id: 'a', n: 0 }]);
      const won = await Promise.all(Array.from({ length: 10 }, (_, n) => store.update('things', { _id: 'a', ver: 1 }, { $set: { n } })));
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    it('applies the update operators', async () => {
      await store.insert('things', [{ _id: 'a', n: 1, gone: 1, list: [1], set: ['x'], deep: { n: 1 } }]);
      await store.update(
        'things',
        { _id: 'a' },
        {
          $set: { 'deep.m': 2, 'new.er': true },
          $unset: ['gone'],
          $inc: { n: 2, 'deep.n': -1, fresh: 5 },
          $push: { list: 1 },
          $addToSet: { set: 'x' },
        },
      );
      expect(await store.get('things', 'a')).toEqual({
        _id: 'a',
        ver: 2,
        n: 3,
        list: [1, 1],
        set: ['x'],
        deep: { n: 0, m: 2 },
        new: { er: true },
        fresh: 5,
      });
    });

    it('replaces or inserts by upsert', async () => {
      await store.upsert('things', { _id: 'a', n: 1, old: true });
      await store.upsert('things', { _id: 'a', n: 2 });
      expect(await store.get('things', 'a')).toEqual({ _id: 'a', ver: 2, n: 2 });
    });

    it('tells for each operation of a bulk whether it took effect', async () => {
      await store.insert('things', [{ _id: 'a', n: 1 }, { _id: 'b' }]);
      const done = await store.bulk('things', [
        { insert: { _id: 'c' } },
        { insert: { _id: 'a' } },
        { update: { _id: 'a', ver: 1, ops: { $inc: { n: 1 } } } },
        { update: { _id: 'a', ver: 1, ops: { $inc: { n: 1 } } } },
        { upsert: { _id: 'd', n: 4 } },
        { remove: 'b' },
        { remove: 'b' },
      ]);
      expect(done).toEqual([true, false, true, false, true, true, false]);
      expect(await store.all('things', {}, { sort: { _id: 1 } })).toEqual([
        { _id: 'a', ver: 2, n: 2 },
        { _id: 'c', ver: 1 },
        { _id: 'd', ver: 1, n: 4 },
      ]);
    });

    describe('filters', () => {
      beforeEach(async () => {
        await store.insert('things', [
          { _id: 'a', n: 1, t: 'x', tags: ['red', 'hot'], deep: { n: 1 } },
          { _id: 'b', n: 2.5, t: 'y', tags: [], on: true },
          { _id: 'c', n: 10, t: 'x', tags: 'red', deep: { n: 3 }, on: false },
          { _id: 'd', t: null, rows: [{ k: 1 }, { k: 2 }] },
        ]);
      });
      const cases: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
        ['everything', {}, ['a', 'b', 'c', 'd']],
        ['id', { _id: 'b' }, ['b']],
        ['ids', { _id: { $in: ['a', 'z'] } }, ['a']],
        ['text', { t: 'x' }, ['a', 'c']],
        ['number', { n: 2.5 }, ['b']],
        ['boolean', { on: true }, ['b']],
        ['null or missing', { t: null }, ['d']],
        ['missing', { deep: { $exists: false } }, ['b', 'd']],
        ['present', { n: { $exists: true } }, ['a', 'b', 'c']],
        ['not equal', { t: { $ne: 'x' } }, ['b', 'd']],
        ['none of', { t: { $nin: ['x', 'y'] } }, ['d']],
        ['range', { n: { $gt: 1, $lte: 10 } }, ['b', 'c']],
        ['range of text', { t: { $gte: 'y' } }, ['b']],
        ['dotted path', { 'deep.n': { $gte: 2 } }, ['c']],
        ['element of an array', { tags: 'red' }, ['a', 'c']],
        ['path through an array', { 'rows.k': 2 }, ['d']],
        ['regular expression', { t: { $regex: '^[xy]' } }, ['a', 'b', 'c']],
        ['and', { $and: [{ t: 'x' }, { n: { $lt: 5 } }] }, ['a']],
        ['or', { $or: [{ n: 1 }, { on: true }, { 'deep.n': 3 }] }, ['a', 'b', 'c']],
      ];
      it.each(cases)('%s', async (_, filter, expected) => {
        expect(await ids(filter)).toEqual(expected);
        expect(await store.count('things', filter)).toBe(expected.length);
      });
      it('answers the same with an index', async () => {
        await store.ensureIndex('things', ['t', 'n']);
        await store.ensureIndex('things', ['deep.n']);
        for (const [, filter, expected] of cases) expect(await ids(filter)).toEqual(expected);
      });
      it('sorts, skips and limits', async () => {
        expect(await ids({ n: { $exists: true } }, { sort: { n: -1 } })).toEqual(['c', 'b', 'a']);
        expect(await ids({ n: { $exists: true } }, { sort: { t: 1, n: -1 }, skip: 1, limit: 1 })).toEqual(['a']);
        expect(await ids({}, { sort: { _id: -1 }, limit: 2 })).toEqual(['d', 'c']);
      });
      it('removes what matches', async () => {
        expect(await store.remove('things', { t: 'x' })).toBe(2);
        expect(await ids({})).toEqual(['b', 'd']);
      });
    });

    it('refuses a second document with the same value of a unique index', async () => {
      await store.ensureIndex('things', ['kind', 'no'], { unique: true });
      await store.ensureIndex('things', ['kind', 'no'], { unique: true });
      await store.insert('things', [
        { _id: 'a', kind: 'k', no: 1 },
        { _id: 'b', kind: 'k', no: 2 },
      ]);
      await expect(store.insert('things', [{ _id: 'c', kind: 'k', no: 1 }])).rejects.toBeInstanceOf(DuplicateKey);
      await expect(store.update('things', { _id: 'a' }, { $set: { no: 2 } })).rejects.toBeInstanceOf(DuplicateKey);
      expect(await ids({})).toEqual(['a', 'b']);
    });

    it('lets documents without a value of a unique index live side by side', async () => {
      await store.insert('things', [{ _id: 'old', u: 1 }]);
      await store.ensureIndex('things', ['u'], { unique: true });
      await store.insert('things', [{ _id: 'a' }, { _id: 'b' }, { _id: 'c', u: null }, { _id: 'd', u: null }, { _id: 'e', u: [1] }]);
      await expect(store.insert('things', [{ _id: 'f', u: 1 }])).rejects.toMatchObject({ name: 'DuplicateKey', key: 'f' });
      await expect(store.upsert('things', { _id: 'a', u: 1 })).rejects.toBeInstanceOf(DuplicateKey);
      await store.update('things', { _id: 'old' }, { $unset: ['u'] });
      await store.insert('things', [{ _id: 'f', u: 1 }]);
      expect(await ids({})).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'old']);
    });

    it('refuses a unique index that the documents break already', async () => {
      await store.insert('things', [
        { _id: 'a', u: 1 },
        { _id: 'b', u: 1 },
      ]);
      await expect(store.ensureIndex('things', ['u'], { unique: true })).rejects.toBeInstanceOf(DuplicateKey);
      await store.insert('things', [{ _id: 'c', u: 1 }]);
    });

    it('keeps every name and text of JSON', async () => {
      const doc = {
        _id: 'a.$b',
        'dotted.name': { $dollar: 1, '%25': 'percent', '': 'empty', '%n': 1, 'zero\0': '\0' },
        $top: [{ 'x.y': 1 }, [], {}],
        big: [2 ** 31, -(2 ** 53), 1e-7, 0.1 + 0.2],
        text: '\u{1F525}\uFF5E\n"',
      };
      await store.insert('things', [doc]);
      expect(await store.get('things', 'a.$b')).toStrictEqual({ ...doc, ver: 1 });
      await store.update('things', { _id: 'a.$b' }, { $set: { 'text.x': 1 } }).catch(() => undefined);
      expect(await ids({ 'dotted.name': { $exists: true } })).toEqual([]);
    });

    it('changes what JSON cannot say as JSON does', async () => {
      await store.insert('things', [{ _id: 'a', at: new Date(0), gone: undefined, list: [undefined, Number.NaN] }]);
      expect(await store.get('things', 'a')).toStrictEqual({ _id: 'a', ver: 1, at: '1970-01-01T00:00:00.000Z', list: [null, null] });
    });

    it('sorts missing and null first, then numbers, then text by code points; equals in the order of insertion', async () => {
      const values = ['b', 2, null, 'B', '\u{1F525}', '\uFF5E', -1, undefined, 10, 'b'];
      await store.insert(
        'things',
        values.map((k, n) => ({ _id: `k${n}`, k })),
      );
      const order = ['k2', 'k7', 'k6', 'k1', 'k8', 'k3', 'k0', 'k9', 'k5', 'k4'];
      expect(await ids({}, { sort: { k: 1 } })).toEqual(order);
      expect((await store.all('things', {})).map((d) => d._id)).toEqual(values.map((_, n) => `k${n}`));
      await store.upsert('things', { _id: 'k0', k: 'b', again: true });
      expect((await store.all('things', { k: 'b' })).map((d) => d._id)).toEqual(['k0', 'k9']);
    });

    it('walks a long cursor while the collection is written', async () => {
      await store.insert(
        'things',
        Array.from({ length: 1201 }, (_, n) => ({ _id: `k${n}`, n })),
      );
      let seen = 0;
      for await (const doc of store.find('things', { n: { $gte: 1 } })) {
        seen += 1;
        if (seen % 400 === 0) await store.update('things', { _id: doc._id }, { $inc: { n: 1 } });
      }
      expect(seen).toBe(1200);
    });

    it('has everything after a second start', async () => {
      await store.ensureIndex('things', ['u'], { unique: true });
      await store.insert('things', [{ _id: 'a', u: 1, tags: ['x'] }]);
      await store.update('things', { _id: 'a' }, { $push: { tags: 'y' } });
      await store[Symbol.asyncDispose]();
      store = await place.open();
      expect(await store.all('things', { tags: 'y' })).toEqual([{ _id: 'a', ver: 2, u: 1, tags: ['x', 'y'] }]);
      await expect(store.insert('things', [{ _id: 'b', u: 1 }])).rejects.toBeInstanceOf(DuplicateKey);
    });

    it('refuses what the port does not promise', async () => {
      await store.insert('things', [{ _id: 'a' }]);
      await expect(store.all('things', { $where: 'true' })).rejects.toMatchObject({ code: 'STORE_FILTER' });
      await expect(store.all('things', { a: { $elemMatch: {} } })).rejects.toMatchObject({ code: 'STORE_FILTER' });
      await expect(store.update('things', { _id: 'a' }, { $set: { _id: 'b' } })).rejects.toMatchObject({ code: 'STORE_UPDATE' });
      await expect(store.update('things', { _id: 'a' }, { $set: { '__proto__.x': 1 } })).rejects.toMatchObject({ code: 'STORE_UPDATE' });
      await expect(store.insert('no;good', [{ _id: 'a' }])).rejects.toMatchObject({ code: 'STORE_NAME' });
    });

    it('refuses work after it was closed', async () => {
      await store[Symbol.asyncDispose]();
      await expect(store.insert('things', [{ _id: 'a' }])).rejects.toMatchObject({ code: 'STORE_CLOSED' });
      await expect(store.get('things', 'a')).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    });
  });
}
