import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bench, type Bench } from '../bench.ts';
import { stationMeter } from '../mqtt/station-meter.node.ts';
import { decodeTelemetry } from '../mqtt/telemetry.ts';
import { quality } from './quality.node.ts';
import { tagIn } from './tag-in.node.ts';
import { toPlatform } from './to-platform.node.ts';

let b: Bench;
beforeEach(() => {
  b = bench([{ id: 'WX001.AT', type: 'number', unit: '°C', range: [-40, 45] }]);
});
afterEach(() => b.close());
const good = (value: number): object => ({ tag: 'WX001.AT', at: b.now, value, quality: 'good' });

describe('heat-quality', () => {
  it('takes the range from the dictionary and gives bad samples no value', () => {
    b.start(quality, 'q', {})?.([good(10), good(60)]);
    expect(b.sent).toEqual([
      [
        { tag: 'WX001.AT', at: b.now, value: 10, quality: 'good' },
        { tag: 'WX001.AT', at: b.now, value: null, quality: 'bad' },
      ],
    ]);
  });

  it('says what is wrong with a message of another kind and passes nothing', () => {
    b.start(quality, 'q', {})?.({ value: 1 });
    expect([b.sent, b.statuses]).toEqual([[], ['warn input is not samples']]);
  });
});

describe('to-platform and tag-in', () => {
  it('publishes known tags only and hands them to the nodes that follow', () => {
    b.start(tagIn, 'in', { tag: 'WX001.AT' });
    b.start(toPlatform, 'out', {})?.([good(3), { tag: 'X', at: 1, value: 1, quality: 'good' }]);
    expect(b.published).toEqual([good(3)]);
    expect(b.sent).toEqual([{ at: b.now, value: 3, quality: 'good' }]);
    expect(b.statuses).toContain('warn unknown tag: X');
  });
});

describe('station-meter', () => {
  const telegram = (seq: number, ts: number, v: object): object => ({
    topic: 'dh/v1/E01/weather/WX001/telemetry',
    at: b.now,
    text: JSON.stringify({ ts, seq, q: 'good', v }),
  });

  it('decodes telemetry, once', () => {
    const node = b.start(stationMeter, 'm', {});
    node?.(telegram(1, b.now, { AT: -3.5, AH: 60 }));
    node?.(telegram(1, b.now, { AT: -3.5, AH: 60 }));
    expect(b.sent).toEqual([
      [
        { tag: 'WX001.AT', at: b.now, value: -3.5, quality: 'good' },
        { tag: 'WX001.AH', at: b.now, value: 60, quality: 'good' },
      ],
    ]);
  });

  it('turns the tags of a silent meter bad, once, and recovers', () => {
    const node = b.start(stationMeter, 'm', { silence: '1m' });
    node?.(telegram(1, b.now, { AT: 1 }));
    b.now += 61_000;
    b.cycles.forEach((run) => void run());
    b.cycles.forEach((run) => void run());
    expect(b.sent.slice(1)).toEqual([[{ tag: 'WX001.AT', at: b.now, value: null, quality: 'bad' }]]);
    node?.(telegram(2, b.now, { AT: 2 }));
    expect(b.sent).toHaveLength(3);
  });

  it.each([
    ['not JSON', 'dh/v1/E01/weather/WX001/telemetry', '{'],
    ['another shape', 'dh/v1/E01/weather/WX001/telemetry', '{"ts":1}'],
    ['a foreign topic', 'x/y', '{}'],
    ['a polluting key', 'dh/v1/E01/weather/WX001/telemetry', '{"ts":1,"seq":1,"q":"good","v":{"a b":1}}'],
    ['a clock of the future', 'dh/v1/E01/weather/WX001/telemetry', '{"ts":9e12,"seq":1,"q":"good","v":{"AT":1}}'],
  ])('refuses %s', (_name, topic, text) => {
    expect(decodeTelemetry(topic, text, 1_700_000_000_000, 300_000)).toHaveProperty('fault');
  });
});
