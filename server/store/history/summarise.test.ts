import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Quality, Sample, Value } from '#domain/sample.ts';
import { openHistory, type OpenHistory } from './history.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const T0 = Date.UTC(2026, 0, 10);

describe('summaries and scans', () => {
  let dir: string;
  let history: OpenHistory;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nuanliu-summaries-'));
    history = await openHistory({ dir, clock: { now: () => 0, monotonic: () => performance.now() }, log: quiet });
  });
  afterAll(async () => {
    await history[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });

  it('count bad and null samples only as such, and leave empty buckets empty', async () => {
    const rows: readonly (readonly [number, Value, Quality])[] = [
      [0, 3, 'good'],
      [10, -1, 'uncertain'],
      [20, 99, 'bad'],
      [30, null, 'bad'],
      [200, true, 'good'],
    ];
    await history.append(rows.map(([at, value, quality]) => ({ tag: 'S', at: T0 + at, value, quality })));
    const [[first, second, third] = [], never] = await history.summarise(['S', 'never seen'], [T0, T0 + 100, T0 + 200, T0 + 300]);
    expect(first).toEqual({ n: 2, bad: 2, min: -1, max: 3, sum: 2, first: 3, firstAt: T0, last: -1, lastAt: T0 + 10 });
    expect(second).toMatchObject({ n: 0, bad: 0, min: null, max: null, sum: 0, first: null, last: null });
    expect(third).toMatchObject({ n: 1, sum: 1, first: 1 });
    expect(never?.map((one) => one.n)).toEqual([0, 0, 0]);
  });

  it('are what the samples say, whatever the edges', async () => {
    const samples = Array.from({ length: 3000 }, (_, i): Sample => ({
      tag: 'W',
      at: T0 + i * 7000,
      value: (i * 37) % 101,
      quality: 'good',
    }));
    await history.append(samples);
    const edges = fc.uniqueArray(fc.integer({ min: -1000, max: 22_000_000 }), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(edges, async (list) => {
        const at = list.map((one) => T0 + one).sort((a, b) => a - b);
        const [summaries = []] = await history.summarise(['W'], at);
        for (const [i, one] of summaries.entries()) {
          const values = samples.flatMap((s) => (s.at >= (at[i] ?? 0) && s.at < (at[i + 1] ?? 0) ? [Number(s.value)] : []));
          expect([one.n, one.sum]).toEqual([values.length, values.reduce((a, b) => a + b, 0)]);
          expect(one.max ?? Number.NEGATIVE_INFINITY).toBe(Math.max(...values));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('scan every sample once, in order, and end when asked', async () => {
    const seen: number[] = [];
    for await (const piece of history.scan('W', T0 + 7000, T0 + 2999 * 7000)) seen.push(...piece.at);
    expect(seen).toHaveLength(2998);
    expect(seen.every((at, i) => at === T0 + (i + 1) * 7000)).toBe(true);
    const stopped = async (): Promise<number> => {
      let n = 0;
      for await (const piece of history.scan('W', T0, T0 + 1e9, { signal: AbortSignal.abort() })) n += piece.at.length;
      return n;
    };
    await expect(stopped()).rejects.toThrow('aborted');
  });
});
