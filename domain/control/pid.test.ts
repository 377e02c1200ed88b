import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pidBumpless, pidStep, simc, type PidParams, type PidState } from './pid.ts';

const base: PidParams = { gain: 2, integral: 60, derivative: 0, weight: 1, min: 0, max: 100, rate: Infinity };

/** First-order plant with dead time, exact step response; `dead` in whole steps. */
function plant(model: { gain: number; lag: number; dead: number }, dt: number, start: number): (u: number) => number {
  const line: number[] = Array.from({ length: Math.round(model.dead / dt) }, () => start / model.gain);
  let y = start;
  const decay = Math.exp(-dt / model.lag);
  return (u) => {
    line.push(u);
    y = y * decay + model.gain * (line.shift() ?? 0) * (1 - decay);
    return y;
  };
}

function run(
  params: PidParams,
  model: { gain: number; lag: number; dead: number },
  steps: number,
  setpoint: (i: number) => number,
): { y: number[]; u: number[] } {
  const response = plant(model, 1, 20);
  let y = 20;
  let state = pidBumpless(params, 20 / model.gain, 20, y);
  const trace = { y: [] as number[], u: [] as number[] };
  for (let i = 0; i < steps; i += 1) {
    state = pidStep(params, state, { setpoint: setpoint(i), measurement: y, dt: 1 });
    y = response(state.output);
    trace.y.push(y);
    trace.u.push(state.output);
  }
  return trace;
}

describe('pidStep', () => {
  it('follows the time table of a proportional-integral controller by hand', () => {
    const table = [
      // setpoint, measurement, output: 2 (r - y) + integral of 2/60 (r - y) over earlier seconds, from 50
      [50, 50, 50],
      [55, 50, 60],
      [55, 51, 58 + (2 / 60) * 5],
      [55, 55, 50 + (2 / 60) * 9],
    ] as const;
    let state = pidBumpless(base, 50, 50, 50);
    for (const [setpoint, measurement, output] of table) {
      state = pidStep(base, state, { setpoint, measurement, dt: 1 });
      expect(state.output).toBeCloseTo(output, 9);
    }
  });

  it('takes the derivative of the measurement only: a setpoint step gives no kick', () => {
    const params = { ...base, derivative: 30, weight: 0 };
    const state = pidBumpless(params, 50, 50, 50);
    expect(pidStep(params, state, { setpoint: 60, measurement: 50, dt: 1 }).output).toBeCloseTo(50, 9);
    expect(pidStep(params, state, { setpoint: 50, measurement: 51, dt: 1 }).output).toBeLessThan(48);
  });

  it('does not wind up: it leaves the limit as soon as the error turns', () => {
    let state: PidState = pidBumpless(base, 90, 50, 50);
    for (let i = 0; i < 3600; i += 1) state = pidStep(base, state, { setpoint: 90, measurement: 40, dt: 1 });
    expect(state.output).toBe(100);
    let steps = 0;
    while (state.output >= 100 && steps < 1000) {
      state = pidStep(base, state, { setpoint: 40, measurement: 40, dt: 1 });
      steps += 1;
    }
    expect(steps).toBeLessThan(10);
  });

  it('keeps to the rate limit', () => {
    const params = { ...base, rate: 0.5 };
    let state = pidBumpless(params, 20, 20, 20);
    for (let i = 0; i < 50; i += 1) {
      const next = pidStep(params, state, { setpoint: 80, measurement: 20, dt: 2 });
      expect(Math.abs(next.output - state.output)).toBeLessThanOrEqual(1 + 1e-9);
      state = next;
    }
  });

  it.each([[{ gain: 0.8, lag: 120, dead: 20 }], [{ gain: 2, lag: 40, dead: 40 }], [{ gain: 0.5, lag: 600, dead: 30 }]])(
    'with SIMC settings settles a plant %o without much overshoot',
    (model) => {
      const settings = simc(model);
      const { y } = run({ ...base, ...settings, max: 1000 }, model, 4000, () => 60);
      expect(y.at(-1)).toBeCloseTo(60, 1);
      expect(Math.max(...y)).toBeLessThan(60 + 0.3 * 40);
    },
  );

  it('reaches the integral error of SIMC for a pure set of lag and dead time (load step, IAE near Ti/K)', () => {
    const model = { gain: 1, lag: 100, dead: 10 };
    const params = { ...base, ...simc(model), max: 1000, min: -1000 };
    const response = plant(model, 1, 0);
    let [y, iae] = [0, 0];
    let state = pidBumpless(params, 0, 0, 0);
    for (let i = 0; i < 3000; i += 1) {
      state = pidStep(params, state, { setpoint: 0, measurement: y, dt: 1 });
      y = response(state.output + 1);
      iae += Math.abs(y);
    }
    // Without sign changes IAE = Ti/Kc for a unit load step (Skogestad 2003, 4.2): 80/5 = 16.
    expect(params).toMatchObject({ gain: 5, integral: 80 });
    expect(iae).toBeGreaterThan(16 * 0.95);
    expect(iae).toBeLessThan(16 * 1.15);
  });
});

describe('bumpless', () => {
  const params = fc.record({
    gain: fc.double({ min: -20, max: 20, noNaN: true }),
    integral: fc.double({ min: 1, max: 3600, noNaN: true }),
    derivative: fc.double({ min: 0, max: 600, noNaN: true }),
    weight: fc.double({ min: 0, max: 1, noNaN: true }),
    min: fc.constant(0),
    max: fc.constant(100),
    rate: fc.constant(Infinity),
  });
  const temperature = fc.double({ min: 20, max: 80, noNaN: true });

  it('manual to automatic, start and deploy with other parameters do not step the output by more than 0.5 %', () => {
    const holds = fc.property(
      params,
      params,
      fc.double({ min: 0, max: 100, noNaN: true }),
      temperature,
      temperature,
      (before, after, output, setpoint, measurement) => {
        const running = pidStep(before, pidBumpless(before, output, setpoint, measurement), { setpoint, measurement, dt: 10 });
        const deployed = pidBumpless(after, running.output, setpoint, measurement);
        const first = pidStep(after, deployed, { setpoint, measurement, dt: 0.001 });
        return Math.abs(first.output - running.output) <= 0.5;
      },
    );
    expect(fc.check(holds, { numRuns: 2000 })).toMatchObject({ failed: false });
  });

  it('tracks the actuator while somebody else drives it', () => {
    let state = pidBumpless(base, 10, 50, 45);
    for (const actual of [20, 35, 42]) state = pidStep(base, state, { setpoint: 50, measurement: 45, dt: 10, actual });
    expect(state.output).toBe(42);
    expect(pidStep(base, state, { setpoint: 50, measurement: 45, dt: 0.001 }).output).toBeCloseTo(42, 2);
  });

  it('stays finite and within its limits whatever comes', () => {
    const holds = fc.property(
      params,
      fc.array(fc.record({ setpoint: temperature, measurement: temperature, dt: fc.double({ min: 0, max: 60, noNaN: true }) }), {
        maxLength: 50,
      }),
      (p, inputs) => {
        let state = pidBumpless(p, 50, 50, 50);
        return inputs.every((input) => {
          state = pidStep(p, state, input);
          return state.output >= 0 && state.output <= 100 && Number.isFinite(state.integral);
        });
      },
    );
    expect(fc.check(holds, { numRuns: 500 })).toMatchObject({ failed: false });
  });
});
