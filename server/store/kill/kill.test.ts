import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openAudit } from '../audit/log.ts';
import { openEmbeddedStore } from '../embedded/store.ts';
import { openHistory } from '../history/history.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const T0 = Date.UTC(2026, 0, 10);

/** Everything that the child printed as acknowledged until it was killed after so many lines. */
async function runAndKill(script: URL, dir: string, lines: number, run = ''): Promise<string[]> {
  const child = spawn(process.execPath, [fileURLToPath(script), dir, run], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) if (acknowledged.push(line) === lines) child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return acknowledged;
}

it('history: every acknowledged batch is there once after kill -9', { timeout: 120_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-kill-'));
  let acknowledged = 0;
  for (const n of [3, 120, 401, 57, 800, 9])
    acknowledged = Math.max(...(await runAndKill(new URL('history-writer.ts', import.meta.url), dir, n)).map(Number));
  const history = await openHistory({ dir, clock, log: quiet });
  const last = history.lastSeq('edge');
  expect(last).toBeGreaterThanOrEqual(acknowledged);
  expect(acknowledged).toBeGreaterThan(1000);
  const tags = Array.from({ length: 40 }, (_, i) => `T${i}`);
  for (const [tag, series] of (await history.read(tags, 0, T0 * 2)).entries()) {
    expect(series.at).toEqual(Array.from({ length: last }, (_, i) => T0 + (i + 1) * 1000));
    expect(series.value).toEqual(Array.from({ length: last }, (_, i) => ((i + 1) * 31 + tag) / 10));
  }
  await history[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

/** More rounds than the default: NUANLIU_KILLS=50. */
const KILLS = Number(process.env['NUANLIU_KILLS'] ?? 4);

it('history: kill -9 while days are compacted loses and doubles nothing', { timeout: 60_000 + KILLS * 10_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-kill-'));
  let acknowledged = 0;
  for (let i = 0; i < KILLS; i += 1) {
    const lines = await runAndKill(new URL('history-writer.ts', import.meta.url), dir, 100 + ((i * 211) % 400), 'compact');
    acknowledged = Math.max(...lines.map(Number));
  }
  expect(await readdir(dir)).toContain('hist-2026-01.db');
  const EVERY = 600_000;
  let now = T0 + acknowledged * EVERY;
  const history = await openHistory({ dir, clock: { now: () => now, monotonic: () => performance.now() }, log: quiet });
  const last = history.lastSeq('edge');
  expect(last).toBeGreaterThanOrEqual(acknowledged);
  const tags = Array.from({ length: 40 }, (_, i) => `T${i}`);
  const edges = [T0, T0 + (last + 1) * EVERY];
  for (const again of [false, true]) {
    if (again) {
      now = T0 + last * EVERY + 3 * 86_400_000;
      await history.flush();
      await history.compact();
    }
    for (const [tag, series] of (await history.read(tags, 0, T0 * 2)).entries()) {
      expect(series.at).toEqual(Array.from({ length: last }, (_, i) => T0 + (i + 1) * EVERY));
      expect(series.value).toEqual(Array.from({ length: last }, (_, i) => ((i + 1) * 31 + tag) / 10));
    }
    const summaries = await history.summarise(tags, edges);
    expect(summaries.map(([one]) => one?.n)).toEqual(tags.map(() => last));
  }
  await history[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

it(
  'store and audit: every acknowledged document, update and entry is there after kill -9, and the chain holds',
  { timeout: 60_000 },
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'nuanliu-kill-'));
    const told: { readonly run: string; readonly lines: readonly string[] }[] = [];
    for (const [i, n] of [5, 300, 77, 900, 31].entries())
      told.push({ run: `r${i}`, lines: await runAndKill(new URL('store-writer.ts', import.meta.url), dir, n, `r${i}`) });
    const store = await openEmbeddedStore({ dir });
    const audit = await openAudit({ dir, clock, log: quiet });
    const stored = new Set((await store.all('docs', {})).map((doc) => doc._id));
    const seqs: number[] = [];
    for (const { run, lines } of told) {
      const of = (kind: string): string[] => lines.flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(2)] : []));
      expect(of('d').filter((id) => !stored.has(id))).toEqual([]);
      expect(Number((await store.get('counters', run))?.['n'])).toBeGreaterThanOrEqual(Math.max(0, ...of('u').map(Number)));
      seqs.push(...of('a').map(Number));
    }
    const verdict = await audit.verify();
    expect(verdict.ok).toBe(true);
    expect(new Set(seqs).size).toBe(seqs.length);
    expect(verdict.entries).toBeGreaterThanOrEqual(Math.max(...seqs));
    await audit[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  },
);
