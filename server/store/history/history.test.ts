import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sample, Value } from '#domain/sample.ts';
import { Database } from '../embedded/sqlite.ts';
import { openHistory, type OpenHistory } from './history.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = { now: () => 0, monotonic: () => performance.now() };
const T0 = Date.UTC(2026, 0, 10);
const sample = (tag: string, at: number, value: Value = 1, quality: Sample['quality'] = 'good'): Sample => ({ tag, at, value, quality });

describe('history', () => {
  let dir: string;
  let history: OpenHistory;
  const reopen = async (): Promise<void> => {
    await history[Symbol.asyncDispose]();
    history = await openHistory({ dir, clock, log: quiet });
  };
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nuanliu-history-'));
    history = await openHistory({ dir, clock, log: quiet });
  });
  afterEach(async () => {
    await history[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });

  it('stores (tag, at) once, the first one, whether it is open, closed or late', async () => {
    const minutes = Array.from({ length: 600 }, (_, i) => sample('A', T0 + i * 60_000 + 5, i));
    expect(await history.append(minutes)).toEqual({ stored: 600, duplicates: 0 });
    expect(await history.append(minutes.map((s) => ({ ...s, value: -1 })))).toEqual({ stored: 0, duplicates: 600 });
    const late = [sample('A', T0 + 30_000, 0.5), sample('A', T0 - 1000, -5)];
    expect(await history.append(late)).toEqual({ stored: 2, duplicates: 0 });
    expect(await history.append(late)).toEqual({ stored: 0, duplicates: 2 });
    for (const again of [false, true]) {
      if (again) await reopen();
      const [series] = await history.read(['A'], 0, T0 + 1e9);
      expect(series?.at).toHaveLength(602);
      expect(series?.value.slice(0, 4)).toEqual([-5, 0, 0.5, 1]);
      expect([...history.latest()]).toEqual([minutes.at(-1)]);
    }
    expect(await history.append(minutes)).toEqual({ stored: 0, duplicates: 600 });
  });

  it('reads from, without to', async () => {
    await history.append([1, 2, 3].map((i) => sample('A', T0 + i * 1000, i)));
    const [a, b] = await history.read(['A', 'never seen'], T0 + 1000, T0 + 3000);
    expect(a?.value).toEqual([1, 2]);
    expect(b).toEqual({ tag: 'never seen', at: [], value: [], quality: [] });
  });

  it('skips a batch that it has, by the sequence of the runtime, also after a restart', async () => {
    await history.append([sample('A', T0)], { runtime: 'edge', seq: 7 });
    expect(history.lastSeq('edge')).toBe(7);
    await reopen();
    expect(history.lastSeq('edge')).toBe(7);
    expect(await history.append([sample('A', T0 + 1)], { runtime: 'edge', seq: 7 })).toEqual({ stored: 0, duplicates: 1 });
    expect(await history.append([sample('A', T0 + 1)], { runtime: 'edge', seq: 8 })).toEqual({ stored: 1, duplicates: 0 });
  });

  it('keeps milliseconds, texts, booleans, gaps and a second with many samples', async () => {
    const burst = Array.from({ length: 900 }, (_, i) => sample('F', T0 + i, i % 2 === 0, 'uncertain'));
    await history.append(burst);
    await history.append([
      sample('S', T0, '自动'),
      sample('S', T0 + 1, null, 'bad'),
      sample('S', T0 + 2, -0),
      sample('S', T0 + 3, Number.NaN),
    ]);
    await reopen();
    const [f, s] = await history.read(['F', 'S'], T0, T0 + 5000);
    expect(f?.at).toEqual(burst.map((b) => b.at));
    expect(s?.value).toStrictEqual(['自动', null, -0, Number.NaN]);
    expect(s?.quality).toEqual(['good', 'bad', 'good', 'good']);
  });

  it('fails a batch while another program holds the file, and takes the next one', async () => {
    await history.append([sample('A', T0, 1)]);
    const other = new Database(join(dir, 'hist.db'));
    other.exec('BEGIN IMMEDIATE');
    const failed = history.append([sample('A', T0 + 1, 2)], { runtime: 'edge', seq: 1 });
    await expect(failed).rejects.toMatchObject({ code: 'STORE_FAILED' });
    other.exec('ROLLBACK');
    other.close();
    expect(history.lastSeq('edge')).toBe(0);
    expect(await history.append([sample('A', T0 + 1, 2)], { runtime: 'edge', seq: 1 })).toEqual({ stored: 1, duplicates: 0 });
  });

  it('refuses everything after a failed commit', async () => {
    await history.append([sample('A', T0, 1)]);
    const other = new Database(join(dir, 'hist.db'));
    other.exec('DROP TABLE wal');
    other.close();
    await expect(history.append([sample('A', T0 + 1, 2)])).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expect(history.append([sample('A', T0 + 2, 2)])).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('refuses what it cannot store, with the place', async () => {
    await expect(history.append([sample('A', T0), sample('A', 1.5)])).rejects.toMatchObject({
      code: 'SAMPLE_INVALID',
      place: { path: 'samples[1]' },
    });
    await expect(history.append([sample('', T0)])).rejects.toMatchObject({ code: 'SAMPLE_INVALID' });
  });

  it('reads a long range in its thread and gives the same as a short one', async () => {
    const n = 60_000;
    for (let i = 0; i < n; i += 10_000)
      await history.append(Array.from({ length: 10_000 }, (_, k) => sample('L', T0 + (i + k) * 1000, (i + k) / 10)));
    const [raw] = await history.read(['L'], T0, T0 + n * 1000);
    expect(raw?.at).toHaveLength(n);
    expect(raw?.value.at(-1)).toBe((n - 1) / 10);
    const [reduced] = await history.read(['L'], T0, T0 + n * 1000, { points: 1000 });
    expect(reduced?.at.length).toBeLessThanOrEqual(1000);
    expect(reduced?.value[0]).toBe(0);
    expect(reduced?.value.at(-1)).toBe((n - 1) / 10);
    const aborted = new AbortController();
    const reading = history.read(['L'], T0, T0 + n * 1000, { signal: aborted.signal });
    aborted.abort(new Error('gone'));
    await expect(reading).rejects.toThrow('gone');
  });

  it('is a map of (tag, at) in whatever order the samples come, over restarts', async () => {
    const step = fc.record(
      { tag: fc.constantFrom('P', 'Q'), slot: fc.nat(3000), value: fc.integer({ min: 0, max: 99 }) },
      { noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 200 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(1, 300, 30_000),
        async (batches, spacing) => {
          const place = await mkdtemp(join(tmpdir(), 'nuanliu-history-p-'));
          let one = await openHistory({ dir: place, clock, log: quiet });
          const expected = new Map<string, Sample>();
          for (const [i, batch] of batches.entries()) {
            const samples = batch.map((s) => sample(s.tag, T0 + s.slot * spacing, s.value));
            const fresh = samples.filter((s) => {
              const key = `${s.tag} ${s.at}`;
              if (expected.has(key)) return false;
              expected.set(key, s);
              return true;
            });
            expect(await one.append(samples)).toEqual({ stored: fresh.length, duplicates: samples.length - fresh.length });
            if (i % 2 === 1) {
              await one[Symbol.asyncDispose]();
              one = await openHistory({ dir: place, clock, log: quiet });
            }
          }
          const stored = (await one.read(['P', 'Q'], 0, T0 + 1e9)).flatMap((s) =>
            s.at.map((at, i) => `${s.tag} ${at} ${String(s.value[i])}`),
          );
          const wanted = [...expected.values()]
            .sort((a, b) => (a.tag === b.tag ? a.at - b.at : a.tag < b.tag ? -1 : 1))
            .map((s) => `${s.tag} ${s.at} ${String(s.value)}`);
          expect(stored).toEqual(wanted);
          await one[Symbol.asyncDispose]();
          await rm(place, { recursive: true });
        },
      ),
      { numRuns: 12 },
    );
  });
});
