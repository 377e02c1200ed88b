import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Database } from '../embedded/sqlite.ts';
import { DAY_MILLIS, dayStart, HOUR_MILLIS, monthOf } from './calendar.ts';
import { encodeDay, encodeTimes } from './codec.ts';
import { union, type Columns } from './columns.ts';
import { bytesOf, hotBounds, readHot, tagOfHot } from './hot-table.ts';
import { dayId, edgesOf, hourId, monthPath, openMonth, ROLL_MILLIS, type MonthFiles } from './month-file.ts';
import { Buckets } from './summary.ts';
import { encodeSummaries } from './summary-codec.ts';

/** Tags of one commit. */
const STEP = 200;

/**
 * Puts a day into the file of its month: per tag the chunks, the late samples, and what the file has of that day already, as one row with
 * the summaries of its hours; and the 10-minute summaries into their file. Doing it twice gives the same; nothing is deleted here.
 */
export function compactDay(
  hot: Database,
  months: MonthFiles,
  day: number,
  counters: ReadonlySet<number>,
): { readonly tags: number; readonly samples: number } {
  const tags = tagsOf(hot, day);
  if (tags.length === 0) return { tags: 0, samples: 0 };
  const span = { first: dayStart(day) - DAY_MILLIS, last: dayStart(day + 1) };
  const month = monthOf(day);
  const writer = new DayWriter(months.dir, month, counters);
  let samples = 0;
  try {
    for (let i = 0; i < tags.length; i += STEP)
      writer.commit(() => {
        for (const tag of tags.slice(i, i + STEP)) {
          const recent = readHot(hot, span, tag, dayStart(day), dayStart(day + 1), true);
          const columns = union(months.day(month, tag, day), recent);
          writer.write(tag, day, columns);
          samples += columns.n;
        }
      });
  } finally {
    writer.close();
  }
  return { tags: tags.length, samples };
}

/** Tags of which there are chunks or late samples of a day. */
function tagsOf(hot: Database, day: number): number[] {
  const from = dayStart(day);
  const to = dayStart(day + 1);
  const tags = new Set<number>();
  for (const row of hot.iterate('SELECT id FROM hot WHERE id >= ? AND id < ? AND t1 >= ?', ...hotBounds(from, to), from))
    tags.add(tagOfHot(Number(row['id'])));
  for (const row of hot.all('SELECT DISTINCT tag FROM late WHERE at >= ? AND at < ?', from, to)) tags.add(Number(row['tag']));
  return [...tags].sort((a, b) => a - b);
}

class DayWriter {
  readonly #hist: Database;
  readonly #keep: Database | undefined;
  readonly #roll: Database;
  readonly #counters: ReadonlySet<number>;
  #times: { readonly at: Float64Array; readonly id: number; readonly db: Database } | undefined;

  constructor(dir: string, month: string, counters: ReadonlySet<number>) {
    this.#counters = counters;
    this.#hist = openMonth(dir, 'hist', month);
    this.#keep = counters.size > 0 || existsSync(monthPath(dir, 'keep', month)) ? openMonth(dir, 'keep', month) : undefined;
    this.#roll = openMonth(dir, 'roll', month);
  }

  commit(run: () => void): void {
    for (const db of this.#all()) db.exec('BEGIN IMMEDIATE');
    run();
    for (const db of this.#all()) db.exec('COMMIT');
  }

  write(tag: number, day: number, columns: Columns): void {
    if (columns.n === 0) return;
    const start = dayStart(day);
    const summaries = (width: number): Uint8Array => {
      const buckets = new Buckets(edgesOf(day, width));
      buckets.add(columns);
      return encodeSummaries(buckets.table, start, width);
    };
    const id = dayId(tag, day);
    const hist = this.#hist;
    const keep = this.#keep;
    // What is there stays where it is, though the class of the tag was changed.
    const has = (db: Database): boolean => db.get('SELECT 1 FROM day WHERE id = ?', id) !== undefined;
    const raw = keep && (this.#counters.has(tag) || has(keep)) && !has(hist) ? keep : hist;
    const known = has(raw);
    raw.run('INSERT OR REPLACE INTO day (id, n, t, b) VALUES (?, ?, ?, ?)', id, columns.n, this.#timesOf(raw, columns), encodeDay(columns));
    raw.run('INSERT OR REPLACE INTO hour (id, b) VALUES (?, ?)', hourId(tag, day), summaries(HOUR_MILLIS));
    // Late samples of a day that was deleted must not replace what is left of it.
    const how = known ? 'INSERT OR REPLACE' : 'INSERT OR IGNORE';
    this.#roll.run(`${how} INTO roll (id, n, b) VALUES (?, ?, ?)`, id, columns.n, summaries(ROLL_MILLIS));
  }

  close(): void {
    for (const db of this.#all()) {
      // Readers may have the file open: nobody else would empty its log.
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      db.close();
    }
  }

  /** The 10-minute summaries last: a crash in between leaves the chunks, and the day is written again. */
  #all(): Database[] {
    return [this.#hist, ...(this.#keep ? [this.#keep] : []), this.#roll];
  }

  /** Id of a column of times, which is kept once: the tags of one device have the same. */
  #timesOf(db: Database, columns: Columns): number {
    const known = this.#times;
    if (known?.db === db && known.at.length === columns.n && known.at.every((at, i) => at === columns.at[i])) return known.id;
    const bytes = encodeTimes(columns);
    // By its content, so that a day that is written again finds it; 48 bits, and a look at what is there.
    let id = createHash('sha256').update(bytes).digest().readUIntBE(0, 6);
    for (; ; id += 1) {
      const row = db.get('SELECT b FROM time WHERE id = ?', id);
      if (!row) db.run('INSERT INTO time (id, b) VALUES (?, ?)', id, bytes);
      if (!row || Buffer.compare(bytesOf(row['b']), bytes) === 0) break;
    }
    this.#times = { at: columns.at.slice(), id, db };
    return id;
  }
}
