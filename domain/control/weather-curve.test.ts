import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterOutdoor, weatherCurve, type CurveParams } from './weather-curve.ts';

const radiator: CurveParams = {
  room: 18,
  designOutdoor: -9,
  designSupply: 60,
  designReturn: 45,
  exponent: 0.3,
  shift: 0,
  min: 20,
  max: 90,
};

describe('weatherCurve', () => {
  it('gives the design temperatures at the design outdoor temperature', () => {
    expect(weatherCurve(radiator, -9)).toMatchObject({ supply: 60, return: 45, load: 1 });
  });

  it('follows the closed form at half load', () => {
    // Q = 0.5: mean = 34.5 * 0.5^(1/1.3) = 20.2420, spread = 3.75
    const point = weatherCurve(radiator, 4.5);
    expect(point.load).toBeCloseTo(0.5, 12);
    expect(point.supply).toBeCloseTo(18 + 20.242 + 3.75, 2);
    expect(point.return).toBeCloseTo(18 + 20.242 - 3.75, 2);
  });

  it('asks for nothing when it is warm', () => {
    expect(weatherCurve(radiator, 25)).toMatchObject({ supply: 20, load: 0 });
  });

  it('never falls when it gets colder, keeps to its limits, and a shift moves it by as much', () => {
    const outdoor = fc.double({ min: -40, max: 30, noNaN: true });
    const holds = fc.property(outdoor, outdoor, fc.double({ min: -5, max: 5, noNaN: true }), (a, b, shift) => {
      const [cold, warm] = [Math.min(a, b), Math.max(a, b)];
      const of = (t: number, s = 0): number => weatherCurve({ ...radiator, shift: s }, t).supply;
      return of(cold) >= of(warm) && of(cold) <= 90 && of(warm) >= 20 && Math.abs(of(a, shift) - of(a)) <= Math.abs(shift) + 1e-9;
    });
    expect(fc.check(holds)).toMatchObject({ failed: false });
  });
});

describe('filterOutdoor', () => {
  it('starts at the first value and reaches 63 % of a step after one time constant', () => {
    expect(filterOutdoor(undefined, -5, 10, 3600)).toBe(-5);
    let value = 0;
    for (let i = 0; i < 360; i += 1) value = filterOutdoor(value, 10, 10, 3600);
    expect(value).toBeCloseTo(10 * (1 - Math.exp(-1)), 6);
  });

  it('passes everything without a time constant', () => {
    expect(filterOutdoor(3, 7, 10, 0)).toBe(7);
  });
});
