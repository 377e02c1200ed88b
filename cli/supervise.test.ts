import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXIT_BROKEN_INPUT, supervise, type Supervised, type SupervisorEvents } from './supervise.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nuanliu-supervise-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function begin(source: string, events: Partial<SupervisorEvents> = {}): Supervised {
  const main = join(folder, `${Math.abs(source.length)}.mjs`);
  writeFileSync(main, source);
  const program = { name: 'program', main, args: [], env: process.env, execArgv: [] };
  return supervise(program, { started: () => undefined, ended: () => undefined, ...events });
}

it('starts a killed program again after a short pause and tells when it is ready', async () => {
  const pids: number[] = [];
  const again = Promise.withResolvers<number | undefined>();
  const second = Promise.withResolvers<void>();
  const program = begin("process.send({ ready: true }); process.on('message', () => {}); setInterval(() => {}, 1000);", {
    started: (_name, pid) => {
      pids.push(pid);
      if (pids.length === 2) second.resolve();
    },
    ended: (_name, _code, signal, againIn) => {
      if (signal === 'SIGKILL') again.resolve(againIn);
    },
  });
  await program.ready;
  process.kill(pids[0] ?? 0, 'SIGKILL');
  expect(await again.promise).toBe(200);
  await second.promise;
  expect(new Set(pids).size).toBe(2);
  await program.stop();
});

it('does not start a program again whose input is broken, and says that it is over', async () => {
  const ends: (number | undefined)[] = [];
  const program = begin(`process.send({ ready: true }, () => process.exit(${EXIT_BROKEN_INPUT}));`, {
    ended: (_name, _code, _signal, againIn) => ends.push(againIn),
  });
  await program.over;
  expect(ends).toEqual([undefined]);
});
