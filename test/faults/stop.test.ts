import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Person } from '../e2e/client.ts';
import { ADMIN_PASSWORD, freePorts, startSystem } from '../e2e/system.ts';
import { Faults } from './leaks.ts';
import { isAlive, until } from './programs.ts';

const PATIENCE = 120_000;
const hasMosquitto = spawnSync('mosquitto', ['-h']).error === undefined;
let broker: ChildProcess | undefined;
let folder = '';
afterAll(() => {
  broker?.kill('SIGKILL');
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

/** A broker of its own process, so that it can be killed under the running system. */
async function startBroker(): Promise<string> {
  folder = mkdtempSync(join(tmpdir(), 'nuanliu-broker-'));
  const [port] = await freePorts(1);
  writeFileSync(join(folder, 'mosquitto.conf'), `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
  broker = spawn('mosquitto', ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' });
  return `mqtt://127.0.0.1:${port}`;
}

it('one-key stop of a station in the running system while the broker is dead', async (context) => {
  if (!hasMosquitto) context.skip('needs mosquitto');
  const url = await startBroker();
  await using system = await startSystem({ env: { NUANLIU_LOG_LEVEL: 'error', NUANLIU_MQTT_URL: url } });
  const dispatcher = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, 'dispatcher');
  const plant = new Faults(system.simulatorUrl);
  const heartbeat = async (): Promise<boolean> => {
    const live: unknown = await dispatcher.send('GET', '/api/tags/STA006.HB/live');
    return typeof live === 'object' && live !== null && 'quality' in live && live.quality === 'good';
  };
  await until(heartbeat, PATIENCE, 'samples come over the external broker', 500);
  const pid = broker?.pid ?? 0;
  process.kill(pid, 'SIGKILL');
  await until(async () => Promise.resolve(!isAlive(pid)), PATIENCE, 'the broker is dead');

  expect(await plant.value('STA006.STOPPED')).toBe(false);
  const begun = performance.now();
  const stop: unknown = await dispatcher.send('POST', '/api/stop', { scope: 'STA006', confirm: 'STA006' });
  if (typeof stop !== 'object' || stop === null || !('id' in stop)) throw new Error('no stop');
  const result = async (): Promise<{ state: string; results: { target: string; result: string }[] }> =>
    JSON.parse(JSON.stringify(await dispatcher.send('GET', `/api/stop/${String(stop.id)}`)));
  await until(async () => (await result()).state === 'stopped', PATIENCE, 'every result of the stop is known', 100);
  process.stdout.write(`stop with a dead broker: ${Math.round(performance.now() - begun)} ms\n`);
  expect((await result()).results.map(({ target, result: end }) => ({ target, end }))).toEqual([{ target: 'STA006', end: 'done' }]);
  expect(await plant.value('STA006.STOPPED'), 'the controller is latched').toBe(true);
});
