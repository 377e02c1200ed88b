import type { Millis } from '#domain/time.ts';
import type { Database } from '../embedded/sqlite.ts';
import { encodeChunk, chunkColumns, decodeChunk } from './codec.ts';
import { Growing, slice, union, type Columns } from './columns.ts';
import { CHUNK_MILLIS } from './head.ts';

/*
 * The small file `hist.db`: log of batches, tags, sources, and the chunks of the days that are not compacted yet. Their key begins with
 * the time, not with the tag: what is written and deleted together shares pages (storage.md 3 measured what scattered pages cost).
 */
const SECONDS = 2 ** 33;
export const MAX_TAGS = 2 ** 20;
/** Seconds of a window of the key; longer than a chunk, so that a time lies in chunks of its own window or of the one before. */
const WINDOW = 8192;
/** First millisecond that no key holds: in the year 2242. */
export const END_OF_TIME: Millis = SECONDS * 1000;

const second = (at: Millis): number => Math.floor(at / 1000);
const windowOf = (at: Millis): number => Math.floor(second(at) / WINDOW);
const keyOf = (window: number, tag: number): number => (window * MAX_TAGS + tag) * WINDOW;
/** Window (20 bits), tag (20 bits), second of the window (13 bits): below 2^53. */
const hotId = (tag: number, at: Millis): number => keyOf(windowOf(at), tag) + (second(at) % WINDOW);
export const tagOfHot = (id: number): number => Math.floor(id / WINDOW) % MAX_TAGS;
export const timeOfHot = (id: number): Millis => (Math.floor(id / (WINDOW * MAX_TAGS)) * WINDOW + (id % WINDOW)) * 1000;

export function createTables(db: Database): void {
  db.exec('CREATE TABLE IF NOT EXISTS tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)');
  db.exec(
    'CREATE TABLE IF NOT EXISTS hot (id INTEGER PRIMARY KEY, t1 INTEGER NOT NULL, n INTEGER NOT NULL, w INTEGER NOT NULL, v INTEGER NOT NULL, b BLOB NOT NULL)',
  );
  db.exec(
    'CREATE TABLE IF NOT EXISTS late (tag INTEGER NOT NULL, at INTEGER NOT NULL, v INTEGER NOT NULL, b BLOB NOT NULL, PRIMARY KEY (tag, at)) WITHOUT ROWID',
  );
  db.exec('CREATE TABLE IF NOT EXISTS latest (tag INTEGER PRIMARY KEY, b BLOB NOT NULL)');
  db.exec('CREATE TABLE IF NOT EXISTS wal (seq INTEGER PRIMARY KEY, b BLOB NOT NULL)');
  db.exec('CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID');
  db.exec('CREATE TABLE IF NOT EXISTS source (runtime TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID');
}

/** Writes or replaces a chunk; `w` = last group that it covers, `v` = group in which it was written. */
export function writeHot(db: Database, tag: number, columns: Columns, w: number, v: number): void {
  const { n, at } = columns;
  db.run(
    'INSERT OR REPLACE INTO hot (id, t1, n, w, v, b) VALUES (?, ?, ?, ?, ?, ?)',
    hotId(tag, at[0] ?? 0),
    at[n - 1] ?? 0,
    n,
    w,
    v,
    encodeChunk(columns),
  );
}

export const bytesOf = (value: unknown): Uint8Array => (value instanceof Uint8Array ? value : new Uint8Array());

/** A sample before the open chunk; false if it is already stored as one (the first wins). */
export const writeLate = (db: Database, tag: number, sample: Columns, v: number): boolean =>
  db.run('INSERT OR IGNORE INTO late (tag, at, v, b) VALUES (?, ?, ?, ?)', tag, sample.at[0] ?? 0, v, encodeChunk(sample)) > 0;

export interface Span {
  readonly first: Millis;
  readonly last: Millis;
}

/** When the first and the last chunk begin, or undefined if there is none. */
export function hotSpan(db: Database): Span | undefined {
  const first = db.get('SELECT min(id) AS id FROM hot')?.['id'];
  const last = db.get('SELECT max(id) AS id FROM hot')?.['id'];
  return typeof first === 'number' && typeof last === 'number' ? { first: timeOfHot(first), last: timeOfHot(last) } : undefined;
}

/** Bounds of the ids of all chunks that may have samples in [from, to). */
export const hotBounds = (from: Millis, to: Millis): readonly [number, number] => [
  keyOf(windowOf(Math.max(0, from - CHUNK_MILLIS)), 0),
  keyOf(windowOf(Math.min(END_OF_TIME - 1, Math.max(0, to))) + 1, 0),
];

/** Runs for each chunk of a tag that has samples in [from, to), ascending; `span` is that of all chunks. */
export function eachHot(
  db: Database,
  span: Span | undefined,
  tag: number,
  from: Millis,
  to: Millis,
  run: (bytes: Uint8Array, n: number) => void,
): void {
  // After midnight's compaction what is asked of the days before is not here.
  if (!span || span.first >= to) return;
  const last = windowOf(Math.min(to, span.last));
  for (let window = windowOf(Math.max(span.first, from - CHUNK_MILLIS)); window <= last; window += 1) {
    const key = keyOf(window, tag);
    const rows = db.all('SELECT n, b FROM hot WHERE id >= ? AND id < ? AND t1 >= ?', key, key + WINDOW, from);
    for (const row of rows) run(bytesOf(row['b']), Number(row['n']));
  }
}

/** Stored chunks and late samples of one tag in [from, to). */
export function readHot(db: Database, span: Span | undefined, tag: number, from: Millis, to: Millis, anyLate: boolean): Columns {
  const into = new Growing(0);
  eachHot(db, span, tag, from, to, (bytes) => decodeChunk(bytes, into));
  const columns = slice(into.view(), from, to);
  return anyLate ? union(columns, readLate(db, tag, from, to)) : columns;
}

function readLate(db: Database, tag: number, from: Millis, to: Millis): Columns {
  const late = new Growing(0);
  for (const row of db.all('SELECT b FROM late WHERE tag = ? AND at >= ? AND at < ? ORDER BY at', tag, from, to))
    late.append(chunkColumns(bytesOf(row['b'])));
  return late.view();
}

export const hasLate = (db: Database): boolean => db.get('SELECT 1 FROM late LIMIT 1') !== undefined;
