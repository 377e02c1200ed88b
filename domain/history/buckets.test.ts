import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarBuckets, EVERY, type Every } from './buckets.ts';
import { fromLocal, toLocal, zoneOf, type Zone } from './zone.ts';

const zone = (name: string): Zone => {
  const found = zoneOf(name);
  if (!found) throw new Error(name);
  return found;
};
const SHANGHAI = zone('Asia/Shanghai');
const BERLIN = zone('Europe/Berlin');
const edges = (every: Every, from: string, to: string, where: Zone): string[] =>
  (calendarBuckets(every, Date.parse(from), Date.parse(to), where, { limit: 5000 })?.edges ?? []).map((at) => new Date(at).toISOString());

describe('a zone', () => {
  it('is found by its name or not at all', () => {
    expect(zoneOf('Mars/North')).toBeUndefined();
    expect(SHANGHAI.offset(0)).toBe(8 * 3_600_000);
    expect(zone('UTC').offset(0)).toBe(0);
    expect(zone('America/St_Johns').offset(Date.UTC(2026, 0, 1))).toBe(-3.5 * 3_600_000);
  });

  it('gives of a skipped local time the end of the gap, of a doubled one the first', () => {
    expect(fromLocal(BERLIN, Date.UTC(2026, 2, 29, 2, 30))).toBe(Date.UTC(2026, 2, 29, 1));
    expect(fromLocal(BERLIN, Date.UTC(2026, 9, 25, 2, 30))).toBe(Date.UTC(2026, 9, 25, 0, 30));
    // Midnight itself is skipped there.
    expect(fromLocal(zone('Africa/Cairo'), Date.UTC(2026, 3, 24))).toBe(Date.UTC(2026, 3, 23, 22));
  });

  it('gives back every local time that exists', () => {
    const zones = ['Asia/Shanghai', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/New_York', 'Asia/Kathmandu', 'Africa/Cairo'].map(zone);
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 2_000_000_000 }), (where, seconds) => {
        const local = toLocal(where, seconds * 1000);
        expect(toLocal(where, fromLocal(where, local))).toBe(local);
      }),
    );
  });
});

describe('calendar buckets', () => {
  it('are whole days of the zone, 23 and 25 hours long when the clock changes', () => {
    expect(edges('1d', '2026-01-10T01:00:00Z', '2026-01-11T17:00:00Z', SHANGHAI)).toEqual([
      '2026-01-09T16:00:00.000Z',
      '2026-01-10T16:00:00.000Z',
      '2026-01-11T16:00:00.000Z',
      '2026-01-12T16:00:00.000Z',
    ]);
    expect(edges('1d', '2026-03-28T23:00:00Z', '2026-03-30T22:00:00Z', BERLIN)).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
      '2026-03-30T22:00:00.000Z',
    ]);
    expect(edges('1h', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', BERLIN)).toHaveLength(24);
    expect(edges('1h', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', BERLIN)).toHaveLength(26);
  });

  it('are weeks from Monday, months and years', () => {
    expect(edges('1w', '2026-01-01T00:00:00Z', '2026-01-06T00:00:00Z', BERLIN)).toEqual([
      '2025-12-28T23:00:00.000Z',
      '2026-01-04T23:00:00.000Z',
      '2026-01-11T23:00:00.000Z',
    ]);
    expect(edges('1mo', '2026-03-05T00:00:00Z', '2026-04-02T00:00:00Z', BERLIN)).toEqual([
      '2026-02-28T23:00:00.000Z',
      '2026-03-31T22:00:00.000Z',
      '2026-04-30T22:00:00.000Z',
    ]);
    expect(edges('1y', '2025-12-31T16:00:00Z', '2026-12-31T16:00:00Z', SHANGHAI)).toEqual([
      '2025-12-31T16:00:00.000Z',
      '2026-12-31T16:00:00.000Z',
    ]);
  });

  it('leave out a day that the zone never had', () => {
    expect(edges('1d', '2011-12-29T10:00:00Z', '2011-12-31T09:00:00Z', zone('Pacific/Apia'))).toEqual([
      '2011-12-29T10:00:00.000Z',
      '2011-12-30T10:00:00.000Z',
      '2011-12-31T10:00:00.000Z',
    ]);
  });

  it('are heating seasons, with the summers between them marked', () => {
    const found = calendarBuckets('season', Date.UTC(2024, 11, 1), Date.UTC(2026, 0, 1), SHANGHAI, { limit: 10 });
    expect(found?.edges.map((at) => new Date(toLocal(SHANGHAI, at)).toISOString().slice(0, 10))).toEqual([
      '2024-11-15',
      '2025-03-16',
      '2025-11-15',
      '2026-03-16',
    ]);
    expect([...(found?.between ?? [])]).toEqual([1]);
    const south = calendarBuckets('season', Date.UTC(2026, 0, 1), Date.UTC(2026, 5, 1), SHANGHAI, {
      limit: 10,
      season: { from: '05-01', to: '09-30' },
    });
    expect(south?.edges.map((at) => new Date(toLocal(SHANGHAI, at)).toISOString().slice(0, 10))).toEqual([
      '2025-10-01',
      '2026-05-01',
      '2026-10-01',
    ]);
    expect([...(south?.between ?? [])]).toEqual([0]);
  });

  it('are refused when they are too many', () => {
    const day = (limit: number) => calendarBuckets('1h', 0, 86_400_000, zone('UTC'), { limit });
    expect(day(24)?.edges).toHaveLength(25);
    expect(day(23)).toBeUndefined();
    expect(calendarBuckets('1d', 0, 86_400_000 * 10, zone('UTC'), { limit: 9 })).toBeUndefined();
  });

  it('cover the range without a hole, each begins where the calendar says, in every zone', () => {
    const zones = ['Asia/Shanghai', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/New_York', 'Asia/Kolkata', 'Africa/Cairo'].map(zone);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...EVERY),
        fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2030, 0) }),
        fc.integer({ min: 1, max: 400 * 3_600_000 }),
        (where, every, from, length) => {
          const to = from + length;
          const found = calendarBuckets(every, from, to, where, { limit: 30_000 });
          const list = found?.edges ?? [];
          expect(list.length).toBeGreaterThan(1);
          expect(list[0]).toBeLessThanOrEqual(from);
          expect(list[1]).toBeGreaterThan(from);
          expect(list.at(-1)).toBeGreaterThanOrEqual(to);
          expect(list.at(-2)).toBeLessThan(to);
          expect(list.every((at, i) => i === 0 || at > (list[i - 1] ?? 0))).toBe(true);
          const dated = ['1d', '1w', '1mo', '1y'].includes(every) && where.name !== 'Africa/Cairo';
          expect(dated ? list.filter((at) => toLocal(where, at) % 86_400_000 !== 0) : []).toEqual([]);
        },
      ),
    );
  });
});
