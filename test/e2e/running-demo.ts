import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { openBrowser } from './browser.ts';
import { startSystem, type System } from './system.ts';

/** Limit of a browser test, ms: a guard against one that hangs, no measure of speed; what must be quick is asserted in its place. */
export const PATIENCE = 600_000;

/** One running system and one browser for the tests of a file; `system` is there inside the tests. */
export interface RunningDemo {
  readonly system: System;
  /** Skips the test where no browser is found. */
  browser(ctx: { skip(note: string): never }): Browser;
}

/** Starts both before the tests of the file that calls it, and stops them after. */
export function runningDemo(): RunningDemo {
  let system: System | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    [system, browser] = await Promise.all([startSystem(), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.[Symbol.asyncDispose]();
  });
  return {
    get system() {
      if (!system) throw new Error('the system is not running yet');
      return system;
    },
    browser: (ctx) => browser ?? ctx.skip('needs a browser: CHROMIUM, system chromium or @sparticuz/chromium'),
  };
}
