import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoPlant } from '#plants/demo.ts';
import { Person } from '../e2e/client.ts';
import { ADMIN_PASSWORD, startSystem, type System } from '../e2e/system.ts';
import { Faults } from './leaks.ts';
import { until } from './programs.ts';

/** Cycle of the stations, ms. */
const CYCLE = 10_000;
const PATIENCE = 120_000;
/** All at the same time, each on a station of its own. */
const BROKEN = [
  { kind: 'comms-loss', station: 'STA002' },
  { kind: 'slow', station: 'STA003', size: 5 },
  { kind: 'garbage', station: 'STA004' },
  { kind: 'modbus-exception', station: 'STA005', size: 4 },
] as const;
const SOUND = ['STA001', 'STA006', 'STA008'];

/** Tags that the controller of a station holds: not those of its households, which come over MQTT. */
const tagsOf = (station: string): string[] =>
  demoPlant.tags.map((tag) => tag.id).filter((id) => id.startsWith(`${station}.`) && !id.includes('.USR'));

interface Live {
  readonly tag: string;
  readonly quality?: string;
}
interface Series {
  readonly tag: string;
  readonly at: readonly number[];
  readonly quality: readonly string[];
}

let system: System;
let person: Person;
let faults: Faults;

async function qualities(station: string): Promise<string[]> {
  const list: unknown = await person.send('GET', `/api/live?tags=${tagsOf(station).join(',')}`);
  if (typeof list !== 'object' || list === null || !('items' in list) || !Array.isArray(list.items)) return [];
  return list.items.map((item: Live) => item.quality ?? 'none');
}
const all = async (station: string, quality: string): Promise<boolean> => {
  const found = await qualities(station);
  return found.length > 0 && found.every((one) => one === quality);
};

async function heartbeats(station: string, from: number): Promise<Series> {
  const list: unknown = await person.send('GET', `/api/history?tags=${station}.HB&from=${from}&to=${Date.now() + 1}`);
  const series: Series[] | undefined =
    typeof list === 'object' && list !== null && 'series' in list && Array.isArray(list.series) ? list.series : undefined;
  const [first] = series ?? [];
  if (!first) throw new Error(`no history of ${station}`);
  return first;
}

async function communicationAlarms(station: string): Promise<boolean> {
  const list: unknown = await person.send('GET', `/api/alarms?filter=asset:eq:${station};class:eq:communication`);
  if (typeof list !== 'object' || list === null || !('items' in list) || !Array.isArray(list.items)) return false;
  return list.items.some((item: { active: boolean }) => item.active);
}

beforeAll(async () => {
  system = await startSystem({ env: { NUANLIU_LOG_LEVEL: 'error' } });
  person = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, 'dispatcher');
  faults = new Faults(system.simulatorUrl);
  for (const station of [...SOUND, ...BROKEN.map((one) => one.station)])
    await until(() => all(station, 'good'), PATIENCE, `${station} is read`, 500);
});
afterAll(async () => {
  await system[Symbol.asyncDispose]();
});

describe('four devices that fail at once: silent, slow, garbage, exceptions', () => {
  let since = 0;

  it('turns their tags bad within two cycles', async () => {
    since = Date.now();
    for (const { kind, station, ...size } of BROKEN) await faults.add(kind, station, 'size' in size ? size.size : undefined);
    for (const { station } of BROKEN) {
      await until(() => all(station, 'bad'), PATIENCE, `${station}: every tag is bad`, 500);
      const { at, quality } = await heartbeats(station, since);
      const firstBad = at[quality.indexOf('bad')] ?? Number.NaN;
      expect(firstBad - since, `${station}: ms to bad quality`).toBeLessThanOrEqual(2 * CYCLE);
    }
    expect((await faults.list()).filter((fault) => BROKEN.some((one) => one.kind === fault.kind)).length, 'faults that are in').toBe(4);
  });

  it('raises the communication alarm of each', async () => {
    for (const { station } of BROKEN) await until(() => communicationAlarms(station), PATIENCE, `${station}: alarm`, 500);
    for (const station of SOUND) expect(await communicationAlarms(station), station).toBe(false);
  });

  it('leaves the cycle of the others as it was, within 10 %', async () => {
    const beats = async (): Promise<number> =>
      Math.min(...(await Promise.all(SOUND.map(async (one) => (await heartbeats(one, since)).at.length))));
    await until(async () => (await beats()) >= 6, PATIENCE, 'six cycles of the sound stations', 1000);
    for (const station of SOUND) {
      const { at, quality } = await heartbeats(station, since);
      expect(new Set(quality), station).toEqual(new Set(['good']));
      const mean = ((at.at(-1) ?? 0) - (at[0] ?? 0)) / (at.length - 1);
      expect(Math.abs(mean - CYCLE), `${station}: mean cycle ${mean} ms`).toBeLessThanOrEqual(CYCLE / 10);
    }
  });

  it('recovers by itself', async () => {
    const begun = performance.now();
    for (const fault of await faults.list()) if (BROKEN.some((one) => one.kind === fault.kind)) await faults.remove(fault.id);
    for (const { station } of BROKEN) await until(() => all(station, 'good'), PATIENCE, `${station} is good again`, 500);
    const good = performance.now() - begun;
    process.stdout.write(`devices: good again ${Math.round(good)} ms after the faults were gone\n`);
    expect(good, 'ms to good again: two cycles, and one for a controller that was being waited for').toBeLessThan(3 * CYCLE);
    for (const { station } of BROKEN)
      await until(async () => !(await communicationAlarms(station)), PATIENCE, `${station}: alarm returns`, 500);
  });
});
