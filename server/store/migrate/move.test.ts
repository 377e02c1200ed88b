import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEmbeddedMovable } from '../embedded/movable.ts';
import { openEmbeddedStore } from '../embedded/store.ts';
import { DuplicateKey } from '../port.ts';
import { canonical, moveDocuments } from './move.ts';
import type { Movable } from './movable.ts';

const silent = (): void => undefined;
let root: string;
let from: string;
let to: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nuanliu-move-'));
  [from, to] = [join(root, 'from'), join(root, 'to')];
  await using store = await openEmbeddedStore({ dir: from });
  await store.ensureIndex('things', ['no'], { unique: true });
  await store.ensureIndex('things', ['kind', 'no']);
  await store.insert(
    'things',
    Array.from({ length: 450 }, (_, no) => ({ _id: `k${450 - no}`, no, kind: 'x', 'dotted.$name': [[no]] })),
  );
  await store.update('things', { _id: 'k7' }, { $set: { text: '热' } });
  await store.insert('others', [{ _id: 'a' }]);
});
afterEach(() => rm(root, { recursive: true }));

/** A target that is killed after so many writes. */
function dying(target: Movable, writes: number): Movable {
  let left = writes;
  return {
    ...target,
    put: async (collection, docs) => {
      left -= 1;
      if (left < 0) throw new Error('killed');
      await target.put(collection, docs);
    },
  };
}

describe('a move of all documents', () => {
  it('goes on where it was killed, at every write, and ends with the same documents, versions, order and indices', async () => {
    await using source = openEmbeddedMovable(from);
    const outcomes: unknown[] = [];
    for (let run = 0; run < 20 && typeof (outcomes.at(-1) ?? '') === 'string'; run += 1) {
      await using target = openEmbeddedMovable(to);
      outcomes.push(await moveDocuments(source, dying(target, run === 0 ? 1 : 2), silent).catch(String));
    }
    expect(outcomes.length).toBeGreaterThan(3);
    expect([...new Set(outcomes.slice(0, -1))]).toEqual(['Error: killed']);
    expect(outcomes.at(-1)).toMatchObject({ collections: 2, documents: 451 });
    await using a = await openEmbeddedStore({ dir: from });
    await using b = await openEmbeddedStore({ dir: to });
    for (const collection of ['things', 'others']) expect(await b.all(collection, {})).toStrictEqual(await a.all(collection, {}));
    expect(await b.get('things', 'k7')).toMatchObject({ ver: 2, text: '热' });
    await expect(b.insert('things', [{ _id: 'new', no: 7 }])).rejects.toBeInstanceOf(DuplicateKey);
    expect(await b.all('nuanliu-migration', {})).toEqual([]);
  });

  it('touches no target that holds something else', async () => {
    await using source = openEmbeddedMovable(from);
    await using other = openEmbeddedMovable(join(root, 'other'));
    await using target = openEmbeddedMovable(to);
    await target.put('things', [{ _id: 'mine', ver: 1 }]);
    await expect(moveDocuments(source, target, silent)).rejects.toMatchObject({ code: 'MIGRATE_TARGET', place: { element: 'things' } });
    await target.drop('things');
    await expect(moveDocuments(source, dying(target, 2), silent)).rejects.toThrow('killed');
    await expect(moveDocuments(other, target, silent)).rejects.toMatchObject({ code: 'MIGRATE_TARGET' });
  });

  it('names the first document that came out different', async () => {
    await using source = openEmbeddedMovable(from);
    await using target = openEmbeddedMovable(to);
    const changing: Movable = {
      ...target,
      put: (collection, docs) =>
        target.put(
          collection,
          docs.map((doc) => (doc._id === 'k300' ? { ...doc, kind: 'y' } : doc)),
        ),
    };
    await expect(moveDocuments(source, changing, silent)).rejects.toMatchObject({
      code: 'MIGRATE_DIFFERS',
      place: { element: 'things/k300' },
    });
  });

  it('compares by a text that does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonical({ b: 1, a: [{ d: 1, c: 2 }] })).toBe(canonical({ a: [{ c: 2, d: 1 }], b: 1 }));
  });
});
