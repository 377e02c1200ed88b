import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sample } from '#domain/sample.ts';
import { DAY_MILLIS, dayOf, dayStart, HOUR_MILLIS } from './calendar.ts';
import { openHistory, type OpenHistory } from './history.ts';
import { openMonth } from './month-file.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const T0 = dayStart(dayOf(Date.UTC(2026, 0, 10)));
let now = T0;
const clock = { now: () => now, monotonic: () => performance.now() };
const at = (tag: string, time: number, value: number): Sample => ({ tag, at: time, value, quality: 'good' });
const months = async (dir: string): Promise<string[]> =>
  (await readdir(dir)).filter((name) => /^\w+-\d{4}-\d\d\.db$/.test(name)).toSorted();

// Each is a few compactions, that is files that are made, with every commit on the disk.
describe('retention', { timeout: 60_000 }, () => {
  let dir: string;
  let history: OpenHistory;
  beforeEach(async () => {
    now = T0;
    dir = await mkdtemp(join(tmpdir(), 'nuanliu-retention-'));
    history = await openHistory({
      dir,
      clock,
      log: quiet,
      retention: { hist: 90, keep: 1098, roll: 1464 },
      isCounter: (tag) => tag === 'heat',
    });
    const minutes = Array.from({ length: 1440 }, (_, i) => T0 + i * 60_000);
    await history.append(minutes.flatMap((time, i) => [at('room', time, i / 10), at('heat', time, i)]));
    await history.flush();
  });
  afterEach(async () => {
    await history[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });
  /** Both tags have samples till then, and what is over is compacted and deleted. */
  const later = async (days: number): Promise<void> => {
    now = T0 + days * DAY_MILLIS;
    await history.append([at('room', now, 1), at('heat', now, 9999)]);
    await history.flush();
    now += 2 * DAY_MILLIS;
    await history.compact();
  };

  it('deletes the samples of a month after their days, keeps 10-minute means, and says so; counters keep every sample', async () => {
    await later(111);
    expect(await months(dir)).toContain('hist-2026-01.db');
    await later(112);
    expect((await months(dir)).filter((name) => name.includes('2026-01'))).toEqual(['keep-2026-01.db', 'roll-2026-01.db']);
    const [room, heat] = await history.read(['room', 'heat'], T0, T0 + DAY_MILLIS);
    expect(room?.tier).toBe('rollup');
    expect(room?.at).toHaveLength(144);
    expect(room?.value[0]).toBeCloseTo(0.45);
    expect(heat?.tier).toBeUndefined();
    expect(heat?.value).toEqual(Array.from({ length: 1440 }, (_, i) => i));
    const [hours] = await history.summarise(
      ['room'],
      Array.from({ length: 25 }, (_, i) => T0 + i * HOUR_MILLIS),
    );
    expect(hours?.map((hour) => [hour.n, hour.min, hour.max])).toEqual(Array.from({ length: 24 }, (_, i) => [60, i * 6, i * 6 + 5.9]));
  });

  it('deletes counters and means after their years, means last', async () => {
    await later(1200);
    expect((await months(dir)).filter((name) => name.includes('2026-01'))).toEqual(['roll-2026-01.db']);
    await later(1600);
    expect((await months(dir)).filter((name) => name.includes('2026-01'))).toEqual([]);
    expect(await history.read(['room'], T0, T0 + DAY_MILLIS)).toEqual([{ tag: 'room', at: [], value: [], quality: [] }]);
  });

  it('deletes nothing whose means are not complete', async () => {
    await later(3);
    const roll = openMonth(dir, 'roll', '2026-01');
    roll.exec('DELETE FROM roll WHERE id = (SELECT min(id) FROM roll)');
    roll.close();
    await later(200);
    expect(await months(dir)).toContain('hist-2026-01.db');
  });

  it('deletes nothing because a clock went years ahead', async () => {
    await later(3);
    now = T0 + 3000 * DAY_MILLIS;
    await history.compact();
    expect(await months(dir)).toContain('hist-2026-01.db');
  });

  it('late samples of a month that is deleted do not replace its means', async () => {
    await later(200);
    await history.append([at('room', T0 + 30_000, 777)]);
    await history.compact();
    const [room] = await history.read(['room'], T0, T0 + DAY_MILLIS);
    expect(room?.at).toHaveLength(144);
    expect(room?.value).not.toContain(777);
  });
});
