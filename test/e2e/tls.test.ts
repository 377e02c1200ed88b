import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, expect, it } from 'vitest';
import { openBrowser } from './browser.ts';
import { PATIENCE } from './running-demo.ts';
import { ADMIN_PASSWORD, startSystem } from './system.ts';
import { DESK } from './visitor.ts';

const dir = await mkdtemp(join(tmpdir(), 'nuanliu-tls-'));
afterAll(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }));

/** Settings of an installation with a certificate of its own. */
async function settingsWithTls(): Promise<string> {
  const pem = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const [key, cert, file] = ['key.pem', 'cert.pem', 'settings.ts'].map((name) => join(dir, name));
  if (key === undefined || cert === undefined || file === undefined) throw new Error('no paths');
  await writeFile(key, pem.private, { mode: 0o600 });
  await writeFile(cert, pem.cert);
  await writeFile(file, `export default { tls: ${JSON.stringify({ key, cert })} };\n`);
  return file;
}

it('speaks TLS with the certificate of the settings: log-in, live values, flow editor', { timeout: PATIENCE }, async (ctx) => {
  const browser = (await openBrowser()) ?? ctx.skip('needs a browser: CHROMIUM, system chromium or @sparticuz/chromium');
  await using system = await startSystem({ settings: await settingsWithTls() });
  try {
    expect(system.url).toMatch(/^https:/);
    const context = await browser.newContext({ viewport: { ...DESK }, ignoreHTTPSErrors: true });
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    const answer = await page.goto(system.url);
    expect(answer?.headers()['strict-transport-security']).toContain('max-age=');
    await page.locator('input[name="user"]').fill('admin');
    await page.locator('input[name="password"]').fill(ADMIN_PASSWORD);
    await page.locator('button[type="submit"]').click();
    await page.getByTestId('persona-process-engineer').click();
    // The new session has to be the browser's before another page is asked for.
    await page.getByTestId('whoami').getByText('陈思远').waitFor();
    await page.locator('[data-testid="connection"][data-state="open"]').waitFor();
    const [cookie] = (await context.cookies()).filter(({ name }) => name.includes('nuanliu'));
    expect(cookie).toMatchObject({ name: '__Host-nuanliu', secure: true, httpOnly: true, sameSite: 'Strict' });

    // A device's value has come through the runtime, whose control channel does not need the certificate.
    await page.goto(`${system.url}/tags/STA002.HB`);
    await page.locator('[data-testid="live-value-STA002.HB"][data-freshness="fresh"]').first().waitFor();
    await page.goto(`${system.url}/flow`);
    await page.frameLocator('[data-testid="flow-frame"]').locator('#red-ui-workspace').waitFor();
    expect(await page.getByTestId('flow-frame').getAttribute('src')).toMatch(/^https:/);
  } finally {
    await browser.close();
  }
});

it('names a certificate that is not there', async () => {
  const file = join(dir, 'missing.ts');
  await writeFile(file, `export default { tls: { key: '/nowhere/key.pem', cert: '/nowhere/cert.pem' } };\n`);
  await expect(startSystem({ settings: file })).rejects.toThrow(/tls\.key.*nowhere/s);
});
