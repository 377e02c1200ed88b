import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { Person } from './client.ts';
import { ADMIN_PASSWORD, type System } from './system.ts';

export const DESK = { width: 1440, height: 900 } as const;
export const PHONE = { width: 390, height: 844 } as const;

export interface Look {
  readonly size: { readonly width: number; readonly height: number };
  /** `auto` follows the browser's colour scheme, so that a test can switch it in place. */
  readonly theme?: 'light' | 'dark' | 'auto';
  readonly language?: 'zh-CN' | 'en';
  /** Pixels of a picture for each of the page. */
  readonly scale?: number;
}

/** A person at a browser of their own; what goes wrong in it is collected in `faults`. */
export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Console errors and warnings, uncaught errors, refused and failed requests, requests to foreign hosts. */
  readonly faults: string[];
}

/** Opens a window with nobody logged in. */
export async function openWindow(browser: Browser, system: System, look: Look): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: { ...look.size },
    deviceScaleFactor: look.scale ?? 1,
    locale: look.language ?? 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce',
  });
  await context.addInitScript(
    ([theme, language]) => {
      localStorage.setItem('nuanliu.theme', theme);
      localStorage.setItem('nuanliu.language', language);
    },
    [look.theme ?? 'light', look.language ?? 'zh-CN'] as const,
  );
  const faults: string[] = [];
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  watch(page, system, faults);
  return { context, page, faults };
}

/** Opens a window as a person of the demo: logged in by the API, without the form. */
export async function visit(browser: Browser, system: System, persona: string, look: Look): Promise<Visitor> {
  const person = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, persona);
  const visitor = await openWindow(browser, system, look);
  const [name = '', value = ''] = person.cookie.split('=');
  await visitor.context.addCookies([{ name, value, url: system.url, httpOnly: true, sameSite: 'Lax' }]);
  return visitor;
}

/** The flow runtime takes a little longer than the server; a page that is opened before says so and tries again. */
export async function flowEditorReady(system: System): Promise<void> {
  const person = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, 'process-engineer');
  await expect.poll(async () => (await person.raw('POST', '/api/flows/ticket', {})).status, { timeout: 45_000, interval: 250 }).toBe(200);
}

function watch(page: Page, system: System, faults: string[]): void {
  const own = new Set([new URL(system.url).host, new URL(system.editorUrl).host]);
  const tell = (what: string): void => {
    faults.push(`${new URL(page.url()).pathname}: ${what}`);
  };
  page.on('console', (message) => {
    // Node-RED's own scripts, on the editor's origin, may warn; an error counts wherever it comes from.
    const foreign = !message.location().url.startsWith(system.url);
    if (message.type() === 'error' || (message.type() === 'warning' && !foreign)) tell(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => tell(`uncaught ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && !own.has(url.host)) tell(`request to a foreign host: ${url.href}`);
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // A page that is left cancels what it asked for.
    if (why !== 'net::ERR_ABORTED') tell(`${request.method()} ${request.url()} failed: ${why}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) tell(`${response.request().method()} ${response.url()} answered ${response.status()}`);
  });
}
