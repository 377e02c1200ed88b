import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Millis } from '#domain/time.ts';
import { Database, type Row } from '../embedded/sqlite.ts';
import { DAY_MILLIS, dayStart, HOUR_MILLIS, monthDays } from './calendar.ts';
import { decodeDay, decodeTimes } from './codec.ts';
import { Growing, type Columns } from './columns.ts';
import { bytesOf, MAX_TAGS } from './hot-table.ts';

/*
 * `hist-2026-01.db`: the days of a month, one row a tag and day; `roll-2026-01.db`: their 10-minute summaries, which outlive the days.
 * The key is tag * 2^33 + second of the day's begin (storage.md 3): the days of one tag are neighbours.
 */
const SECONDS = 2 ** 33;
const DAY_SECONDS = DAY_MILLIS / 1000;
export const ROLL_MILLIS = 600_000;
export const ROLLS = DAY_MILLIS / ROLL_MILLIS;
export const HOURS = DAY_MILLIS / HOUR_MILLIS;

export type MonthKind = 'hist' | 'keep' | 'roll';
/** Files of samples: those of ordinary tags, and those of counters for billing, which are kept longer. A tag's day is in one of them. */
const RAW = ['hist', 'keep'] as const;
export const monthPath = (dir: string, kind: MonthKind, month: string): string => join(dir, `${kind}-${month}.db`);
const MONTH_FILE = /^(hist|keep|roll)-(\d{4}-\d{2})\.db$/;

export const dayId = (tag: number, day: number): number => tag * SECONDS + day * DAY_SECONDS;
/** Of the summaries of the hours: day first, since it is all tags of a day that are asked for. */
export const hourId = (tag: number, day: number): number => day * MAX_TAGS + tag;
export const dayOfId = (id: number): number => (id % SECONDS) / DAY_SECONDS;

const openForWriting = (path: string): Database => new Database(path, { pageSize: 16_384, secureDelete: false });

/** Opens a file of a month for writing; makes it if need be. Readers see it only with its tables. */
export function openMonth(dir: string, kind: MonthKind, month: string): Database {
  const path = monthPath(dir, kind, month);
  if (!existsSync(path)) {
    const fresh = `${path}.new`;
    for (const end of ['', '-wal', '-shm']) rmSync(`${fresh}${end}`, { force: true });
    const db = openForWriting(fresh);
    createMonthTables(db, kind);
    db.close();
    renameSync(fresh, path);
  }
  return openForWriting(path);
}

function createMonthTables(db: Database, kind: MonthKind): void {
  if (kind === 'roll') db.exec('CREATE TABLE IF NOT EXISTS roll (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, b BLOB NOT NULL)');
  else {
    // `t` names the times, which the tags of one device share.
    db.exec('CREATE TABLE IF NOT EXISTS day (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, t INTEGER NOT NULL, b BLOB NOT NULL)');
    db.exec('CREATE TABLE IF NOT EXISTS hour (id INTEGER PRIMARY KEY, b BLOB NOT NULL)');
    db.exec('CREATE TABLE IF NOT EXISTS time (id INTEGER PRIMARY KEY, b BLOB NOT NULL)');
  }
}

/** What a file holds: `hot` are the days that are not compacted yet. */
export interface FileStatistics {
  readonly kind: MonthKind | 'hot';
  /** `2026-01`; absent for `hot`. */
  readonly month?: string;
  readonly bytes: number;
  readonly samples: number;
}

interface Listing {
  readonly changed: number;
  readonly hist: readonly string[];
  readonly keep: readonly string[];
  readonly roll: readonly string[];
}

/** Decoded times that are kept: those of one device for a month, a few times over. */
const KEPT_TIMES = 128;
const KEPT_FILES = 64;

/** The files of the months, open for reading. A file that retention has removed is as one that never was. */
export class MonthFiles {
  readonly dir: string;
  readonly #open = new Map<string, { readonly db: Database; readonly inode: number }>();
  readonly #times = new Map<string, Float64Array>();
  /** Kept, so that a question about many days needs no memory for each. */
  readonly #day = new Growing(8640);
  #listed: Listing | undefined;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Takes notice of files that were made, removed or replaced since; once a question. */
  refresh(): void {
    const changed = statSync(this.dir).mtimeMs;
    if (this.#listed?.changed === changed) return;
    const names = readdirSync(this.dir).toSorted();
    const of = (kind: MonthKind): string[] =>
      names.flatMap((name) => {
        const match = MONTH_FILE.exec(name);
        return match?.[1] === kind && match[2] !== undefined ? [match[2]] : [];
      });
    this.#listed = { changed, hist: of('hist'), keep: of('keep'), roll: of('roll') };
    for (const [path, { db, inode }] of this.#open) {
      if (statSync(path, { throwIfNoEntry: false })?.ino === inode) continue;
      db.close();
      this.#open.delete(path);
    }
  }

  file(kind: MonthKind, month: string): Database | undefined {
    const path = monthPath(this.dir, kind, month);
    const open = this.#open.get(path);
    if (open) return open.db;
    const inode = statSync(path, { throwIfNoEntry: false })?.ino;
    if (inode === undefined) return undefined;
    if (this.#open.size >= KEPT_FILES) this.#closeOldest();
    const db = new Database(path, { readOnly: true });
    this.#open.set(path, { db, inode });
    return db;
  }

  /** The months of which there is a file with a part of [from, to), ascending. */
  months(kind: MonthKind, from: Millis, to: Millis): string[] {
    if (to <= from) return [];
    return (this.#listed?.[kind] ?? []).filter((month) => {
      const [first, next] = monthDays(month);
      return dayStart(first) < to && dayStart(next) > from;
    });
  }

  /** Begin of the first month of which there is a file. */
  begin(): Millis | undefined {
    const { hist = [], keep = [], roll = [] } = this.#listed ?? {};
    const [first] = [...hist.slice(0, 1), ...keep.slice(0, 1), ...roll.slice(0, 1)].toSorted();
    return first === undefined ? undefined : dayStart(monthDays(first)[0]);
  }

  /** The months of which there are samples in [from, to). */
  rawMonths(from: Millis, to: Millis): string[] {
    return [...new Set(RAW.flatMap((kind) => this.months(kind, from, to)))].toSorted();
  }

  statistics(): FileStatistics[] {
    return (['hist', 'keep', 'roll'] as const).flatMap((kind) =>
      (this.#listed?.[kind] ?? []).map((month) => {
        const row = this.file(kind, month)?.get(`SELECT sum(n) AS n FROM ${kind === 'roll' ? 'roll' : 'day'}`);
        return { kind, month, bytes: statSync(monthPath(this.dir, kind, month)).size, samples: Number(row?.['n'] ?? 0) };
      }),
    );
  }

  hasRaw(month: string): boolean {
    return RAW.some((kind) => this.file(kind, month) !== undefined);
  }

  /** Adds the days [first, last] of a tag to `into`; of days that lie partly outside [from, to) everything. */
  read(month: string, tag: number, first: number, last: number, into: Growing): void {
    for (const { db, row } of this.#rows('id, t, b', month, tag, first, last))
      decodeDay(bytesOf(row['b']), this.#timesOf(db, Number(row['t'])), into);
  }

  /** Runs for each of the days [first, last] of a tag, ascending; the columns are valid until the next one. */
  eachDay(month: string, tag: number, first: number, last: number, run: (day: number, columns: Columns) => void): void {
    const into = this.#day;
    for (const { db, row } of this.#rows('id, t, b', month, tag, first, last)) {
      into.n = 0;
      into.texts.length = 0;
      decodeDay(bytesOf(row['b']), this.#timesOf(db, Number(row['t'])), into);
      run(dayOfId(Number(row['id'])), into.view());
    }
  }

  /** Summaries of the hours of a day of a tag. */
  hours(month: string, tag: number, day: number): Uint8Array | undefined {
    for (const kind of RAW) {
      const row = this.file(kind, month)?.get('SELECT b FROM hour WHERE id = ?', hourId(tag, day));
      if (row) return bytesOf(row['b']);
    }
    return undefined;
  }

  /** Adds those of a range of tags and of the days [first, last], by `hourId`: one walk over neighbours instead of a look-up each. */
  addHours(month: string, tags: readonly [number, number], first: number, last: number, into: Map<number, Uint8Array>): void {
    for (const kind of RAW) {
      const db = this.file(kind, month);
      if (!db) continue;
      for (let day = first; day <= last; day += 1)
        for (const row of db.all('SELECT id, b FROM hour WHERE id >= ? AND id <= ?', hourId(tags[0], day), hourId(tags[1], day)))
          into.set(Number(row['id']), bytesOf(row['b']));
    }
  }

  day(month: string, tag: number, day: number): Columns {
    const into = new Growing(0);
    this.read(month, tag, day, day, into);
    return into.view();
  }

  count(month: string, tag: number, first: number, last: number): number {
    return this.#rows('n', month, tag, first, last).reduce((sum, { row }) => sum + Number(row['n']), 0);
  }

  #rows(what: 'n' | 'id, t, b', month: string, tag: number, first: number, last: number): { readonly db: Database; readonly row: Row }[] {
    const parts = RAW.map((kind) => {
      const db = this.file(kind, month);
      const rows = db?.all(`SELECT ${what} FROM day WHERE id >= ? AND id <= ?`, dayId(tag, first), dayId(tag, last));
      return db && rows ? rows.map((row) => ({ db, row })) : [];
    });
    const [some = [], more = []] = parts;
    // A tag has days in both only in the month in which its class was changed.
    if (more.length === 0 || some.length === 0) return some.length === 0 ? more : some;
    return [...some, ...more].sort((a, b) => Number(a.row['id']) - Number(b.row['id']));
  }

  #closeOldest(): void {
    for (const [path, { db }] of this.#open) {
      db.close();
      this.#open.delete(path);
      return;
    }
  }

  close(): void {
    for (const { db } of this.#open.values()) db.close();
    this.#open.clear();
    this.#times.clear();
  }

  #timesOf(db: Database, id: number): Float64Array {
    const key = `${db.path} ${id}`;
    const known = this.#times.get(key);
    if (known) return known;
    const times = decodeTimes(bytesOf(db.get('SELECT b FROM time WHERE id = ?', id)?.['b']));
    if (this.#times.size >= KEPT_TIMES) this.#times.clear();
    this.#times.set(key, times);
    return times;
  }
}

/** Edges of the parts of a day. */
export const edgesOf = (day: number, width: Millis): Millis[] =>
  Array.from({ length: DAY_MILLIS / width + 1 }, (_, i) => dayStart(day) + i * width);
