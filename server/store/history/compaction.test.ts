import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sample, Value } from '#domain/sample.ts';
import { Database } from '../embedded/sqlite.ts';
import { DAY_MILLIS, dayOf, dayStart, HOUR_MILLIS } from './calendar.ts';
import { openHistory, type OpenHistory } from './history.ts';
import { literal } from './summary-model.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const DAY = dayOf(Date.UTC(2026, 0, 30));
const T0 = dayStart(DAY);
let now = T0;
const clock = { now: () => now, monotonic: () => performance.now() };
const sample = (tag: string, at: number, value: Value = 1, quality: Sample['quality'] = 'good'): Sample => ({ tag, at, value, quality });
const rowsIn = (dir: string, table: string): number => {
  const db = new Database(join(dir, 'hist.db'), { readOnly: true });
  const n = Number(db.get(`SELECT count(*) AS n FROM ${table}`)?.['n']);
  db.close();
  return n;
};

describe('compaction', { timeout: 60_000 }, () => {
  let dir: string;
  let history: OpenHistory;
  const open = async (): Promise<OpenHistory> => openHistory({ dir, clock, log: quiet });
  const reopen = async (): Promise<void> => {
    await history[Symbol.asyncDispose]();
    history = await open();
  };
  beforeEach(async () => {
    now = T0;
    dir = await mkdtemp(join(tmpdir(), 'nuanliu-compact-'));
    history = await open();
  });
  afterEach(async () => {
    await history[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });

  it('moves the days before today into the files of their months and leaves nothing of them behind', async () => {
    const minutes = Array.from({ length: 4 * 1440 }, (_, i) => sample('A', T0 + i * 60_000, i / 10));
    await history.append(minutes);
    await reopen();
    now = T0 + 4 * DAY_MILLIS + HOUR_MILLIS;
    expect(await history.compact()).toMatchObject({ samples: 5760 });
    expect((await readdir(dir)).filter((name) => name.endsWith('.db')).toSorted()).toEqual([
      'hist-2026-01.db',
      'hist-2026-02.db',
      'hist.db',
      'roll-2026-01.db',
      'roll-2026-02.db',
    ]);
    expect(rowsIn(dir, 'hot')).toBe(0);
    const { files, ...all } = await history.statistics();
    expect(all).toEqual({ tags: 1, samples: 5760, bytes: expect.any(Number), lastCompaction: now });
    expect(files.map(({ kind, month = '', samples }) => `${kind} ${month} ${samples}`)).toEqual([
      'hot  0',
      'hist 2026-01 2880',
      'hist 2026-02 2880',
      'roll 2026-01 2880',
      'roll 2026-02 2880',
    ]);
    for (const again of [false, true]) {
      if (again) await reopen();
      const [series] = await history.read(['A'], T0 + 60_000, T0 + 4 * DAY_MILLIS);
      expect(series?.value).toEqual(minutes.slice(1).map((one) => one.value));
      expect([...history.latest()]).toEqual([minutes.at(-1)]);
    }
    expect(await history.append(minutes)).toEqual({ stored: 0, duplicates: 5760 });
    expect(await history.compact()).toMatchObject({ samples: 0 });
  });

  it('waits half an hour after midnight, and leaves today alone', async () => {
    await history.append([sample('A', T0, 1), sample('A', T0 + DAY_MILLIS, 2)]);
    await reopen();
    now = T0 + DAY_MILLIS + 1_700_000;
    expect(await history.compact()).toMatchObject({ samples: 0 });
    now = T0 + DAY_MILLIS + 1_800_000;
    expect(await history.compact()).toMatchObject({ samples: 1 });
  });

  it('takes late samples of a day that is compacted, once', async () => {
    await history.append([sample('A', T0, 1), sample('A', T0 + 2 * HOUR_MILLIS, 3), sample('A', T0 + DAY_MILLIS, 4)]);
    now = T0 + DAY_MILLIS + HOUR_MILLIS;
    await reopen();
    await history.compact();
    const late = [sample('A', T0 + HOUR_MILLIS, 2), sample('A', T0, -1)];
    expect(await history.append(late)).toEqual({ stored: 1, duplicates: 1 });
    expect(rowsIn(dir, 'late')).toBe(1);
    expect(await history.compact()).toMatchObject({ samples: 3 });
    expect(rowsIn(dir, 'late')).toBe(0);
    expect(await history.append(late)).toEqual({ stored: 0, duplicates: 2 });
    const [series] = await history.read(['A'], 0, T0 + 2 * DAY_MILLIS);
    expect(series?.value).toEqual([1, 2, 3, 4]);
  });

  it('keeps the order and every sample when the clock goes back two hours, or three days ahead', async () => {
    now = T0 + 2 * DAY_MILLIS;
    const hours = Array.from({ length: 48 }, (_, i) => sample('A', T0 + i * HOUR_MILLIS, i));
    await history.append(hours.slice(0, 40));
    now += 3 * DAY_MILLIS;
    await history.compact();
    await history.append(hours.slice(30));
    now -= 3 * DAY_MILLIS + 2 * HOUR_MILLIS;
    await history.compact();
    await reopen();
    const [series] = await history.read(['A'], 0, T0 + 9 * DAY_MILLIS);
    expect(series?.at).toEqual(hours.map((one) => one.at));
  });

  it('gives long ranges in pieces, in order', async () => {
    const seconds = Array.from({ length: 130_000 }, (_, i) => sample('S', T0 + i * 1000, i));
    for (let i = 0; i < seconds.length; i += 10_000) await history.append(seconds.slice(i, i + 10_000));
    now = T0 + 2 * DAY_MILLIS;
    await history.compact();
    const pieces = [];
    for await (const piece of history.scan('S', 0, T0 * 2)) pieces.push(piece);
    expect(Math.max(...pieces.map((piece) => piece.at.length))).toBeLessThanOrEqual(50_000);
    expect(pieces.flatMap((piece) => piece.value)).toEqual(seconds.map((one) => one.value));
    const none = [];
    for await (const piece of history.scan('never seen', 0, T0 * 2)) none.push(piece);
    expect(none).toEqual([]);
  });

  const step = fc.record(
    {
      tag: fc.constantFrom('P', 'Q'),
      slot: fc.nat(2000),
      value: fc.oneof<fc.Arbitrary<Value>[]>(fc.integer({ min: -99, max: 99 }), fc.boolean(), fc.constant(null), fc.constant('手动')),
      quality: fc.constantFrom<Sample['quality']>('good', 'uncertain', 'bad'),
    },
    { noNullPrototype: true },
  );

  it('changes no answer, whenever it runs: samples and summaries are those of a literal model', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(step, { maxLength: 250 }), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(1000, 61_000, 300_000),
        fc.constantFrom(HOUR_MILLIS, 600_000, 5 * HOUR_MILLIS + 1, DAY_MILLIS),
        async (batches, spacing, width) => {
          const place = await mkdtemp(join(tmpdir(), 'nuanliu-compact-p-'));
          let one = await openHistory({ dir: place, clock, log: quiet });
          const expected = new Map<string, Sample>();
          now = T0 + 4 * DAY_MILLIS;
          for (const [batch, compact, again] of batches) {
            const samples = batch.map((s) => sample(s.tag, T0 - 5 * HOUR_MILLIS + s.slot * spacing, s.value, s.quality));
            let fresh = 0;
            for (const s of samples) {
              if (expected.has(`${s.tag} ${s.at}`)) continue;
              expected.set(`${s.tag} ${s.at}`, s);
              fresh += 1;
            }
            expect(await one.append(samples)).toEqual({ stored: fresh, duplicates: samples.length - fresh });
            if (compact) await one.compact();
            if (!again) continue;
            await one[Symbol.asyncDispose]();
            one = await openHistory({ dir: place, clock, log: quiet });
          }
          const edges: number[] = [];
          for (let at = T0 - DAY_MILLIS; at <= T0 + 8 * DAY_MILLIS; at += width) edges.push(at);
          const tags = ['P', 'Q'];
          const series = await one.read(tags, 0, T0 + 9 * DAY_MILLIS);
          const summaries = await one.summarise(tags, edges);
          for (const [i, tag] of tags.entries()) {
            const wanted = [...expected.values()].filter((s) => s.tag === tag).sort((a, b) => a.at - b.at);
            expect(series[i]).toEqual({
              tag,
              at: wanted.map((s) => s.at),
              value: wanted.map((s) => s.value),
              quality: wanted.map((s) => s.quality),
            });
            expect(summaries[i]).toEqual(edges.slice(1).map((to, k) => literal(wanted, edges[k] ?? 0, to)));
          }
          await one[Symbol.asyncDispose]();
          await rm(place, { recursive: true });
        },
      ),
      { numRuns: 4 },
    );
  });
});
