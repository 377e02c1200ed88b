import { clamp } from './lag.ts';

/** Pressure holding of a secondary network; pressure in MPa at the suction of the circulation pump, flow in t/h. */
export interface MakeUpState {
  pressure: number;
  running: boolean;
  flow: number;
}

/** Pressure that is held at the standing loss, MPa. */
export const HOLDING_PRESSURE = 0.28;
/** The pump stops above the one and starts below the other, MPa. */
const STOP_ABOVE = 0.35;
const START_BELOW = 0.33;
/** Speed-controlled pump: t/h per MPa below the held pressure, and its most, t/h. */
const DROOP = 52;
const MOST = 8;
/** Water taken up by the network, t per MPa: a leak shows in the make-up flow within one step of 10 s. */
const CAPACITY = 0.02;
/** Below this pressure a leak gives less, in proportion, MPa. */
const FULL_LEAK = 0.15;

/** t/h the pump gives at a pressure, when the standing loss is `normal` t/h. */
const given = (pressure: number, normal: number): number => clamp(normal + DROOP * (HOLDING_PRESSURE - pressure), 0, MOST);

function stepSecond(state: MakeUpState, dt: number, normal: number, leak: number): void {
  const out = (normal + leak) * Math.min(1, state.pressure / FULL_LEAK);
  const settled = HOLDING_PRESSURE - (out - normal) / DROOP;
  const hours = dt / 3600;
  if (state.running && given(state.pressure, normal) < MOST && given(settled, normal) < MOST) {
    // Linear here, so the exact solution serves any step.
    state.pressure = settled + (state.pressure - settled) * Math.exp((-hours * DROOP) / CAPACITY);
  } else {
    const into = ((state.running ? given(state.pressure, normal) : 0) * hours) / CAPACITY;
    // What flows out falls with a low pressure: implicit, so that a burst empties the network and no further.
    const share = ((normal + leak) * hours) / CAPACITY;
    const low = state.pressure < FULL_LEAK;
    state.pressure = clamp(low ? (state.pressure + into) / (1 + share / FULL_LEAK) : state.pressure + into - share, 0, 1);
  }
}

/** Balance of loss, leak and make-up over `dt` seconds. With the pump fed, the pressure stands lower by leak / 52 MPa. */
export function stepMakeUp(state: MakeUpState, dt: number, normal: number, leak: number, permitted: boolean): void {
  if (state.pressure > STOP_ABOVE || !permitted) state.running = false;
  else if (state.pressure < START_BELOW) state.running = true;
  const steps = Math.ceil(dt / 0.5);
  for (let i = 0; i < steps; i += 1) stepSecond(state, dt / steps, normal, leak);
  state.flow = state.running ? given(state.pressure, normal) : 0;
}
