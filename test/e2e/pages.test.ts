import { readFileSync } from 'node:fs';
import axe from 'axe-core';
import { expect, it } from 'vitest';
import { items, Person } from './client.ts';
import { PATIENCE, runningDemo } from './running-demo.ts';
import { ADMIN_PASSWORD } from './system.ts';
import { DESK, flowEditorReady, PHONE, visit, type Visitor } from './visitor.ts';

const PERSONAS = [
  'process-engineer',
  'dispatcher',
  'manager',
  'alarm-administrator',
  'system-administrator',
  'security-administrator',
  'audit-administrator',
] as const;
const SIZES = [DESK, PHONE];
const THEMES = ['light', 'dark'] as const;
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

interface PageCase {
  /** As the router names it. */
  readonly route: string;
  /** Shown to whom the menu shows this address; every person has the others. */
  readonly menu?: string;
  readonly at: (facts: Facts) => string;
  /** A task is seen by those whose task it is. */
  readonly only?: string;
  /** Seen when its content is there. */
  readonly sign?: string;
}
interface Facts {
  readonly alarm: string;
  readonly task: string;
  readonly instance: string;
}

const PLAIN: readonly PageCase[] = [
  { route: '/', menu: '/', at: () => '/', sign: '[data-testid="mimic"]' },
  { route: '/m/$id', menu: '/m/network', at: () => '/m/STA007', sign: '[data-testid="mimic"]' },
  { route: '/trends', menu: '/trends', at: () => '/trends?tags=STA001.UNT01.2T_S,SRC001.T_S&range=1h', sign: '.lane' },
  { route: '/rules', menu: '/rules', at: () => '/rules?sel=STA007.UNT02.MK_FI', sign: '[data-testid="rule-detail"]' },
  { route: '/flow', menu: '/flow', at: () => '/flow', sign: 'iframe' },
  { route: '/tags', menu: '/tags', at: () => '/tags?q=STA007' },
  { route: '/tags/$id', menu: '/tags', at: () => '/tags/STA007.UNT02.BV_SP', sign: '[data-testid="flow-links"]' },
  { route: '/ledgers', menu: '/ledgers', at: () => '/ledgers', sign: '[data-testid="record-STA007"]' },
  { route: '/ledgers/$type', menu: '/ledgers', only: 'process-engineer', at: () => '/ledgers/boiler?sort=-ratedHeat', sign: 'tbody tr' },
  {
    route: '/ledgers/$type/$id',
    menu: '/ledgers',
    only: 'process-engineer',
    at: () => '/ledgers/household/STA001.UNT01.USR001',
    sign: '[data-testid="history"]',
  },
  {
    route: '/ledger-types/$type',
    menu: '/ledgers',
    only: 'process-engineer',
    at: () => '/ledger-types/network-node',
    sign: '[data-testid="type-fields"]',
  },
  { route: '/processes/$id', menu: '/workflows', at: () => '/processes/emergency-response', sign: '.djs-container' },
  { route: '/system/users', menu: '/system/users', at: () => '/system/users', sign: '[data-testid^="user-"]' },
  { route: '/system/audit', menu: '/system/audit', at: () => '/system/audit', sign: 'tbody tr' },
  { route: '/system/health', menu: '/system/health', at: () => '/system/health', sign: '[data-testid="openapi"]' },
  { route: '/me', at: () => '/me', sign: '[data-testid="log-out"]' },
];
/** They need the leak: its alarm, task and instance. */
const LEAK: readonly PageCase[] = [
  { route: '/alarms', menu: '/alarms', at: ({ alarm }) => `/alarms?sel=${alarm}`, sign: '[data-testid="alarm-detail"]' },
  { route: '/workflows', menu: '/workflows', at: () => '/workflows', sign: '[data-testid^="instance-"]' },
  { route: '/workflows/$key', menu: '/workflows', at: ({ instance }) => `/workflows/${instance}`, sign: '.djs-container' },
  { route: '/tasks', menu: '/tasks', at: () => '/tasks' },
  { route: '/tasks/$key', menu: '/tasks', only: 'dispatcher', at: ({ task }) => `/tasks/${task}`, sign: '[data-testid="task-title"]' },
];
const NO_LEAK: Facts = { alarm: '', task: '', instance: '' };

const demo = runningDemo();

/** What the leak has begun: asked until the process waits for a person. */
async function leakFacts(): Promise<Facts> {
  const { system } = demo;
  const person = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, 'dispatcher');
  const find = async (): Promise<Record<string, unknown> | undefined> =>
    items(await person.send('GET', '/api/tasks')).find((task) => task['element'] === 'confirm');
  await expect.poll(find, { timeout: 90_000, interval: 500 }).toBeDefined();
  const task = await find();
  return { alarm: 'STA007.UNT02.MK_FI.hh', task: String(task?.['key']), instance: String(task?.['instance']) };
}

/** What axe finds on the page as it stands; the flow editor in its frame is Node-RED's own page. */
async function axeFindings({ page }: Visitor): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  const options: axe.RunOptions = { runOnly: WCAG, resultTypes: ['violations'], iframes: false };
  const found = await page.evaluate<axe.AxeResults>(`axe.run({ exclude: [['iframe']] }, ${JSON.stringify(options)})`);
  // Of a check that found nothing to look at nothing could be said.
  if (found.passes.length === 0) return ['axe looked at nothing'];
  return found.violations.map(({ id, nodes }) => `axe ${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

/** Says what is wrong with the page as it stands: overflow, words that are no words. */
async function oddities({ page }: Visitor): Promise<string[]> {
  const wrong: string[] = [];
  const width = await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
  if (width > 0) wrong.push(`${width} px wider than the window`);
  const text = await page.locator('body').innerText();
  const odd = /\bundefined\b|\bNaN\b|\[object Object\]|Invalid Date/.exec(text);
  if (odd) wrong.push(`"${odd[0]}" on the page`);
  return wrong;
}

/** Opens an address without loading the program anew, as a click in the menu does. */
async function go(visitor: Visitor, address: string, sign = 'h1'): Promise<void> {
  await visitor.page.evaluate(`history.pushState(null, '', ${JSON.stringify(address)})`);
  await visitor.page.locator(`#content ${sign}`).first().waitFor();
  await visitor.page.locator('#content .skeleton').first().waitFor({ state: 'detached' });
}

async function menuOf({ page }: Visitor): Promise<Set<string>> {
  await page.setViewportSize(DESK);
  await page.locator('nav.nav a').first().waitFor();
  return new Set(await page.locator('nav.nav a').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? '')));
}

/** One person through pages, in both sizes; in both themes, with axe, where nobody has been before. */
async function walk(persona: string, visitor: Visitor, cases: readonly PageCase[], facts: Facts, tested: Set<string>): Promise<string[]> {
  const wrong: string[] = [];
  const menu = await menuOf(visitor);
  for (const { route, menu: shown, only = persona, at, sign } of cases) {
    if ((shown !== undefined && !menu.has(shown)) || only !== persona) continue;
    await visitor.page.setViewportSize(DESK);
    await go(visitor, at(facts), sign);
    for (const size of SIZES) {
      await visitor.page.setViewportSize(size);
      for (const what of await oddities(visitor)) wrong.push(`${route} ${size.width}: ${what}`);
      for (const theme of THEMES) {
        const key = `${route} ${size.width} ${theme}`;
        if (tested.has(key)) continue;
        tested.add(key);
        await visitor.page.emulateMedia({ colorScheme: theme });
        for (const what of await axeFindings(visitor)) wrong.push(`${key}: ${what}`);
      }
    }
  }
  return wrong;
}

it('shows every page to everyone who may see it, at both sizes, in both themes, without a fault', { timeout: PATIENCE }, async (ctx) => {
  const { system } = demo;
  const browser = demo.browser(ctx);
  const tested = new Set<string>();
  const visitors = new Map<string, Visitor>();
  const wrong: string[] = [];
  await flowEditorReady(system);
  const leak = leakFacts();
  leak.catch(() => undefined);
  for (const persona of PERSONAS) {
    const visitor = await visit(browser, system, persona, { size: DESK, theme: 'auto' });
    visitors.set(persona, visitor);
    await visitor.page.goto(`${system.url}/me`);
    for (const what of await walk(persona, visitor, PLAIN, NO_LEAK, tested)) wrong.push(`${persona} ${what}`);
  }
  const facts = await leak;
  for (const [persona, visitor] of visitors) {
    // A page looks on while the alarm rises: the strip is there too.
    for (const what of await walk(persona, visitor, LEAK, facts, tested)) wrong.push(`${persona} ${what}`);
    wrong.push(...visitor.faults.map((fault) => `${persona} ${fault}`));
  }
  expect(wrong).toEqual([]);
  // No page of the router is left out, and each was held to axe at both sizes in both themes.
  const source = readFileSync(new URL('../../editor/routes.tsx', import.meta.url), 'utf8');
  const routes = [...source.matchAll(/path: '([^']+)'/g)].map((found) => found[1] ?? '');
  expect(routes.length).toBeGreaterThan(10);
  expect(new Set([...tested].map((key) => key.split(' ')[0]))).toEqual(new Set(routes));
  expect(tested.size).toBe(routes.length * SIZES.length * THEMES.length);
});

it('is whole in English: no key for a text, no Chinese word of our own', { timeout: PATIENCE }, async (ctx) => {
  const { system } = demo;
  const browser = demo.browser(ctx);
  const visitor = await visit(browser, system, 'process-engineer', { size: DESK, language: 'en' });
  const { page } = visitor;
  await page.goto(`${system.url}/me`);
  const [keys, chinese] = [messages('en').keys(), new Set(messages('zh-CN').values())];
  const known = new Set(keys);
  const menu = await menuOf(visitor);
  const wrong: string[] = [];
  for (const { route, menu: shown, at, sign } of PLAIN) {
    if (shown !== undefined && !menu.has(shown)) continue;
    await go(visitor, at(NO_LEAK), sign);
    for (const line of (await page.locator('body').innerText()).split('\n').map((one) => one.trim())) {
      if (known.has(line) || (/[\u4e00-\u9fff]/.test(line) && chinese.has(line))) wrong.push(`${route}: ${line}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(visitor.faults).toEqual([]);
});

/** The texts of the pages as they stand in the source. */
function messages(language: 'zh-CN' | 'en'): Map<string, string> {
  const source = readFileSync(new URL(`../../editor/locales/${language}.ts`, import.meta.url), 'utf8');
  return new Map([...source.matchAll(/^\s+'([\w.-]+)':\s*'((?:[^'\\]|\\.)*)'/gm)].map((found) => [found[1] ?? '', found[2] ?? '']));
}
