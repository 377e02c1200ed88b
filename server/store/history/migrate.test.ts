import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Quality, Value } from '#domain/sample.ts';
import { Database } from '../embedded/sqlite.ts';
import { openHistory } from './history.ts';
import { createTables } from './hot-table.ts';
import { migrate } from './migrate.ts';

/*
 * The fixture was written by the first version, which was killed: 4,010 minutes of 5 tags (numbers, texts, booleans, gaps) over the end
 * of a month, with chunks, three late samples, and batches in the log that no chunk holds.
 */
const FIXTURE = new URL('fixtures/migrate.test.db.gz', import.meta.url);
const T0 = Date.UTC(2026, 0, 30, 12);
const MINUTES = 4010;
const SAMPLES = 5 * MINUTES - 6;
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = { now: () => T0 + 9 * 86_400_000, monotonic: () => performance.now() };

function valueOf(tag: number, i: number): Value {
  if (tag === 2) return i % 7 === 0 ? '自动' : '手动';
  if (tag === 3) return i % 2 === 0;
  return tag === 4 && i % 10 === 0 ? null : ((i * 31 + tag) % 977) / 10;
}
const qualityOf = (tag: number, i: number): Quality => (tag === 4 && i % 10 === 0 ? 'bad' : i % 50 === 0 ? 'uncertain' : 'good');
/** Samples of the first tag that never came. */
const isMissing = (tag: number, i: number): boolean => tag === 0 && i % 500 === 3 && ![3, 503, 3503].includes(i);

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nuanliu-migrate-'));
  await writeFile(join(dir, 'hist.db'), gunzipSync(await readFile(FIXTURE)));
});
afterEach(() => rm(dir, { recursive: true }));

/** Checks every sample; gives how many there are. */
async function expectAll(compact: boolean): Promise<number> {
  const history = await openHistory({ dir, clock, log: quiet });
  if (compact) await history.compact();
  expect(history.lastSeq('edge')).toBe(42);
  const tags = [0, 1, 2, 3, 4];
  const series = await history.read(
    tags.map((tag) => `T${tag}`),
    0,
    T0 * 2,
  );
  for (const tag of tags) {
    const minutes = Array.from({ length: MINUTES }, (_, i) => i).filter((i) => !isMissing(tag, i));
    expect(series[tag]?.at).toEqual(minutes.map((i) => T0 + i * 60_000 + tag));
    expect(series[tag]?.value).toEqual(minutes.map((i) => valueOf(tag, i)));
    expect(series[tag]?.quality).toEqual(minutes.map((i) => qualityOf(tag, i)));
  }
  await history[Symbol.asyncDispose]();
  return series.reduce((sum, one) => sum + one.at.length, 0);
}

it('a history of the first version loses nothing, before and after its days go to the files of their months', async () => {
  expect(await expectAll(false)).toBe(SAMPLES);
  expect(await expectAll(true)).toBe(SAMPLES);
  expect(await expectAll(false)).toBe(SAMPLES);
});

it('goes on where it was broken off', async () => {
  const db = new Database(join(dir, 'hist.db'));
  createTables(db);
  // A file system that is full in the middle of the second step.
  db.exec(`CREATE TRIGGER full BEFORE DELETE ON chunk BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  expect(() => migrate(db, quiet)).toThrow('disk full');
  db.exec('DROP TRIGGER full');
  db.close();
  expect(await expectAll(false)).toBe(SAMPLES);
});
