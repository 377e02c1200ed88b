import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { backup, backupKeygen, backupVerify } from './backup.ts';
import { restore } from './restore.ts';

it('makes keys, backs up, verifies and restores, each with its exit code', async () => {
  const root = await mkdtemp(join(tmpdir(), 'nuanliu-backup-cli-'));
  const at = (name: string): string => join(root, name);
  const lines: string[] = [];
  const errors: string[] = [];
  const out = { line: (text: string) => lines.push(text), error: (text: string) => errors.push(text) };
  for (const name of ['a.key', 'b.key']) expect(await backupKeygen([at(name)], out)).toBe(0);
  const [a = '', b = ''] = lines;
  expect((await stat(at('a.key'))).mode & 0o777).toBe(0o600);
  expect([await backupKeygen([at('a.key')], out), await backupKeygen([], out)]).toEqual([2, 2]);

  await mkdir(at('data'));
  await writeFile(join(at('data'), 'x'), 'kept');
  expect(await backup(['--data', at('data'), '--folder', at('backups'), '--to', a, '--to', b], out)).toBe(0);
  const file = /^(.*\.nlb): 1 files/.exec(lines.at(-1) ?? '')?.[1] ?? '';
  expect(await backup(['--data', at('data'), '--folder', at('backups'), '--to', a], out)).toBe(2);
  expect(errors.at(-1)).toContain('BACKUP_KEY');
  expect(await backup(['--data', at('nowhere'), '--folder', at('backups')], out)).toBe(2);

  expect(await backupVerify([file, '--key', at('b.key')], out)).toBe(0);
  expect(lines.at(-1)).toContain('whole');
  expect(await backupVerify([file], out)).toBe(2);
  expect(await restore([file, '--key', at('b.key'), '--data', at('restored')], out)).toBe(0);
  expect(await readFile(join(at('restored'), 'x'), 'utf8')).toBe('kept');
  expect(await restore([file, '--key', at('b.key'), '--data', at('restored')], out)).toBe(2);
  expect(errors.at(-1)).toContain('BACKUP_TARGET');

  const bytes = await readFile(file);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await writeFile(file, bytes);
  expect(await backupVerify([file, '--key', at('a.key')], out)).toBe(1);
  expect(errors.at(-1)).toMatch(/BACKUP_DAMAGED: .*frame 0/);
  await rm(root, { recursive: true });
});
