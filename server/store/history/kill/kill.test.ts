import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { openHistory } from '../history.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const T0 = Date.UTC(2026, 0, 10);

/** Last sequence that the child printed as stored before it was killed. */
async function runAndKill(dir: string, acknowledgements: number): Promise<number> {
  const child = spawn(process.execPath, [new URL('appender.ts', import.meta.url).pathname, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = 0;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Math.max(last, Number(line));
    seen += 1;
    if (seen === acknowledgements) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return last;
}

it('keeps every acknowledged batch once over kill -9 while it appends', { timeout: 60_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-kill-'));
  let acknowledged = 0;
  for (const n of [3, 120, 401, 57, 800, 9]) acknowledged = await runAndKill(dir, n);
  const history = await openHistory({ dir, clock: { now: () => 0, monotonic: () => performance.now() }, log: quiet });
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
