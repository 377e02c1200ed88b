import { describe, expect, it } from 'vitest';
import type { AlarmDefinition } from '#domain/alarm/definition.ts';
import type { Sample } from '#domain/sample.ts';
import { Bus } from '#server/bus.ts';
import { LiveImage } from '#server/engines/process-image/process-image.ts';
import { World } from './alarm-kit.ts';

const T = 'STA007.UNT02.MK_FI';
const U = 'STA007.UNT02.2T_S';
const LIMITS: AlarmDefinition = { id: T, tag: T, limits: { hh: { limit: 2, priority: 1 }, h: 1 }, onDelay: '10s', offDelay: '5s' };
const DEFINITIONS: readonly AlarmDefinition[] = [
  LIMITS,
  { id: 'rate', tag: U, rate: { limit: 6, per: '1m', window: '60s', direction: 'rising' } },
  { id: 'silent', tag: U, stale: '30s', priority: 2 },
  { id: 'flat', tag: U, flat: { for: '40s', within: 0 } },
];

/** A leak that comes and goes, a temperature that jumps, stands and falls silent. */
const STORY: readonly (readonly [number, readonly (readonly [string, number | null])[]])[] = [
  [
    0,
    [
      [T, 0.2],
      [U, 50],
    ],
  ],
  [
    10,
    [
      [T, 2.6],
      [U, 50.1],
    ],
  ],
  [
    10,
    [
      [T, 2.7],
      [U, 55],
    ],
  ],
  [
    10,
    [
      [T, 2.8],
      [U, 55],
    ],
  ],
  [
    10,
    [
      [T, 0.2],
      [U, 55],
    ],
  ],
  [
    10,
    [
      [T, 0.2],
      [U, 55],
    ],
  ],
  [
    10,
    [
      [T, 2.9],
      [U, 55],
    ],
  ],
  [10, [[T, 2.9]]],
  [10, [[T, null]]],
  [10, [[T, 0.1]]],
  [
    10,
    [
      [T, 0.1],
      [U, 56],
    ],
  ],
];

async function play(world: World): Promise<void> {
  for (const [seconds, samples] of STORY) {
    await world.pass(seconds, samples);
    if (world.dead) await world.start();
  }
  await world.pass(60);
  if (world.dead) await world.start();
  await world.pass(5);
}

async function reference(): Promise<World> {
  const world = new World(DEFINITIONS);
  await world.start();
  await play(world);
  return world;
}

describe('the live alarm engine', () => {
  it('tells each transition once, after it is durable', async () => {
    const world = await reference();
    expect(world.told.toSorted()).toEqual(world.stored());
    expect(world.told.length).toBeGreaterThan(12);
    expect(world.live.view(`${T}.hh`)).toMatchObject({
      state: 'rtn-unack',
      occurrence: 2,
      priority: 1,
      asset: 'STA007.UNT02',
      value: 2.9,
      limit: 2,
      unit: 't/h',
    });
  });

  it('loses and doubles nothing, whichever write the process dies at', async () => {
    const whole = await reference();
    const expected = whole.stored();
    let doubled = 0;
    for (let dieAt = 1; dieAt <= whole.writes; dieAt += 1) {
      const world = new World(DEFINITIONS);
      world.dieAt = dieAt;
      await world.start();
      if (world.dead) await world.start();
      await play(world);
      expect(world.stored(), `died at write ${dieAt}`).toEqual(expected);
      expect([...new Set(world.told)].toSorted(), `died at write ${dieAt}`).toEqual(expected);
      if (world.told.length > expected.length) doubled += 1;
    }
    // Told again only after a death between telling and noting that it was told; `n` lets a listener see it.
    expect(doubled).toBeLessThan(whole.writes / 5);
  }, 60_000);

  it('tells what was durable but untold after the death, once', async () => {
    const world = new World([LIMITS]);
    await world.start();
    await world.pass(3, [[T, 5]]);
    await world.pass(9);
    // The next two steps: before and after the alarms' documents are written; then the process is gone.
    world.dieAt = world.writes + 2;
    await world.pass(2);
    expect(world.told).toEqual([]);
    await world.start();
    expect(world.told.map((line) => line.split(' ')[0])).toEqual([`${T}.hh#1#unack#1`, `${T}.h#1#unack#1`]);
    await world.start();
    expect(world.told.length).toBe(2);
  });

  it('keeps pending delays, shelf ends and who acknowledged over a restart', async () => {
    const world = new World([LIMITS, { ...LIMITS, id: 'other', limits: { h: 1 }, priority: 3 }]);
    await world.start();
    await world.pass(0, [[T, 1.5]]);
    await world.pass(4);
    await world.start();
    await world.pass(5);
    expect(world.live.view('other.h')?.state).toBe('normal');
    await world.pass(1);
    expect(world.live.view('other.h')).toMatchObject({ state: 'unack', occurrence: 1 });
    const by = { id: 'li.na', name: '李娜' };
    expect(await world.live.act({ kind: 'acknowledge', alarm: 'other.h', occurrence: 1 }, by)).toBeUndefined();
    expect(await world.live.act({ kind: 'acknowledge', alarm: 'other.h', occurrence: 1 }, by)).toBe('already');
    expect(await world.live.act({ kind: 'shelve', alarm: 'other.h', for: 120_000, reason: '检修' }, by, '检修')).toBeUndefined();
    await world.start();
    expect(world.live.view('other.h')).toMatchObject({ state: 'shelved', acknowledgedBy: '李娜', shelvedBy: '李娜', reason: '检修' });
    await world.pass(119);
    expect(world.live.view('other.h')?.state).toBe('shelved');
    await world.pass(1);
    expect(world.live.view('other.h')).toMatchObject({ state: 'unack', occurrence: 2 });
    const steps = await world.live.steps('other.h', 1);
    expect(steps.map(({ to, cause, action }) => [to, cause, action])).toEqual([
      ['unack', 'delay', undefined],
      ['acked', 'action', 'acknowledge'],
      ['shelved', 'action', 'shelve'],
    ]);
    expect(steps[0]).toMatchObject({ value: 1.5, limit: 1, values: [{ tag: T, value: 1.5, quality: 'good' }] });
  });

  it('does not take a steady tag for silent, nor a known one for unknown, because of a restart', async () => {
    const pair: AlarmDefinition = { id: 'pair', tag: T, deviation: { from: U, limit: 5 }, onDelay: '40s' };
    const world = new World([{ id: 'silent', tag: U, stale: '30s' }, pair]);
    await world.start();
    for (let second = 0; second < 120; second += 7) {
      await world.pass(7, [[U, 1]]);
      if (second === 84) await world.deliver([{ tag: T, at: world.time.now(), value: 9, quality: 'good' }]);
      if (second % 3 === 0) await world.start();
    }
    await world.start();
    await world.pass(5, [[U, 1]]);
    expect(world.told.map((line) => line.split(' ')[0])).toEqual(['pair#1#unack#1']);
  });

  it('takes what came late after a restart in order of its time', async () => {
    const late = new World([{ id: 'silent', tag: U, stale: '30s' }]);
    await late.start();
    await late.pass(0, [[U, 1]]);
    const from = late.time.now();
    // The server is down for a minute; the runtime kept a sample every 10 s and delivers them at once.
    late.time.drop();
    await late.time.advance(60_000);
    await late.start(5000);
    await late.time.advance(1000);
    const kept = [10, 20, 30, 40, 50, 60].map((second): Sample => ({ tag: U, at: from + second * 1000, value: 1, quality: 'good' }));
    await late.deliver(kept);
    await late.time.advance(4000);
    expect(late.told).toEqual([]);
    await late.time.advance(60_000);
    expect(late.told).toEqual([`silent#1#unack#1 normal ${from + 90_000}`]);
  });

  it('rebuilds only what a deployment changed, keeps the state, and evaluates new limits at once', async () => {
    const world = new World([LIMITS, { id: 'rate', tag: U, rate: { limit: 600, per: '1m', window: '60s', direction: 'rising' } }]);
    await world.start();
    await world.pass(0, [
      [T, 1.5],
      [U, 50],
    ]);
    await world.pass(20, [
      [T, 1.5],
      [U, 60],
    ]);
    expect(world.live.view(`${T}.h`)?.state).toBe('unack');
    await world.pointer.move([
      { ...LIMITS, limits: { hh: { limit: 2, priority: 1 }, h: 1.6 } },
      { ...LIMITS, id: 'new', limits: { h: 1.2 } },
    ]);
    await world.pass(10);
    expect(world.live.view(`${T}.h`)).toMatchObject({ state: 'rtn-unack', limit: 1.6, occurrence: 1 });
    expect(world.live.view('new.h')).toMatchObject({ state: 'unack', occurrence: 1 });
    await world.pointer.move([], ['new']);
    expect(world.live.view('new.h')).toBeUndefined();
    await world.pointer.move([{ ...LIMITS, id: 'new', limits: { h: 1.2 } }]);
    await world.pass(20);
    expect(world.live.view('new.h')).toMatchObject({ state: 'unack', occurrence: 2 });
  });

  it('goes on after the store has failed, without telling before it is durable', async () => {
    const world = new World([LIMITS]);
    await world.start();
    await world.pass(0, [[T, 5]]);
    world.dead = true;
    await world.pass(10);
    expect(world.live.view(`${T}.hh`)?.state).toBe('unack');
    expect(world.told).toEqual([]);
    world.dead = false;
    await world.pass(2);
    expect(world.told.map((line) => line.split(' ')[0])).toEqual([`${T}.hh#1#unack#1`, `${T}.h#1#unack#1`]);
  });
});

describe('the process image', () => {
  it('keeps the newest of each tag and fans out only what moved it', () => {
    const seen: (readonly Sample[])[] = [];
    const bus = new Bus((error) => {
      throw error;
    });
    bus.on('samples', (samples) => seen.push(samples));
    const row = (tag: string, at: number, value: number): Sample => ({ tag, at, value, quality: 'good' });
    const image = new LiveImage(bus, [row('a', 5, 1), row('a', 4, 0)]);
    image.apply([row('a', 4, 9), row('a', 6, 2), row('b', 1, 3), row('a', 6, 7)]);
    image.apply([row('b', 1, 3)]);
    expect(image.get('a')).toEqual(row('a', 6, 2));
    expect(seen).toEqual([[row('a', 6, 2), row('b', 1, 3)]]);
    expect(image.get('__proto__')).toBeUndefined();
  });
});
