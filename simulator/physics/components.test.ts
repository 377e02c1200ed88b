import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { designFlow, emission, heatingCurve, RADIATORS } from './building.ts';
import { conductance, effectiveness, exchange } from './heat-exchanger.ts';
import { HOLDING_PRESSURE, stepMakeUp } from './make-up.ts';
import { cooled, createPipe, flowThrough, pressureLoss } from './pipe.ts';
import { pumpFlow, pumpHead, pumpPower } from './pump.ts';
import { createRandom } from './random.ts';
import type { BoilerState, ChpState } from './source.ts';
import { chpFuel, dispatch, electricLimits, FEASIBLE_REGION, stepBoiler, stepChp } from './source.ts';
import { equalPercentage } from './valve.ts';
import { density, HEAT_CAPACITY } from './water.ts';
import { createWeather, dailyMean, dayOfSeason, radiation, stepWeather } from './weather.ts';

describe('valve', () => {
  it('is equal percentage with R = 50 and tight at 0', () => {
    expect(equalPercentage(100)).toBe(1);
    expect(equalPercentage(0)).toBe(0);
    expect(equalPercentage(1e-9)).toBeCloseTo(0.02, 6);
    // The same step multiplies the flow by the same factor: 50^0.1 for 10 %.
    for (const x of [10, 40, 80]) expect(equalPercentage(x + 10) / equalPercentage(x)).toBeCloseTo(50 ** 0.1, 9);
  });
});

describe('pump', () => {
  const pump = { head: 36, frequency: 50, curve: 3600 };
  it('meets the network where both heads are equal', () => {
    const flow = pumpFlow(pump, 44, 9000);
    expect(pumpHead(pump, 44, flow)).toBeCloseTo(9000 * flow * flow, 9);
  });
  it('follows the affinity laws: flow with n, head with n squared', () => {
    expect(pumpFlow(pump, 22, 9000) / pumpFlow(pump, 44, 9000)).toBeCloseTo(0.5, 9);
    expect(pumpHead(pump, 22, 0) / pumpHead(pump, 44, 0)).toBeCloseTo(0.25, 9);
  });
  it('stands against a closed network, and takes power by rho g Q H / eta', () => {
    expect(pumpFlow(pump, 44, Number.POSITIVE_INFINITY)).toBe(0);
    expect(pumpPower(980, 0.05, 20, 0.7)).toBeCloseTo((980 * 9.81 * 0.05 * 20) / 0.7, 6);
  });
});

describe('heat exchanger', () => {
  it('agrees with the logarithmic mean temperature difference', () => {
    const ua = 110_000;
    const { heat, t1, t2 } = exchange(ua, { m1: 12, t1: 104, m2: 46, t2: 42 });
    const [a, b] = [104 - t2, t1 - 42];
    expect(heat).toBeCloseTo((ua * (a - b)) / Math.log(a / b), 0);
  });
  it('never crosses temperatures and keeps the heat balance', () => {
    const flow = fc.double({ min: 0.1, max: 100, noNaN: true });
    fc.assert(
      fc.property(flow, flow, fc.double({ min: 1, max: 5e6, noNaN: true }), (m1, m2, ua) => {
        const { heat, t1, t2 } = exchange(ua, { m1, t1: 110, m2, t2: 40 });
        expect(t1).toBeGreaterThanOrEqual(40 - 1e-6);
        expect(t2).toBeLessThanOrEqual(110 + 1e-6);
        expect(m1 * HEAT_CAPACITY * (110 - t1)).toBeCloseTo(m2 * HEAT_CAPACITY * (t2 - 40), -1);
        expect(heat).toBeGreaterThanOrEqual(0);
      }),
    );
  });
  it('has the limit NTU/(1+NTU) at equal capacity rates, and loses UA with fouling', () => {
    expect(effectiveness(2, 1)).toBeCloseTo(2 / 3, 9);
    expect(effectiveness(2, 1 - 1e-5)).toBeCloseTo(2 / 3, 4);
    expect(conductance(100, 1, 1, 0.4 / 0.6)).toBeCloseTo(60, 9);
    expect(exchange(1e5, { m1: 0, t1: 100, m2: 10, t2: 40 }).heat).toBe(0);
  });
});

describe('pipe', () => {
  it('delivers a step of temperature after content / flow, 30 min here', () => {
    const pipe = createPipe(18_000, 0, 60);
    let arrived = 0;
    for (let s = 0; s < 3600 && arrived === 0; s += 10) if (flowThrough(pipe, 10, 90, 5, 10) > 75) arrived = s;
    expect(arrived).toBeGreaterThanOrEqual(1770);
    expect(arrived).toBeLessThanOrEqual(1830);
  });
  it('keeps its content whatever the flow does', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 100 }), (flows) => {
        const pipe = createPipe(18_000, 0, 60);
        for (const flow of flows) {
          const out = flowThrough(pipe, flow, 90, 5, 10);
          expect(out).toBeGreaterThan(50);
          expect(out).toBeLessThanOrEqual(90 + 1e-9);
        }
        expect(pipe.parcels.reduce((sum, parcel) => sum + parcel.mass, 0)).toBeCloseTo(18_000, 3);
        expect(pipe.parcels.length).toBeLessThan(130);
      }),
    );
  });
  it('cools towards the ground and loses pressure by Darcy-Weisbach', () => {
    expect(cooled(110, 2, 2000, 17)).toBeCloseTo(2 + 108 * Math.exp(-2000 / (17 * HEAT_CAPACITY)), 9);
    // 0.02 * 1000 m / 0.2 m * 960 / 2 * 1 m/s squared = 48 kPa: 48 Pa/m, inside the usual 30 to 70.
    expect(pressureLoss(0.02, 1000, 0.2, 0, 960, 1)).toBeCloseTo(48_000, 6);
    // IAPWS-IF97 at 1 MPa.
    for (const [celsius, rho] of [
      [20, 998.6],
      [50, 988.4],
      [80, 972.2],
      [110, 951.4],
      [130, 935.2],
    ] as const)
      expect(Math.abs(density(celsius) / rho - 1)).toBeLessThan(0.002);
  });
});

describe('make-up', () => {
  it.each([1, 10])('shows a leak of 2 t/h within 10 s (steps of %d s) and stops when it is cut off', (dt) => {
    const state = { pressure: HOLDING_PRESSURE, running: true, flow: 0.2 };
    const run = (seconds: number, leak: number): void => {
      for (let s = 0; s < seconds; s += dt) stepMakeUp(state, dt, 0.2, leak, true);
    };
    run(60, 0);
    expect(state.flow).toBeCloseTo(0.2, 6);
    run(10, 2);
    expect(state.flow).toBeGreaterThan(2.15);
    expect(state.pressure).toBeLessThan(HOLDING_PRESSURE - 0.035);
    run(30, 0);
    expect(state.flow).toBeCloseTo(0.2, 3);
    expect(state.pressure).toBeCloseTo(HOLDING_PRESSURE, 4);
  });
  it('cannot hold a burst: the pressure falls to where the pump gives its most', () => {
    const state = { pressure: HOLDING_PRESSURE, running: true, flow: 0.2 };
    for (let s = 0; s < 120; s += 10) stepMakeUp(state, 10, 0.2, 200, true);
    expect(state.flow).toBe(8);
    expect(state.pressure).toBeCloseTo(0.006, 3);
  });
  it('gives nothing when it may not run', () => {
    const state = { pressure: HOLDING_PRESSURE, running: true, flow: 0.2 };
    for (let s = 0; s < 60; s += 10) stepMakeUp(state, 10, 0.2, 0, false);
    expect(state).toMatchObject({ running: false, flow: 0 });
    expect(state.pressure).toBeLessThan(HOLDING_PRESSURE);
  });
});

describe('source', () => {
  const chp = (): ChpState => ({ heat: 40, power: 36, fuel: 120, running: true });
  it('keeps the CHP unit inside its feasible region', () => {
    for (const [power, heat] of FEASIBLE_REGION) {
      const { min, max } = electricLimits(heat);
      expect(power === min || Math.abs(power - max) < 1e-9).toBe(true);
    }
    const state = chp();
    for (const wanted of [0, 35, 70, 500, -5]) {
      for (let s = 0; s < 7200; s += 10) stepChp(state, wanted, 10, false);
      const { min, max } = electricLimits(state.heat);
      expect(state.heat).toBeGreaterThanOrEqual(0);
      expect(state.heat).toBeLessThanOrEqual(70);
      expect(state.power).toBeGreaterThanOrEqual(min - 0.01);
      expect(state.power).toBeLessThanOrEqual(max + 0.01);
    }
    expect(chpFuel(38, 60)).toBeCloseTo(137.8, 9);
  });
  it('loses 95 % of its heat within 30 s of a trip', () => {
    const state = chp();
    for (let s = 0; s < 30; s += 10) stepChp(state, 40, 10, true);
    expect(state.heat).toBeLessThan(2);
    expect(state.running).toBe(false);
    const boiler: BoilerState = { heat: 50, outlet: 110, running: true };
    for (let s = 0; s < 30; s += 10) stepBoiler(boiler, 50, 10, 105, true);
    expect(boiler.heat).toBeLessThan(2.5);
  });
  it('starts boilers one after the other', () => {
    expect(dispatch(60, [false, false])).toEqual([0, 0]);
    expect(dispatch(66, [false, false])).toEqual([0, 0]);
    expect(dispatch(66, [true, false])).toEqual([4, 0]);
    expect(dispatch(82, [true, false])).toEqual([20, 0]);
    expect(dispatch(132, [true, false])).toEqual([50, 20]);
  });
});

describe('weather', () => {
  const day = 86_400_000;
  const coldest = Date.UTC(2026, 0, 15);
  it('is coldest on 15 January and jumps nowhere in the endless heating season', () => {
    expect(Math.abs(dayOfSeason(coldest))).toBeLessThan(1);
    expect(dailyMean(coldest)).toBeCloseTo(-2, 1);
    for (let d = 0; d < 700; d += 1) expect(Math.abs(dailyMean(coldest + d * day) - dailyMean(coldest + (d + 1) * day))).toBeLessThan(0.3);
  });
  it('has noise of about 2.5 K and repeats itself with the same seed', () => {
    const course = (seed: number): number[] => {
      const random = createRandom(seed);
      const state = createWeather();
      const result: number[] = [];
      for (let h = 0; h < 24 * 400; h += 1) {
        stepWeather(state, coldest, 3600, random);
        result.push(state.anomaly);
      }
      return result;
    };
    const values = course(7);
    const sd = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    expect(sd).toBeGreaterThan(2);
    expect(sd).toBeLessThan(3);
    expect(course(7)).toEqual(values);
    expect(course(8)).not.toEqual(values);
  });
  it('shines by day only and gets cold on demand', () => {
    expect(radiation(3, 1)).toBe(0);
    expect(radiation(12.15, 1)).toBeCloseTo(450, 0);
    const state = createWeather();
    let last = 0;
    for (let h = 0; h < 8; h += 1) last = stepWeather(state, coldest, 3600, undefined, -15).AT;
    expect(last).toBeCloseTo(-15, 1);
  });
});

describe('building', () => {
  it('gives its design heat at design temperatures', () => {
    expect(emission(RADIATORS, 60, designFlow(RADIATORS), 18)).toBeCloseTo(47, 6);
    expect(heatingCurve(RADIATORS, -9)).toBeCloseTo(60, 9);
    expect(emission(RADIATORS, 15, designFlow(RADIATORS), 18)).toBe(0);
    expect(emission(RADIATORS, 60, 0, 18)).toBe(0);
  });
  it('never gives more than the water carries down to room temperature', () => {
    fc.assert(
      fc.property(fc.double({ min: 18.1, max: 100, noNaN: true }), fc.double({ min: 0.001, max: 10, noNaN: true }), (supply, flow) => {
        expect(emission(RADIATORS, supply, flow, 18)).toBeLessThanOrEqual(2 * flow * (supply - 18) + 1e-6);
      }),
    );
  });
});
