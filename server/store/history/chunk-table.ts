import type { Sample, TagId } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import type { Database } from '../embedded/sqlite.ts';
import { decodeChunk, encodeChunk } from './codec.ts';
import { emptyColumns, push, slice, union, type Columns } from './columns.ts';
import { CHUNK_MILLIS } from './head.ts';

/** Ids of a tag's chunks: tag * 2^33 + second of the first sample (storage.md 3); below 2^53 for 2^20 tags until 2242. */
export const SECONDS = 2 ** 33;
export const MAX_TAGS = 2 ** 20;

const chunkId = (tag: number, at: Millis): number => tag * SECONDS + Math.floor(at / 1000);

export function createTables(db: Database): void {
  db.exec('CREATE TABLE IF NOT EXISTS tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)');
  db.exec(
    'CREATE TABLE IF NOT EXISTS chunk (id INTEGER PRIMARY KEY, t1 INTEGER NOT NULL, n INTEGER NOT NULL, w INTEGER NOT NULL, mn REAL, mx REAL, sm REAL, b BLOB NOT NULL)',
  );
  db.exec(
    'CREATE TABLE IF NOT EXISTS late (tag INTEGER NOT NULL, at INTEGER NOT NULL, b BLOB NOT NULL, PRIMARY KEY (tag, at)) WITHOUT ROWID',
  );
  db.exec('CREATE TABLE IF NOT EXISTS wal (seq INTEGER PRIMARY KEY, b BLOB NOT NULL)');
  db.exec('CREATE TABLE IF NOT EXISTS source (runtime TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID');
}

/** Writes or replaces a chunk; `w` = last group of samples that it covers. */
export function writeChunk(db: Database, tag: number, columns: Columns, w: number): void {
  const numbers = columns.value.filter((v, i): v is number => typeof v === 'number' && columns.quality[i] !== 'bad');
  let low: number | null = null;
  let high: number | null = null;
  let sum: number | null = null;
  for (const value of numbers) {
    if (low === null || value < low) low = value;
    if (high === null || value > high) high = value;
    sum = (sum ?? 0) + value;
  }
  const { at } = columns;
  db.run(
    'INSERT OR REPLACE INTO chunk (id, t1, n, w, mn, mx, sm, b) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    chunkId(tag, at[0] ?? 0),
    at.at(-1) ?? 0,
    at.length,
    w,
    low,
    high,
    sum,
    encodeChunk(columns),
  );
}

export const bytesOf = (value: unknown): Uint8Array => (value instanceof Uint8Array ? value : new Uint8Array());

/** The stored chunk of a tag that begins last at or before a time. */
export function chunkAt(db: Database, tag: number, at: Millis): { readonly columns: Columns; readonly w: number } | undefined {
  const row = db.get('SELECT w, b FROM chunk WHERE id >= ? AND id <= ? ORDER BY id DESC LIMIT 1', tag * SECONDS, chunkId(tag, at));
  return row && { columns: decodeChunk(bytesOf(row['b'])), w: Number(row['w']) };
}

/** A sample before the open chunk; false if it is already stored as one (the first wins). */
export const writeLate = (db: Database, tag: number, sample: Sample): boolean =>
  db.run(
    'INSERT OR IGNORE INTO late (tag, at, b) VALUES (?, ?, ?)',
    tag,
    sample.at,
    encodeChunk({ at: [sample.at], value: [sample.value], quality: [sample.quality] }),
  ) > 0;

/** What to read of one tag: its number, and its open chunk as it is in memory. */
export interface ReadRequest {
  readonly tag: TagId;
  readonly id: number;
  readonly open: Columns;
}

const bounds = (id: number, from: Millis, to: Millis): readonly [number, number, number] => [
  id * SECONDS + Math.max(0, Math.floor((from - CHUNK_MILLIS) / 1000)),
  id * SECONDS + Math.min(SECONDS, Math.max(0, Math.ceil(to / 1000))),
  from,
];

/** Samples that would have to be decoded. */
export function countStored(db: Database, id: number, from: Millis, to: Millis): number {
  const chunks = db.get('SELECT sum(n) AS n FROM chunk WHERE id >= ? AND id < ? AND t1 >= ?', ...bounds(id, from, to));
  const late = db.get('SELECT count(*) AS n FROM late WHERE tag = ? AND at >= ? AND at < ?', id, from, to);
  return Number(chunks?.['n'] ?? 0) + Number(late?.['n'] ?? 0);
}

/** Stored chunks, late samples and the open chunk of one tag in [from, to). */
export function readTag(db: Database, request: ReadRequest, from: Millis, to: Millis): Columns {
  const { id, open } = request;
  const openId = open.at[0] === undefined ? Number.POSITIVE_INFINITY : chunkId(id, open.at[0]);
  const stored = emptyColumns();
  for (const row of db.iterate('SELECT id, b FROM chunk WHERE id >= ? AND id < ? AND t1 >= ? ORDER BY id', ...bounds(id, from, to))) {
    // The stored row of the open chunk may be older or newer than what was in memory when the request was made.
    if (Number(row['id']) < openId) append(stored, slice(decodeChunk(bytesOf(row['b'])), from, to));
  }
  append(stored, slice(open, from, to));
  const late = emptyColumns();
  for (const row of db.iterate('SELECT b FROM late WHERE tag = ? AND at >= ? AND at < ? ORDER BY at', id, from, to))
    append(late, decodeChunk(bytesOf(row['b'])));
  return union(stored, late);
}

function append(into: Columns, more: Columns): void {
  more.at.forEach((at, i) => push(into, at, more.value[i] ?? null, more.quality[i] ?? 'bad'));
}
