import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Person } from '../e2e/client.ts';
import { ADMIN_PASSWORD, startSystem, type System } from '../e2e/system.ts';
import { checkAll } from './checks.ts';
import { Faults, driveLeaks } from './leaks.ts';
import {
  COMMAND_TAGS,
  completeTasks,
  nothingYet,
  sendCommands,
  sendNewSamples,
  sendOldSamples,
  watchAlarms,
  type Acknowledged,
} from './load.ts';
import { Killer, PROGRAMS, seededRandom, shuffled, until, type Fall } from './programs.ts';

const SEEDS = Number(process.env.FAULT_SEEDS ?? 1);
const KILLS = Number(process.env.FAULT_KILLS ?? 20);
/** Ready again after a kill, ms; the time that other programs of the machine had the cores does not count. */
const READY_WITHIN = 10_000;
/** A kill comes at random so long after the one before, ms. */
const CALM = 6000;
/** Nothing that waits for the system waits longer, ms. */
const PATIENCE = 120_000;

async function tokenOf(system: System): Promise<string> {
  const admin = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD);
  const made: unknown = await admin.send('POST', '/api/tokens', {
    name: 'fault-load',
    rights: ['samples.write', 'live.read', 'command.submit', 'health.read'],
    expires: '1d',
  });
  if (typeof made !== 'object' || made === null || !('secret' in made)) throw new Error('no token');
  return String(made.secret);
}

/** Everything that goes on while programs are killed; resolves when `stop` is aborted. */
async function load(system: System, token: string, faults: Faults, out: Acknowledged, stop: AbortController): Promise<void> {
  const { signal } = stop;
  const given = { url: system.url, token, out, signal };
  const logIn = (persona: string): Promise<Person> => Person.logIn(system.url, 'admin', ADMIN_PASSWORD, persona);
  const [dispatcher, manager] = [await logIn('dispatcher'), await logIn('manager')];
  await Promise.all([
    sendOldSamples(given),
    sendNewSamples(given),
    ...COMMAND_TAGS.map((tag) => sendCommands(given, tag)),
    completeTasks(dispatcher, given),
    completeTasks(manager, given),
    watchAlarms(dispatcher, given),
    driveLeaks(faults, manager, signal),
  ]);
}

const slowest = (falls: readonly Fall[], field: 'ready' | 'own'): Record<string, number> =>
  Object.fromEntries(
    PROGRAMS.map((program) => [program, Math.max(0, ...falls.filter((fall) => fall.program === program).map((fall) => fall[field]))]),
  );

async function run(seed: number, system: System, dataDir: string): Promise<{ report: object; falls: readonly Fall[] }> {
  const random = seededRandom(seed);
  const from = Date.now();
  const token = await tokenOf(system);
  const faults = new Faults(system.simulatorUrl);
  const out = nothingYet();
  const killer = new Killer(system, token);
  const stop = new AbortController();
  let broken: unknown;
  const loading = load(system, token, faults, out, stop).catch((error: unknown) => {
    broken = error;
  });
  const goesOn = async (): Promise<boolean> => {
    if (broken !== undefined) throw broken;
    return Promise.resolve(true);
  };
  await until(async () => out.rises.size > 0 && out.tasks.length > 0, PATIENCE, 'the first alarm rises and its first task is completed');
  for (const program of shuffled(Array.from({ length: KILLS }, () => PROGRAMS).flat(), random)) {
    const before = out.samples.length;
    const calm = performance.now() + random() * CALM;
    await until(async () => performance.now() >= calm && out.samples.length > before, PATIENCE, 'the load goes on');
    await goesOn();
    await killer.kill(program);
  }
  const { tasks, commands } = { tasks: out.tasks.length, commands: out.commands.length };
  await until(
    async () => out.tasks.length > tasks && out.commands.length > commands,
    PATIENCE,
    'tasks and commands go on after the last kill',
  );
  stop.abort();
  await loading;
  await goesOn();
  const dispatcher = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, 'dispatcher');
  const open = async (): Promise<number> => {
    const list: unknown = await dispatcher.send('GET', '/api/commands?filter=state:in:waiting,queued,sent&limit=10');
    return typeof list === 'object' && list !== null && 'items' in list && Array.isArray(list.items) ? list.items.length : 1;
  };
  await until(async () => (await open()) === 0, PATIENCE, 'every command ends');
  expect(await system.stop(), 'clean stop').toBe(0);

  const { falls } = killer;
  for (const program of PROGRAMS) expect(falls.filter((fall) => fall.program === program).length, `${program} was killed`).toBe(KILLS);
  const killed = system.events.filter((event) => event.event === 'ended' && event.signal === 'SIGKILL').length;
  expect(killed, 'the starter saw the server and the simulator die').toBe(2 * KILLS);
  expect(faults.made.get('leak-secondary') ?? 0, 'leaks were put in').toBeGreaterThan(0);
  expect(out.repeats, 'requests were cut off').toBeGreaterThan(0);
  const counts = {
    samples: out.samples.length,
    commands: out.commands.length,
    tasks: out.tasks.length,
    acknowledgedAlarms: out.alarms.length,
    repeats: out.repeats,
  };
  for (const [name, count] of Object.entries(counts)) expect(count, `${name} were acknowledged`).toBeGreaterThan(0);
  const found = await checkAll(dataDir, out, falls, { from, to: Date.now() });
  const report = {
    seed,
    kills: falls.length,
    slowestReady: slowest(falls, 'ready'),
    slowestOwn: slowest(falls, 'own'),
    ...counts,
    ...found,
  };
  return { report, falls };
}

it.for(Array.from({ length: SEEDS }, (_, i) => i + 1))('kill -9 under load loses and doubles nothing, seed %i', async (seed) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'nuanliu-fault-'));
  const system = await startSystem({ dataDir, env: { NUANLIU_LOG_LEVEL: 'warn' } });
  try {
    const { report, falls } = await run(seed, system, dataDir);
    process.stdout.write(`${JSON.stringify(report)}\n`);
    for (const { program, own } of falls) expect(own, `ms to ready after a kill of ${program}`).toBeLessThan(READY_WITHIN);
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    process.stdout.write(`seed ${seed} failed; data in ${dataDir}\n${system.output.slice(-60).join('\n')}\n`);
    system.process.kill('SIGINT');
    throw error;
  }
});
