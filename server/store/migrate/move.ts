import { createHash } from 'node:crypto';
import { Problem } from '#domain/errors.ts';
import type { Doc } from '../port.ts';
import type { Movable } from './movable.ts';

/** Where the move stands, at the target itself: killed at any moment, it goes on from there. */
const STATE = 'nuanliu-migration';
const PAGE = 200;

export interface MoveResult {
  readonly collections: number;
  readonly documents: number;
  /** SHA-256 over the hashes of all documents, collection by collection in the order of insertion. */
  readonly sha256: string;
}

/** Called after each page that the target has. */
export type Progress = (collection: string, documents: number, of: number) => void;

/**
 * Copies every collection with its indices, then compares every document. The source stays as it is.
 * @throws Problem MIGRATE_TARGET if the target holds something else; MIGRATE_DIFFERS with the first document that is not the same
 */
export async function moveDocuments(source: Movable, target: Movable, progress: Progress): Promise<MoveResult> {
  await checkTarget(source, target);
  const collections = (await source.collections()).filter((name) => name !== STATE);
  for (const collection of collections) await copy(source, target, collection, progress);
  const whole = createHash('sha256');
  let documents = 0;
  for (const collection of collections) documents += await compare(source, target, collection, (hash) => whole.update(hash));
  await target.drop(STATE);
  return { collections: collections.length, documents, sha256: whole.digest('hex') };
}

async function checkTarget(source: Movable, target: Movable): Promise<void> {
  const begun = (await target.get(STATE, ['source'])).get('source');
  if (begun !== undefined) {
    if (begun['name'] === source.name) return;
    throw new Problem('MIGRATE_TARGET', 409, `${target.name} holds a part of a move from ${String(begun['name'])}`);
  }
  for (const collection of await target.collections())
    if ((await target.count(collection)) > 0)
      throw new Problem('MIGRATE_TARGET', 409, `${target.name} is not empty: there are documents in '${collection}'`, {
        place: { element: collection },
      });
  await target.put(STATE, [{ _id: 'source', ver: 1, name: source.name }]);
}

async function copy(source: Movable, target: Movable, collection: string, progress: Progress): Promise<void> {
  for (const index of await source.indices(collection)) await target.ensureIndex(collection, index);
  const of = await source.count(collection);
  const key = `c:${collection}`;
  const state = (await target.get(STATE, [key])).get(key);
  let position = typeof state?.['position'] === 'string' ? state['position'] : '';
  let done = typeof state?.['done'] === 'number' ? state['done'] : 0;
  for (;;) {
    const page = await source.after(collection, position, PAGE);
    const last = page.at(-1);
    if (!last) return;
    // The page first, then where it ended: a page that is written twice is the same page.
    await target.put(
      collection,
      page.map(({ doc }) => doc),
    );
    position = last.position;
    done += page.length;
    await target.put(STATE, [{ _id: key, ver: 1, position, done }]);
    progress(collection, done, of);
  }
}

async function compare(source: Movable, target: Movable, collection: string, take: (hash: Buffer) => void): Promise<number> {
  const differs = (element: string, detail: string): Problem =>
    new Problem('MIGRATE_DIFFERS', 500, `${target.name}, ${element}: ${detail}`, { place: { element } });
  let count = 0;
  let position = '';
  for (;;) {
    const page = await source.after(collection, position, PAGE);
    const last = page.at(-1);
    if (!last) break;
    const there = await target.get(
      collection,
      page.map(({ doc }) => doc._id),
    );
    for (const { doc } of page) {
      const moved = there.get(doc._id);
      const hash = hashOf(doc);
      if (!moved || !hashOf(moved).equals(hash)) throw differs(`${collection}/${doc._id}`, moved ? 'is not the same' : 'is missing');
      take(hash);
    }
    count += page.length;
    position = last.position;
  }
  const held = await target.count(collection);
  if (held !== count) throw differs(collection, `${held} documents instead of ${count}`);
  return count;
}

const hashOf = (doc: Doc): Buffer => createHash('sha256').update(canonical(doc)).digest();

/** JSON with sorted members, so that equal documents have equal texts. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}
