import { expect, it } from 'vitest';
import { PATIENCE, runningDemo } from './running-demo.ts';
import { DESK, visit } from './visitor.ts';

const demo = runningDemo();

it(
  'says within 3 s that the connection is lost, whether the server hangs or dies, and comes back by itself',
  { timeout: PATIENCE },
  async (ctx) => {
    const { system } = demo;
    const browser = demo.browser(ctx);
    const { page } = await visit(browser, system, 'dispatcher', { size: DESK });
    await page.goto(`${system.url}/tags/STA002.HB`);
    const open = page.locator('[data-testid="connection"][data-state="open"]');
    const lost = page.getByTestId('connection-lost');
    // The controller's heartbeat counts: it is another number with each cycle.
    const value = page.getByTestId('live-value-STA002.HB').first();
    await open.waitFor();
    await value.waitFor();
    await page.evaluate(() => Object.assign(globalThis, { loadedOnce: true }));

    // A server that hangs says nothing: the page notices the silence.
    const hung = system.pid('server');
    process.kill(hung, 'SIGSTOP');
    try {
      const since = performance.now();
      await lost.waitFor({ timeout: 10_000 });
      expect(performance.now() - since).toBeLessThanOrEqual(3200);
    } finally {
      process.kill(hung, 'SIGCONT');
    }
    await open.waitFor({ timeout: 20_000 });
    await lost.waitFor({ state: 'detached' });

    // A server that dies: said at once, and everything is back after its restart, without a reload.
    const again = system.next((event) => event.event === 'started' && event.program === 'server');
    const killed = performance.now();
    process.kill(system.pid('server'), 'SIGKILL');
    await lost.waitFor({ timeout: 10_000 });
    expect(performance.now() - killed).toBeLessThanOrEqual(3000);
    await again;
    await open.waitFor({ timeout: 60_000 });
    await lost.waitFor({ state: 'detached' });
    const shown = (): Promise<string | null> => value.textContent();
    const atReturn = await shown();
    await expect.poll(shown, { timeout: 45_000 }).not.toBe(atReturn);
    expect(await page.evaluate(() => Reflect.get(globalThis, 'loadedOnce'))).toBe(true);
  },
);

it('fetches a part of the page again that could not be fetched while the server was away', { timeout: PATIENCE }, async (ctx) => {
  const { system } = demo;
  const { page } = await visit(demo.browser(ctx), system, 'dispatcher', { size: DESK });
  let refused = 0;
  await page.route('**/assets/tag-trend-*.js', async (route) => {
    refused += 1;
    if (refused <= 3) await route.abort('connectionrefused');
    else await route.continue();
  });
  await page.goto(`${system.url}/tags/STA002.HB`);
  await page.getByTestId('live-value-STA002.HB').first().waitFor();
  await page.locator('.t-trend canvas').waitFor();
  expect(refused).toBeGreaterThan(3);
});
