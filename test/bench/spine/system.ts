import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#server/http/free-port.ts';
import { Person } from '../../e2e/client.ts';
import { ADMIN_PASSWORD, startSystem, type System } from '../../e2e/system.ts';
import { atMost, noted, sleep, type Bench } from '../measure.ts';
import { textOf } from './json.ts';
import { alarmToStrip, Poster, sampleToBrowser, TOPICS } from './latency.ts';
import { Live } from './live.ts';
import { cpuOf, memoryOf } from './memory.ts';

const LIMIT = 60_000;
const LATENCY_SECONDS = 12;
/** One value of each way in: Modbus, OPC UA, MQTT; the first good one counts. */
const FIRST = ['STA001.1T_S', 'SRC001.T_S', 'WX001.AT'];

/** The same ports for the start and the restart. */
async function ports(): Promise<Record<string, string>> {
  const names = ['PORT', 'EDITOR_PORT', 'MQTT_PORT', 'SIMULATOR_API_PORT', 'SIMULATOR_MODBUS_PORT', 'SIMULATOR_OPCUA_PORT'];
  const taken: Record<string, string> = { NUANLIU_LOG_LEVEL: 'warn' };
  for (const name of names) taken[`NUANLIU_${name}`] = String(await freePort('127.0.0.1'));
  return taken;
}

const isLive =
  (since: number) =>
  ({ tags }: Readonly<Record<string, unknown>>): boolean =>
    Array.isArray(tags) && tags.some((row) => Array.isArray(row) && Number(row[1]) >= since && row[3] === 'good');

interface Started {
  readonly system: System;
  readonly seconds: number;
  /** CPU seconds of server, flow runtime and simulator till then. */
  readonly cpu: number;
}

/** Starts the demo as `npm start` does; @returns seconds until a browser had the first good value that was measured after the start. */
async function start(dataDir: string, env: Record<string, string>): Promise<Started> {
  const [began, since] = [performance.now(), Date.now()];
  const system = await startSystem({ dataDir, env });
  try {
    const person = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, 'dispatcher');
    await using live = await Live.open(
      system.url,
      person.cookie,
      FIRST.map((tag) => `tag:${tag}`),
    );
    const shown = await live.next(isLive(since), LIMIT, 'a live value');
    const cpu = cpuOf(system.pid('server'), [system.pid('simulator')]);
    return { system, seconds: (shown - began) / 1000, cpu };
  } catch (error) {
    await system[Symbol.asyncDispose]();
    throw error;
  }
}

async function latencies(system: System, progress: (text: string) => void): Promise<{ sample: number; alarm: number }> {
  const admin = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD);
  const token: unknown = await admin.send('POST', '/api/tokens', { name: 'bench', rights: ['samples.write', 'live.read'], expires: '1d' });
  const poster = new Poster(system.url, textOf(token, 'secret'));
  const person = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, 'dispatcher');
  await using live = await Live.open(system.url, person.cookie, TOPICS);
  const sample = await sampleToBrowser(live, poster, LATENCY_SECONDS);
  progress(`sample to browser: ${JSON.stringify(sample)}`);
  const alarm = await alarmToStrip(live, poster, person, LATENCY_SECONDS);
  progress(`alarm to strip: ${JSON.stringify(alarm)}`);
  return { sample: sample.p95, alarm: alarm.p95 };
}

/** Cold start, idle memory, latencies and restart of the whole demo. */
export const measureSystem: Bench = async ({ seconds, progress }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'nuanliu-bench-'));
  const env = await ports();
  try {
    const cold = await start(dataDir, env);
    let memory: ReturnType<typeof memoryOf>;
    let latency: Awaited<ReturnType<typeof latencies>>;
    try {
      const pause = Math.min(60, seconds);
      progress(`cold start: ${cold.seconds.toFixed(1)} s; memory in ${pause} s`);
      await sleep(pause * 1000);
      memory = memoryOf(cold.system.pid('server'), cold.system.pid('simulator'));
      progress(`memory: ${JSON.stringify(memory)}`);
      latency = await latencies(cold.system, progress);
    } finally {
      await cold.system[Symbol.asyncDispose]();
    }
    const again = await start(dataDir, env);
    await again.system[Symbol.asyncDispose]();
    progress(`restart: ${again.seconds.toFixed(1)} s`);
    return {
      sampleToBrowser: atMost(latency.sample, 'ms, p95', 500),
      alarmToStrip: atMost(latency.alarm, 'ms, p95', 500),
      idleMemory: atMost(memory.server + memory.runtime, 'MiB, proportional', 350),
      idleMemoryServer: noted(memory.server, 'MiB, proportional'),
      idleMemoryRuntime: noted(memory.runtime, 'MiB, proportional'),
      idleMemorySimulator: noted(memory.simulator, 'MiB, proportional'),
      coldStart: atMost(cold.seconds, 's', 15),
      coldStartCpu: noted(cold.cpu, 'CPU s'),
      restart: atMost(again.seconds, 's', 10),
    };
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  }
};
