import { clamp, lag } from './lag.ts';

/** Extraction unit: corner points (P MW, Q MW) of its feasible region, clockwise from full electric load. */
export const FEASIBLE_REGION: readonly (readonly [power: number, heat: number])[] = [
  [50, 0],
  [37.885, 70],
  [24, 70],
  [15, 0],
];
const CHP_HEAT_MAX = 70;
export const BOILER_HEAT_MAX = 60;

/** Least and most electric power in MW at a heat output in MW. */
export function electricLimits(heat: number): { min: number; max: number } {
  const share = clamp(heat, 0, CHP_HEAT_MAX) / CHP_HEAT_MAX;
  return { max: 50 + (37.885 - 50) * share, min: 15 + (24 - 15) * share };
}

/** Fuel in MW at electric power and heat in MW. */
export const chpFuel = (power: number, heat: number): number => 12 + 2.6 * power + 0.45 * heat;

export interface ChpState {
  heat: number;
  power: number;
  fuel: number;
  running: boolean;
}

const TRIP = 10;

/** One step of the CHP unit towards `heat` MW, lag 8 min; a trip takes both outputs to 0 within 30 s. Power keeps 80 % of its band. */
export function stepChp(state: ChpState, heat: number, dt: number, tripped: boolean): void {
  state.running = !tripped;
  if (tripped) {
    state.heat = lag(state.heat, 0, dt, TRIP);
    state.power = lag(state.power, 0, dt, TRIP);
    state.fuel = lag(state.fuel, 0, dt, TRIP);
    return;
  }
  state.heat = lag(state.heat, clamp(heat, 0, CHP_HEAT_MAX), dt, 480);
  const { min, max } = electricLimits(state.heat);
  state.power = lag(state.power, min + 0.8 * (max - min), dt, 60);
  state.fuel = chpFuel(state.power, state.heat);
}

export interface BoilerState {
  heat: number;
  outlet: number;
  running: boolean;
}

/** One step of a peak boiler towards `heat` MW, lag 10 min; runs from 1 MW on. The outlet stands 4 K above the supply, 70 °C when banked. */
export function stepBoiler(state: BoilerState, heat: number, dt: number, supply: number, tripped: boolean): void {
  const wanted = tripped || heat < 1 ? 0 : Math.min(heat, BOILER_HEAT_MAX);
  state.running = wanted > 0;
  state.heat = lag(state.heat, wanted, dt, tripped ? TRIP : 600);
  state.outlet = lag(state.outlet, state.running ? supply + 4 : 70, dt, state.running ? 300 : 7200);
}

/**
 * Load dispatch of the two boilers: what the CHP unit does not give above `base` MW, the first boiler first.
 * A boiler starts when it has at least 6 MW to do and stops below 2 MW.
 */
export function dispatch(demand: number, running: readonly [boolean, boolean], base = 62): readonly [number, number] {
  const rest = demand - base;
  const first = rest > (running[0] ? 2 : 6) ? clamp(rest, 4, 50) : 0;
  const left = rest - first;
  const second = first > 0 && left > (running[1] ? 2 : 6) ? clamp(left, 4, 58) : 0;
  return [first, second];
}
