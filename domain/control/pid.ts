/**
 * PID controller in ISA standard form with two degrees of freedom (Åström & Hägglund, Advanced PID Control, 2006, 3.4 and 3.5):
 *   u = K (b r - y) + I + D,  dI/dt = K/Ti (r - y) + (v - u)/Tt,  D = -K Td s/(1 + s Td/N) y
 * v is what the actuator took: range, rate limit, and a hand on the valve all wind back through the same term, so every transition is bumpless.
 */
export interface PidParams {
  /** Proportional gain, output units per unit of the measurement. Negative = direct acting. */
  readonly gain: number;
  /** Integral time, s; 0 = no integral action. */
  readonly integral: number;
  /** Derivative time, s. */
  readonly derivative: number;
  /** Setpoint weight of the proportional part, 0..1. */
  readonly weight: number;
  /** Limits of the output, and its largest change, units per second (Infinity = none). */
  readonly min: number;
  readonly max: number;
  readonly rate: number;
}

export interface PidState {
  readonly integral: number;
  readonly derivative: number;
  readonly measurement: number;
  readonly output: number;
}

/** Filter of the derivative part: Td/N. */
const N = 8;
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** State from which the next output is `output`, whatever the measurement and the parameters are: start, deploy, manual to automatic. */
export function pidBumpless(params: PidParams, output: number, setpoint: number, measurement: number): PidState {
  const held = clamp(output, params.min, params.max);
  return { integral: held - params.gain * (params.weight * setpoint - measurement), derivative: 0, measurement, output: held };
}

/** One step of `dt` seconds. `actual` = what the actuator holds now when somebody else drives it (tracking); left out in automatic. */
export function pidStep(
  params: PidParams,
  state: PidState,
  input: { readonly setpoint: number; readonly measurement: number; readonly dt: number; readonly actual?: number },
): PidState {
  const { setpoint, measurement, dt } = input;
  if (input.actual !== undefined) return pidBumpless(params, input.actual, setpoint, measurement);
  if (!(dt > 0)) return state;
  const filter = params.derivative / N;
  const derivative =
    params.derivative > 0
      ? (filter * state.derivative - params.gain * params.derivative * (measurement - state.measurement)) / (filter + dt)
      : 0;
  const wanted = params.gain * (params.weight * setpoint - measurement) + state.integral + derivative;
  const step = params.rate * dt;
  const output = clamp(clamp(wanted, params.min, params.max), state.output - step, state.output + step);
  // The integral moves after the output (forward difference), so that a restored state gives the old output first.
  const moved = params.integral > 0 ? (params.gain * dt * (setpoint - measurement)) / params.integral : 0;
  const tracking = params.integral > 0 ? Math.max(dt, Math.sqrt(params.integral * Math.max(params.derivative, params.integral / 4))) : dt;
  return { integral: state.integral + moved + ((output - wanted) * dt) / tracking, derivative, measurement, output };
}

/** PI settings by SIMC for a first-order plant with dead time (Skogestad, J. Process Control 13, 2003, eq. 23-24); times in s, `closed` = wanted closed-loop time constant. */
export function simc(
  plant: { readonly gain: number; readonly lag: number; readonly dead: number },
  closed: number = plant.dead,
): { readonly gain: number; readonly integral: number } {
  return { gain: plant.lag / (plant.gain * (closed + plant.dead)), integral: Math.min(plant.lag, 4 * (closed + plant.dead)) };
}
