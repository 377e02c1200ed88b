import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { items, Person } from '../e2e/client.ts';
import { ADMIN_PASSWORD, startSystem } from '../e2e/system.ts';
import { dropDatabase, freshDatabase, SERVERS } from './servers.ts';

describe.each(SERVERS)('the whole platform on $name', ({ missing, start }) => {
  it('starts, has its documents there after a kill of the server, and takes a leak to a task of the dispatcher', async ({ skip }) => {
    skip(missing !== undefined, missing);
    await using server = await start();

    const database = freshDatabase();
    await using system = await startSystem({ env: { NUANLIU_MONGO_URL: server.url, NUANLIU_MONGO_DATABASE: database } });
    const admin = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD);
    const { store } = Object(await admin.send('GET', '/api/system'));
    expect(store).toMatch(/^(FerretDB|MongoDB)/);
    await admin.send('POST', '/api/tokens', { name: 'night', rights: ['live.read'], expires: '1d' });
    const again = system.next((event) => event.event === 'started' && event.program === 'server');
    process.kill(system.pid('server'), 'SIGKILL');
    await again;
    await expect
      .poll(async () => (await fetch(`${system.url}/api/ready`).catch(() => undefined))?.status, { timeout: 60_000, interval: 200 })
      .toBe(200);
    const back = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD);
    expect(items(await back.send('GET', '/api/tokens')).map((token) => token['name'])).toContain('night');
    const dispatcher = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, 'dispatcher');
    await expect
      .poll(async () => items(await dispatcher.send('GET', '/api/tasks')).map((task) => task['process']), {
        timeout: 120_000,
        interval: 500,
      })
      .toContain('emergency-response');
    expect(existsSync(join(system.dataDir, 'store'))).toBe(false);
    await system.stop();
    await dropDatabase(server.url, database);
  }, 300_000);
});
