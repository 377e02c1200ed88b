import { describe, expect, it } from 'vitest';
import { demoPlant } from '#plants/demo.ts';
import { Plant } from '#simulator/plant.ts';
import { HOLDING_REGISTERS, OPCUA_NODES } from '#simulator/register-map.ts';

/** The simulator knows nothing of the tag dictionary; this test holds the two against each other. */
describe('demo plant and simulator', () => {
  const wall = (hour: number): number => Date.UTC(2026, 6, 15, hour);

  it('every tag of the dictionary is shown by the simulator, with its type', () => {
    const plant = new Plant({ seed: 7, wall: wall(0) });
    const wrong = demoPlant.tags.filter((tag) => typeof plant.tags.get(tag.id) !== tag.type).map((tag) => tag.id);
    expect(wrong).toEqual([]);
    expect([...plant.tags.keys()].filter((id) => !demoPlant.tags.some((tag) => tag.id === id))).toEqual([]);
  });

  it('what the gate lets through, the device accepts', () => {
    for (const rule of demoPlant.gate) {
      const row = [...HOLDING_REGISTERS.map((one) => ({ ...one, tag: `STA001.${one.tag}` })), ...OPCUA_NODES].find(
        (one) => one.tag === rule.tag.replace(/^STA\d{3}/, 'STA001'),
      );
      expect(row).toMatchObject({ write: [expect.any(Number), expect.any(Number)] });
      expect(rule.min).toBeGreaterThanOrEqual(row?.write?.[0] ?? Number.POSITIVE_INFINITY);
      expect(rule.max).toBeLessThanOrEqual(row?.write?.[1] ?? Number.NEGATIVE_INFINITY);
    }
  });

  it.each([0, 3, 6, 9, 12, 15, 18, 21])('starts at %d h UTC without an alarm, and half an hour later there is none', (hour) => {
    const plant = new Plant({ seed: 7, wall: wall(hour) });
    const outside = (): string[] =>
      demoPlant.tags.flatMap((tag) => {
        const value = plant.tags.get(tag.id);
        if (typeof value !== 'number') return [];
        const { ll, l, h, hh } = tag.limits ?? {};
        const low = Math.max(ll ?? -Infinity, l ?? -Infinity, tag.range?.[0] ?? -Infinity);
        const high = Math.min(hh ?? Infinity, h ?? Infinity, tag.range?.[1] ?? Infinity);
        return value < low || value > high ? [`${tag.id} = ${value}`] : [];
      });
    expect(outside()).toEqual([]);
    for (let minute = 0; minute < 30; minute += 1) {
      for (let s = 0; s < 60; s += 1) plant.advance(1, wall(hour));
      expect(outside()).toEqual([]);
    }
  });
});
