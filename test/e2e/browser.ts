import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const SYSTEM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Opens the browser that is there: env `CHROMIUM`, a system Chromium, the npm package `@sparticuz/chromium`; undefined if none works. */
export async function openBrowser(): Promise<Browser | undefined> {
  const found = process.env.CHROMIUM ?? SYSTEM.find((path) => existsSync(path));
  if (found) return chromium.launch({ executablePath: found, args: FLAGS });
  try {
    const { default: packaged } = await import('@sparticuz/chromium');
    return await chromium.launch({ executablePath: await packaged.executablePath(), args: [...packaged.args, ...FLAGS] });
  } catch (error) {
    process.stderr.write(`no browser found: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}
