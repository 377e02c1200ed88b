import { heatingCurve } from './physics/building.ts';
import type { BuildingDesign } from './physics/building.ts';
import { clamp, lag } from './physics/lag.ts';

/** 0 own loop, 1 valve by hand, 2 valve by the control node of a platform, 3 local at the cabinet. */
type Mode = 0 | 1 | 2 | 3;

/** What a unit's controller holds: setpoints as written, standing commands, state of its loop. */
export interface ControllerState {
  mode: Mode;
  /** Secondary supply setpoint, °C; `held` once it was written. */
  setpoint: number;
  held: boolean;
  valve: number;
  frequency: number;
  branch: number;
  /** Standing command of the circulation pump. */
  run: boolean;
  /** Wall time of the last write of CV_SP, ms; the watchdog is the controller's own clock. */
  valveWrittenAt: number;
  lastError: number;
  /** Outdoor temperature as the controller damps it, °C. */
  outdoor: number;
}

/** What the loop reads. */
export interface LoopInputs {
  readonly design: BuildingDesign;
  readonly outdoor: number;
  readonly supply: number;
  readonly position: number;
  readonly now: number;
  /** Amplification of the loop; more than 1 lets the valve hunt. */
  readonly gain: number;
  /** The unit is isolated: nothing to control, the valve stays. */
  readonly parked: boolean;
}

/** Room temperature the curve is set to, °C: gains and sun add about 1.2 K. */
export const CURVE_ROOM = 19.2;
/** In MODE 2 the own loop takes the valve back when CV_SP was not written for so long, ms. */
const REMOTE_TIMEOUT = 300_000;
const CURVE_MIN = 30;
const CURVE_MAX = 64;
/** % of valve per K. */
const KP = 2.5;
/** Reset time, s. */
const TI = 80;
const OUTDOOR_DAMPING = 3600;

export const createController = (setpoint: number, outdoor: number): ControllerState => ({
  mode: 0,
  setpoint,
  held: false,
  valve: 65,
  frequency: 44,
  branch: 100,
  run: true,
  valveWrittenAt: Number.NEGATIVE_INFINITY,
  lastError: 0,
  outdoor,
});

/** Who moves the valve now: a writer, or the own loop (also when a remote writer went silent). */
const valveIsWritten = (state: ControllerState, now: number): boolean =>
  state.mode === 1 || state.mode === 3 || (state.mode === 2 && now - state.valveWrittenAt <= REMOTE_TIMEOUT);

/**
 * One step of `dt` seconds; returns the wanted valve opening in %.
 * The loop is a PI controller in its velocity form on the actual position: no change of mode bumps and nothing winds up.
 */
export function stepController(state: ControllerState, dt: number, inputs: LoopInputs): number {
  state.outdoor = lag(state.outdoor, inputs.outdoor, dt, OUTDOOR_DAMPING);
  if (!state.held) state.setpoint = clamp(heatingCurve(inputs.design, state.outdoor, CURVE_ROOM), CURVE_MIN, CURVE_MAX);
  const error = state.setpoint - inputs.supply;
  const change = inputs.gain * KP * (error - state.lastError + (error * dt) / TI);
  state.lastError = error;
  if (inputs.parked || valveIsWritten(state, inputs.now)) return state.valve;
  state.valve = clamp(state.valve + change, Math.max(0, inputs.position - 5), Math.min(100, inputs.position + 5));
  return state.valve;
}
