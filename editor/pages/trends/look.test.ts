import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aligned, byQuality, shifted, withTail, type Columns } from './columns.ts';
import { AGGREGATES, COMPARE, fittingWidth, RANGES, searchText, shiftOf, widthOf, WIDTHS } from './look.ts';

const DAY = 86_400_000;

describe('how a range is looked at', () => {
  it('raw while that is few enough, then in buckets of at most about a point a pixel', () => {
    expect(fittingWidth(RANGES['24h'])).toBe('raw');
    expect(fittingWidth(RANGES['7d'])).toBe('10m');
    expect(fittingWidth(RANGES['30d'])).toBe('30m');
    expect(fittingWidth(RANGES['365d'])).toBe('6h');
    expect(fittingWidth(5 * RANGES['365d'])).toBe('1d');
  });
  it('in buckets when an aggregate is asked for, in the asked ones before all', () => {
    expect(widthOf({ aggregate: 'delta' }, RANGES['24h'])).toBe('5m');
    expect(widthOf({}, RANGES['24h'])).toBe('raw');
    expect(widthOf({ every: '1mo' }, RANGES['24h'])).toBe('1mo');
  });
  it('compared with the same clock on the date before', () => {
    const at = new Date(2026, 2, 10, 12).getTime();
    expect(new Date(at - shiftOf('day', at))).toEqual(new Date(2026, 2, 9, 12));
    expect(new Date(at - shiftOf('week', at))).toEqual(new Date(2026, 2, 3, 12));
    expect(new Date(at - shiftOf('year', at))).toEqual(new Date(2025, 2, 10, 12));
  });
  it('is written in one way, so that a saved view is known again', () => {
    expect(searchText({ compare: 'year', tags: 'A,B', range: '7d' })).toBe('tags=A%2CB&range=7d&compare=year');
    const look = fc.record(
      {
        tags: fc.string(),
        range: fc.constantFrom(...Object.keys(RANGES)),
        from: fc.nat(),
        to: fc.nat(),
        every: fc.constantFrom(...WIDTHS),
        aggregate: fc.constantFrom(...AGGREGATES),
        compare: fc.constantFrom(...COMPARE),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(look, (one) => {
        const read = Object.fromEntries(new URLSearchParams(searchText(one)));
        expect(read).toEqual(Object.fromEntries(Object.entries(one).map(([key, value]) => [key, String(value)])));
      }),
    );
  });
});

const main: Columns = {
  at: [0, 1000, 2000, 3000, 4000],
  value: [1, 2, 3, 4, true],
  quality: ['good', 'uncertain', 'good', 'bad', 'good'],
};

describe('the columns of a lane', () => {
  it('show uncertain values as a line of their own that joins, and bad ones as a gap', () => {
    expect(byQuality(main)).toEqual({ good: [1, null, 3, null, 1], uncertain: [1, 2, 3, null, null] });
  });
  it('have the band and the shifted other time on one axis', () => {
    const other = shifted({ at: [-DAY + 500, -DAY + 1000], value: [7, 8], quality: ['good', 'bad'] }, DAY);
    const [x, low, , good, , before] = aligned({ main, band: { low: main, high: main }, other });
    expect(x).toEqual([0, 0.5, 1, 2, 3, 4]);
    expect([good?.[0], low?.[2]]).toEqual([1, 2]);
    expect([before?.[1], before?.[2]]).toEqual([7, null]);
  });
  it('go on with the live values after the last stored one', () => {
    const tail = [
      { at: 4000, value: 9, quality: 'good' as const },
      { at: 5000, value: 10, quality: 'good' as const },
    ];
    expect(withTail(main, tail).value).toEqual([...main.value, 10]);
    expect(withTail(main, [])).toBe(main);
  });
});
