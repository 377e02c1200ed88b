import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const launcher = join(root, 'cli/nuanliu.js');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, [file, ...args], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, out, err };
}

describe('the command line', () => {
  it('helps with examples, in the language of the terminal', async () => {
    const [english, chinese] = await Promise.all([
      run(launcher, ['--help'], { LANG: 'en_GB.UTF-8' }),
      run(launcher, ['--help'], { LANG: 'en_GB.UTF-8', LC_ALL: 'zh_CN.UTF-8' }),
    ]);
    expect(english).toMatchObject({ code: 0, err: '' });
    for (const word of ['start', 'token create', 'audit verify', 'trace', 'replay', 'evaluate', 'Examples:'])
      expect(english.out).toContain(word);
    expect(chinese.out).toContain('启动平台');
    expect(chinese.out).not.toContain('Start the platform');
  });

  it('helps with one command alone', async () => {
    const { out } = await run(launcher, ['audit', '--help']);
    expect(out).toContain('audit verify');
    expect(out).not.toContain('token create');
  });

  it('ends with 2 and a hint for a command that does not exist', async () => {
    expect(await run(launcher, ['audti', 'verify'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('did you mean "audit verify"?'),
    });
    expect(await run(launcher, ['xyzzy'], { LANG: 'zh_CN' })).toMatchObject({ code: 2, err: expect.stringContaining('没有命令 “xyzzy”') });
  });

  it.each([
    [['token', 'create'], 'exactly one name'],
    [['token', 'create', 'x'], '--rights'],
    [['token', 'create', 'x', '--rights', 'live.read', '--url', 'http://127.0.0.1:1'], 'does not answer'],
    [['artefacts', 'verify', '--data', '/nowhere'], 'there is no store'],
    [['replay'], 'no case file'],
  ])('says what is missing: %j', async (args, text) => {
    expect(await run(launcher, args, { NUANLIU_PASSWORD: 'x' })).toMatchObject({ code: 2, err: expect.stringContaining(text) });
  });
});

/** The launcher over a small program in the place of the command line, in a folder of its own. */
describe('the launcher', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nuanliu-cli-'));
    await mkdir(join(folder, 'cli'));
    await cp(launcher, join(folder, 'cli/nuanliu.js'));
    await cp(join(root, 'cli/pinned-node.js'), join(folder, 'cli/pinned-node.js'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'cli/main.ts'), PROGRAM);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const start = (): { child: ChildProcess; lines: AsyncIterator<string> } => {
    const child = spawn(process.execPath, [join(folder, 'cli/nuanliu.js'), 'start'], { stdio: ['ignore', 'pipe', 'inherit'] });
    return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  };
  const next = async (lines: AsyncIterator<string>): Promise<string> => String((await lines.next()).value);

  it('says what to do before anything is installed', async () => {
    expect(await run(join(folder, 'cli/nuanliu.js'), [])).toMatchObject({ code: 2, err: expect.stringContaining('npm install\n') });
  });

  it('gives back the exit code', async () => {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    expect(await run(join(folder, 'cli/nuanliu.js'), ['exit', '7'])).toMatchObject({ code: 7 });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('passes %s on once, though it comes twice, and waits for the end', async (signal) => {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const { child, lines } = start();
    expect(await next(lines)).toMatch(/^ready/);
    child.kill(signal);
    child.kill(signal);
    expect(await next(lines)).toBe(`got ${signal} 1`);
    expect(await once(child, 'exit')).toEqual([5, null]);
  });

  it('takes its program along when it is killed', async () => {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const { child, lines } = start();
    expect(await next(lines)).toMatch(/^ready/);
    child.kill('SIGKILL');
    expect(await next(lines)).toBe('disconnected');
  });
});

const PROGRAM = `
const [command, value] = process.argv.slice(2);
if (command === 'exit') process.exit(Number(value));
let count = 0;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
  count += 1;
  setTimeout(() => { console.log('got ' + signal + ' ' + count); process.exit(5); }, 100);
});
process.once('disconnect', () => { console.log('disconnected'); process.exit(0); });
console.log('ready ' + process.version);
`;
