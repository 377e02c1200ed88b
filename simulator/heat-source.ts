import { CURVE_ROOM } from './controller.ts';
import type { Faults } from './faults.ts';
import { ELSEWHERE } from './layout.ts';
import { heatingCurve, RADIATORS } from './physics/building.ts';
import { clamp, lag } from './physics/lag.ts';
import type { BoilerState, ChpState } from './physics/source.ts';
import { BOILER_HEAT_MAX, chpFuel, dispatch, electricLimits, stepBoiler, stepChp } from './physics/source.ts';
import { HEAT_CAPACITY, tonsPerHour } from './physics/water.ts';

interface BoilerUnit extends BoilerState {
  readonly id: string;
  setpoint: number;
  /** The setpoint was written; the dispatcher leaves it alone. */
  held: boolean;
}

export interface SourceState {
  readonly chp: ChpState;
  readonly boilers: readonly [BoilerUnit, BoilerUnit];
  setpoint: number;
  supply: number;
  back: number;
  supplyPressure: number;
  returnPressure: number;
  /** kg/s. */
  flow: number;
  /** t/h. */
  makeUp: number;
  /** MW that the network takes, damped over 10 min: what the dispatcher sees. */
  demand: number;
}

/** Flow in kg/s and return temperature of the stations, outdoor °C. */
export interface SourceInputs {
  readonly flow: number;
  readonly back: number;
  readonly outdoor: number;
}

const HOLD = 0.3;
const LIFT = 0.7;
const MAKE_UP = 5;
const WATER_LAG = 120;
const BACK_ELSEWHERE = 4;

/** Heat in W and return temperature in °C of the rest of the network. */
function elsewhere(outdoor: number): { heat: number; back: number } {
  const share = Math.max(0, (CURVE_ROOM - outdoor) / 27);
  const heat = ELSEWHERE * RADIATORS.load * share;
  const back = heatingCurve(RADIATORS, outdoor, CURVE_ROOM) - (RADIATORS.supply - RADIATORS.return) * share + BACK_ELSEWHERE;
  return { heat, back };
}

/** A source that gives what stations and the rest take at `outdoor`; the stations take about `stations` W. */
export function createSource(outdoor: number, stations: number): SourceState {
  const rest = elsewhere(outdoor);
  const demand = (rest.heat + stations) / 1e6;
  const [first, second] = dispatch(demand, [false, false]);
  const heat = clamp(demand - first - second, 0, 70);
  const { min, max } = electricLimits(heat);
  const power = min + 0.8 * (max - min);
  const boiler = (id: string, load: number): BoilerUnit => ({
    id,
    setpoint: load,
    held: false,
    heat: load,
    outlet: load > 0 ? 109 : 70,
    running: load > 0,
  });
  return {
    chp: { heat, power, fuel: chpFuel(power, heat), running: true },
    boilers: [boiler('SRC001.BLR01', first), boiler('SRC001.BLR02', second)],
    setpoint: 105,
    supply: 105,
    back: rest.back,
    supplyPressure: HOLD + LIFT,
    returnPressure: HOLD,
    flow: (rest.heat + stations) / (HEAT_CAPACITY * (105 - rest.back)),
    makeUp: MAKE_UP,
    demand,
  };
}

function stepGenerators(source: SourceState, dt: number, faults: Faults, dead: boolean): void {
  const wanted = (source.flow * HEAT_CAPACITY * (source.setpoint - source.back)) / 1e6;
  source.demand = lag(source.demand, wanted, dt, 600);
  const loads = dispatch(source.demand, [source.boilers[0].running, source.boilers[1].running]);
  source.boilers.forEach((boiler, index) => {
    if (!boiler.held) boiler.setpoint = Math.round((loads[index] ?? 0) * 10) / 10;
    stepBoiler(boiler, boiler.setpoint, dt, source.supply, dead || faults.has('boiler-trip', boiler.id));
    boiler.heat = Math.min(boiler.heat, BOILER_HEAT_MAX);
  });
  const boilers = source.boilers[0].heat + source.boilers[1].heat;
  stepChp(source.chp, wanted - boilers, dt, dead || faults.has('chp-trip', 'SRC001.CHP01'));
}

/** One step of the heat source: network water, CHP unit, boilers, pumps and make-up. */
export function stepSource(source: SourceState, dt: number, inputs: SourceInputs, faults: Faults): void {
  const dead = faults.has('power-failure', 'SRC001');
  const rest = elsewhere(inputs.outdoor);
  // The rest takes more flow when the supply is cooler, up to half as much again.
  const usual = rest.heat / (HEAT_CAPACITY * (105 - rest.back));
  const taken = dead ? 0 : Math.min(usual * 1.5, rest.heat / (HEAT_CAPACITY * Math.max(5, source.supply - rest.back)));
  source.flow = lag(source.flow, taken + inputs.flow, dt, 30);
  const total = taken + inputs.flow;
  if (total > 0.1) source.back = lag(source.back, (taken * rest.back + inputs.flow * inputs.back) / total, dt, WATER_LAG);
  stepGenerators(source, dt, faults, dead);
  const heat = (source.chp.heat + source.boilers[0].heat + source.boilers[1].heat) * 1e6;
  if (source.flow > 1) source.supply = clamp(lag(source.supply, source.back + heat / (source.flow * HEAT_CAPACITY), dt, WATER_LAG), 5, 150);
  const leak = faults.sum('leak-primary', 'SRC001');
  source.makeUp = lag(source.makeUp, dead ? 0 : MAKE_UP + leak, dt, 5);
  source.returnPressure = lag(source.returnPressure, HOLD - leak * 0.0005, dt, 10);
  source.supplyPressure = lag(source.supplyPressure, source.returnPressure + (dead ? 0 : LIFT), dt, 10);
}

/** Heat in MW that leaves with the water. */
export const heatOut = (source: SourceState): number => (source.flow * HEAT_CAPACITY * (source.supply - source.back)) / 1e6;
export const flowOut = (source: SourceState): number => tonsPerHour(source.flow);
