import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { typeFaults } from '#domain/ledger/check-type.ts';
import type { Sample } from '#domain/sample.ts';
import { ledgerTypes } from '#ledgers/index.ts';
import { demoPlant } from '#plants/demo.ts';
import { plantRecords } from '#plants/demo-records.ts';
import { expandAlarms } from '#rules/expand.ts';
import { alarmRules } from '#rules/index.ts';
import { palette } from '#nodes/index.ts';
import { parseForm } from '#workflows/define.ts';
import { jobs } from '#workflows/index.ts';
import { parseLedgerType } from '#server/modules/ledgers/catalogue.ts';
import { createToken } from '#server/modules/users/tokens.ts';
import { confirmed } from '../command-kit.ts';
import { startCommandsPlatform } from '../commands-platform.ts';
import { startLedgers } from '../ledger-kit.ts';
import { startHistoryPlatform } from '../history-platform.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = join(root, 'docs/how-to');
/** Inside the repository, so that the aliases of its package.json hold; beside the other build results. */
const scratch = join(root, '.tsbuild', `how-to-${process.pid}`);

interface Block {
  readonly page: string;
  readonly file: string;
  readonly text: string;
}

/** Fenced blocks that name a file, without their indentation. */
function blocksOf(page: string, text: string): Block[] {
  return [...text.matchAll(/^( *)```\w+ file=(\S+)\n([\s\S]*?)^ *```$/gm)].map(([, indent = '', file = '', body = '']) => ({
    page,
    file,
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** Relative imports of a block mean the file's future place in the repository; those of the same page lie beside it. */
function relocated(block: Block, own: ReadonlySet<string>): string {
  const place = dirname(join(scratch, block.page, block.file));
  return block.text.replaceAll(/(from ')(\.{1,2}\/[^']+)(')/g, (_all, before: string, path: string, after: string) => {
    const target = join(dirname(block.file), path);
    const file = own.has(target) ? join(scratch, block.page, target) : join(root, target);
    const moved = relative(place, file);
    return `${before}${moved.startsWith('.') ? moved : `./${moved}`}${after}`;
  });
}

const blocks: Block[] = [];
for (const name of (await readdir(pages)).filter((file) => file.endsWith('.md'))) {
  blocks.push(...blocksOf(name.replace('.md', ''), await readFile(join(pages, name), 'utf8')));
}
for (const block of blocks) {
  const file = join(scratch, block.page, block.file);
  const own = new Set(blocks.filter((one) => one.page === block.page).map((one) => one.file));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, block.file.endsWith('.ts') ? relocated(block, own) : block.text);
}
const at = (page: string, file: string): string => join(scratch, page, file);
const load = async (page: string, file: string): Promise<Readonly<Record<string, unknown>>> => ({
  ...(await import(pathToFileURL(at(page, file)).href)),
});
const cli = (...args: string[]): Promise<{ stdout: string }> => run(process.execPath, [join(root, 'cli/nuanliu.js'), ...args]);

afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('the how-to pages', () => {
  it('name the files of their code, in both languages', async () => {
    expect(new Set(blocks.map((block) => block.page))).toEqual(
      new Set(['add-alarm-rule', 'add-ledger', 'add-node', 'add-process', 'command-by-script', 'query-history']),
    );
    for (const { page } of blocks) expect(await readFile(join(pages, `${page}.md`), 'utf8')).toMatch(/\p{Script=Han}/u);
  });

  it('hold code that the compiler takes', async () => {
    const config = {
      extends: relative(scratch, join(root, 'tsconfig.base.json')),
      compilerOptions: { composite: false, declaration: false, emitDeclarationOnly: false, noEmit: true, types: ['node'] },
      include: ['**/*.ts'],
    };
    await writeFile(join(scratch, 'tsconfig.json'), JSON.stringify(config));
    const { stdout } = await run('tsc', ['-p', scratch, '--pretty', 'false'], {
      cwd: root,
      env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` },
    }).catch((error: unknown) =>
      typeof error === 'object' && error !== null && 'stdout' in error ? { stdout: String(error.stdout) } : Promise.reject(error),
    );
    // What others break elsewhere is told by their own checks.
    expect(stdout.split('\n').filter((line) => line.includes('how-to-'))).toEqual([]);
  }, 60_000);

  it('add an alarm rule that every station gets, and that replay runs', async () => {
    const { tankFalling } = await load('add-alarm-rule', 'rules/station/tank-falling.alarm.ts');
    const [first] = alarmRules;
    if (!first) throw new Error('there are no rules');
    const rule: typeof first = Object.assign(structuredClone(first), { limits: undefined }, tankFalling);
    const definitions = expandAlarms([rule], demoPlant);
    expect(definitions.map((one) => one.id)).toEqual(Array.from({ length: 8 }, (_, index) => `STA00${index + 1}.TANK_L-falling`));
    const { stdout } = await cli('replay', at('add-alarm-rule', 'tank-falling.json'));
    expect(JSON.parse(stdout)).toMatchObject({
      transitions: [{ alarm: 'STA001.TANK_L-falling', from: 'normal', to: 'unack', at: 360_000 }],
      refused: [],
    });
  });

  it('add a record type whose sheet is tried: every bad cell is told', async () => {
    const { valveWell } = await load('add-ledger', 'ledgers/valve-well.ledger.ts');
    const type = parseLedgerType(JSON.parse(JSON.stringify(valveWell)));
    expect(typeFaults(type, new Set(ledgerTypes.map((one) => one.id)))).toEqual([]);
    const seed = { name: 'how-to', records: plantRecords(demoPlant) };
    await using platform = await startLedgers({ types: [...ledgerTypes, type], seed });
    const as = await platform.kit.become('process-engineer');
    const data = (await readFile(at('add-ledger', 'valve-wells.csv'))).toString('base64');
    const body = { format: 'csv', name: 'valve-wells.csv', data, dryRun: true };
    const { faults } = (await platform.kit.call('POST', '/api/ledgers/valve-well/import', { as, body })).body;
    expect(Array.isArray(faults) ? faults.map((fault) => `${fault.row} ${fault.column}`) : faults).toEqual([
      '3 井深 [m]',
      '4 热力站',
      '4 看护人手机',
    ]);
  });

  it('add a process that runs through its modelled failure, with a form that is rendered', async () => {
    const { tankCheck } = await load('add-process', 'workflows/tank-check/process.ts');
    expect(tankCheck).toMatchObject({ id: 'tank-check', jobs: [{ type: 'read-level' }] });
    expect(jobs.map((job) => job.type)).not.toContain('read-level');
    const form = parseForm(
      'tank-inspect',
      JSON.parse(await readFile(at('add-process', 'workflows/tank-check/tank-inspect.form.json'), 'utf8')),
    );
    expect(form.id).toBe('tank-inspect');
    const { stdout } = await cli('trace', at('add-process', 'workflows/tank-check/case.json'));
    expect(JSON.parse(stdout)).toMatchObject({
      state: 'completed',
      incidents: [],
      refused: [],
      variables: { finding: 'level sensor unplugged' },
    });
  });

  it('write a command by a script once, and say what the gate says', async () => {
    await using platform = await startCommandsPlatform();
    platform.link.answer = (id) => confirmed(id, 42);
    const rights = ['live.read', 'command.submit'];
    const { secret } = await createToken(platform.kit.context, { name: 'night-setback', rights, expiresIn: 90 * 86_400_000, by: 'admin' });
    const env = { ...process.env, NUANLIU_URL: platform.kit.base, NUANLIU_TOKEN: secret };
    const script = (...args: string[]): Promise<{ stdout: string }> =>
      run(process.execPath, [at('command-by-script', 'night-setback.ts'), ...args], { env });
    expect((await script('STA007.UNT02.2T_SP', '42')).stdout).toBe('STA007.UNT02.2T_SP = 42: confirmed\n');
    expect((await script('STA007.UNT02.2T_SP', '42')).stdout).toBe('STA007.UNT02.2T_SP = 42: confirmed\n');
    expect(platform.link.sent.map((one) => one.value)).toEqual([42]);
    await expect(script('STA007.UNT02.CP_SP', '99')).rejects.toMatchObject({ stderr: expect.stringContaining('GATE_RANGE') });
  });

  it('ask the history by a script: a mean and the time below a limit for each day, a gap where there is nothing', async () => {
    const day = 86_400_000;
    const from = Date.UTC(2026, 0, 9, 16);
    const samples = Array.from({ length: 2 * 8640 }, (_, i): Sample => {
      const at = from + i * 10_000;
      return { tag: 'STA007.UNT02.2T_S', at, value: i % 8640 < 1080 ? 44 : 48, quality: at < from + day ? 'good' : 'bad' };
    });
    await using platform = await startHistoryPlatform(samples);
    const env = { ...process.env, NUANLIU_URL: platform.kit.base, NUANLIU_TOKEN: await platform.token('reports', 'live.read') };
    const range = ['2026-01-10T00:00:00+08:00', '2026-01-12T00:00:00+08:00'];
    const args = [at('query-history', 'cold-hours.ts'), 'STA007.UNT02.2T_S', ...range];
    const { stdout } = await run(process.execPath, args, { env });
    expect(stdout).toBe('2026-01-10  47.5  3.0 h below 45\n2026-01-11  no value  0.0 h below 45\n');
    await expect(run(process.execPath, [...args.slice(0, 1), 'NO.SUCH', ...range], { env })).rejects.toMatchObject({
      stderr: expect.stringContaining('TAG_UNKNOWN'),
    });
  });
});

describe('the node of the how-to', async () => {
  it('is not in the palette yet', () => {
    expect(palette.map((node) => node.type)).not.toContain('heat-mean');
  });
  // Registers the page's own test here.
  await load('add-node', 'nodes/data/mean.node.test.ts');
});
