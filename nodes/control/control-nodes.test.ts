import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bench, type Bench } from '../bench.ts';
import { pid } from './pid.node.ts';
import { weatherCurveNode } from './weather-curve.node.ts';

let b: Bench;
beforeEach(() => {
  b = bench();
  b.image.set('SP', { tag: 'SP', at: 0, value: 45, quality: 'good' });
  b.image.set('MODE', { tag: 'MODE', at: 0, value: 2, quality: 'good' });
  b.image.set('CV', { tag: 'CV', at: 0, value: 40, quality: 'good' });
});
afterEach(() => b.close());

const config = { setpoint: 'SP', mode: 'MODE', track: 'CV', gain: 1.2, integral: 240, rate: 1 };
const outputs = (): number[] =>
  b.sent.flatMap((entry) =>
    typeof entry === 'object' && entry !== null && 'value' in entry && typeof entry.value === 'number' ? [entry.value] : [],
  );
const set = (tag: string, value: number): void => void b.image.set(tag, { tag, at: b.now, value, quality: 'good' });

describe('heat-pid', () => {
  const feed = (node: ((payload: unknown) => void) | undefined, values: readonly number[]): void => {
    for (const value of values) {
      b.now += 10_000;
      node?.({ at: b.now, value, quality: 'good' });
    }
  };

  it('starts from the position of the actuator and then moves towards the setpoint', () => {
    feed(b.start(pid, 'pid', config), [44, 44, 44, 44]);
    expect(outputs()[0]).toBe(40);
    expect(outputs().at(-1)).toBeGreaterThan(40);
  });

  it('steps by no more than 0.5 % over a deploy with other parameters', () => {
    feed(b.start(pid, 'pid', config), [44, 44.2, 44.4, 44.6]);
    const before = outputs().at(-1) ?? 0;
    b.end('pid');
    feed(b.start(pid, 'pid', { ...config, gain: 6, integral: 60 }), [44.6]);
    expect(Math.abs((outputs().at(-1) ?? 0) - before)).toBeLessThanOrEqual(0.5);
  });

  it('steps by no more than 0.5 % over a restart with the same parameters', () => {
    feed(b.start(pid, 'pid', config), [44, 44.2, 44.4, 44.6]);
    const before = outputs().at(-1) ?? 0;
    b.end('pid');
    feed(b.start(pid, 'pid', config), [44.6]);
    expect(Math.abs((outputs().at(-1) ?? 0) - before)).toBeLessThanOrEqual(0.5);
  });

  it('is silent outside remote, tracks the hand on the valve and takes over without a bump', () => {
    const node = b.start(pid, 'pid', config);
    feed(node, [44, 44]);
    const sent = b.sent.length;
    set('MODE', 1);
    set('CV', 65);
    feed(node, [44, 44]);
    expect(b.sent).toHaveLength(sent);
    set('MODE', 2);
    feed(node, [44]);
    expect(Math.abs((outputs().at(-1) ?? 0) - 65)).toBeLessThanOrEqual(0.5);
  });

  it('holds while the measurement or the setpoint is bad', () => {
    const node = b.start(pid, 'pid', config);
    feed(node, [44]);
    node?.({ at: b.now, value: null, quality: 'bad' });
    b.image.delete('SP');
    feed(node, [44]);
    expect(b.sent).toHaveLength(1);
    expect(b.statuses.at(-1)).toMatch(/output held/);
  });

  it('refuses a configuration outside its limits with the path', () => {
    expect(() => b.start(pid, 'pid', { ...config, weight: 2 })).toThrow(/heat-pid\/weight/);
  });
});

describe('heat-weather-curve', () => {
  const curve = { present: 'SP', mode: 'MODE', room: 18, designOutdoor: -9, designSupply: 60, designReturn: 45, filter: '0s', rate: 0.5 };

  it('moves the setpoint from where it is, at its rate, to the curve', () => {
    const node = b.start(weatherCurveNode, 'curve', curve);
    for (let i = 0; i < 60; i += 1) {
      b.now += 60_000;
      node?.({ at: b.now, value: -9, quality: 'good' });
      set('SP', outputs().at(-1) ?? 45);
    }
    const [first, second] = outputs();
    expect(first).toBe(45);
    expect(second).toBeCloseTo(45.5, 9);
    expect(outputs().at(-1)).toBeCloseTo(60, 6);
  });

  it('is silent in manual', () => {
    set('MODE', 1);
    b.start(weatherCurveNode, 'curve', curve)?.({ at: b.now, value: -9, quality: 'good' });
    expect(b.sent).toEqual([]);
  });
});
