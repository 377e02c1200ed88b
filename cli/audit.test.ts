import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openAudit } from '#server/store/audit/log.ts';
import { auditVerify } from './audit.ts';

const clock = { now: () => Date.UTC(2026, 0, 10), monotonic: () => 0 };
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

it('names the first bad entry and ends with its exit codes', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-audit-cli-'));
  const audit = await openAudit({ dir, clock, log: quiet });
  for (const object of ['A', 'B', 'C'])
    await audit.append({ actor: 'x', actorName: 'X', roles: [], event: 'test', object, action: 'do', result: 'done' });
  await audit[Symbol.asyncDispose]();
  const said: string[] = [];
  const run = (...args: string[]): Promise<number> => auditVerify(args, (line) => said.push(line));
  expect(await run('--data', dir)).toBe(0);
  expect(said.at(-1)).toContain('3 entries');
  const file = join(dir, 'audit', '2026-01.log');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"object":"B"', '"object":"b"'));
  expect(await run('--data', dir)).toBe(1);
  expect(said.at(-1)).toContain('first bad entry 2');
  expect(await run('--data', join(dir, 'nowhere'))).toBe(2);
  expect(said.at(-1)).toContain('AUDIT_KEY');
  expect(await run('--date', dir)).toBe(2);
  await rm(dir, { recursive: true });
});
