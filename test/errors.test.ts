import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROBLEM_TEXTS } from '#server/http/problem-texts.ts';
import { allContracts } from './contracts.ts';

const root = join(import.meta.dirname, '..');
const FOLDERS = ['cli', 'domain', 'ledgers', 'nodes', 'plants', 'reports', 'rules', 'server', 'simulator', 'workflows'];

async function sources(): Promise<string[]> {
  const texts: string[] = [];
  for (const folder of FOLDERS) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      const isSource =
        entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') && entry.name !== 'problem-texts.ts';
      if (isSource && !entry.parentPath.includes('node_modules')) texts.push(await readFile(join(entry.parentPath, entry.name), 'utf8'));
    }
  }
  return texts;
}

const all = (await sources()).join('\n');
/** Code -> the statuses that it is thrown with. */
const thrown = new Map<string, Set<string>>();
for (const [, code = '', status = ''] of all.matchAll(/new Problem\(\s*'([A-Z0-9_]+)',\s*(\d{3})?/g)) {
  thrown.set(code, (thrown.get(code) ?? new Set()).add(status));
}

it('every code that is thrown or promised has a title in both languages', async () => {
  const promised = (await allContracts()).flatMap(({ contract }) => Object.values(contract).flatMap((route) => route.errors ?? []));
  expect(thrown.size).toBeGreaterThan(50);
  const missing = [...new Set([...thrown.keys(), ...promised])].filter((code) => PROBLEM_TEXTS[code] === undefined).sort();
  expect(missing).toEqual([]);
  for (const [code, { zh, en }] of Object.entries(PROBLEM_TEXTS)) {
    expect([code, /\p{Script=Han}/u.test(zh) && /^[A-Z]/.test(en)]).toEqual([code, true]);
  }
});

it('no title stands for a code that nothing says', () => {
  expect(Object.keys(PROBLEM_TEXTS).filter((code) => !all.includes(`'${code}'`))).toEqual([]);
});

it('the reference page is what the table says (vitest -u writes it)', async () => {
  const rows = Object.entries(PROBLEM_TEXTS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, { zh, en }]) =>
        `| <a id="${code.toLowerCase()}"></a>\`${code}\` | ${[...(thrown.get(code) ?? [])]
          .filter((status) => status !== '')
          .sort()
          .join(', ')} | ${zh} | ${en} |`,
    );
  const page = [
    '# Error codes',
    '',
    'Every refusal and fault is an RFC 9457 `application/problem+json` document; `code` is stable, the texts come in the language of `Accept-Language`.',
    'Made from `server/http/problem-texts.ts` and the source; a test keeps it true. Without a status: the state of a command, or said with the status of the place.',
    '',
    '| code | status | 中文 | English |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../docs/reference/errors.md');
});
