import type { Faults } from './faults.ts';
import type { StationDesign } from './layout.ts';
import { clamp, lag } from './physics/lag.ts';
import type { Pipe } from './physics/pipe.ts';
import { createPipe, flowThrough, pressureLoss } from './physics/pipe.ts';
import type { Random } from './physics/random.ts';
import { density } from './physics/water.ts';
import type { Weather } from './physics/weather.ts';
import type { UnitState } from './unit.ts';
import { createUnit, opening, stepUnit } from './unit.ts';

export interface StationState {
  readonly design: StationDesign;
  readonly units: readonly [UnitState, UnitState];
  readonly supplyPipe: Pipe;
  readonly returnPipe: Pipe;
  /** Emergency stop latched. */
  stopped: boolean;
  /** Plant time until which the drives wait after a reset, s. */
  holdUntil: number;
  powered: boolean;
  /** MPa at the station. */
  supplyPressure: number;
  returnPressure: number;
  /** kg/s, °C. */
  flow: number;
  supply: number;
  back: number;
  /** Level of the make-up tank, m. */
  tank: number;
}

/** What the source gives the station: °C and MPa at its outlet and inlet. */
export interface StationInputs {
  readonly weather: Weather;
  readonly supply: number;
  readonly supplyPressure: number;
  readonly returnPressure: number;
  readonly age: number;
  readonly now: number;
  readonly random?: Random;
}

const DIAMETER = 0.175;
const AREA = (Math.PI / 4) * DIAMETER ** 2;
const FRICTION = 0.02;
/** Bends and fittings of the connection. */
const SINGLE_LOSSES = 12;
/** W/(m2 K) of the pre-insulated pipe. */
const PIPE_LOSS = 0.8;
/** Ground around the pipes, °C. */
const GROUND = 2;
const TANK_AREA = 8;
const TANK_LEVEL = 1.5;
/** t/h of town water per m below the held level. */
const TANK_REFILL = 20;
/** Drives wait so long after the reset of an emergency stop, s. */
const RESET_DELAY = 5;

export function createStation(design: StationDesign, outdoor: number, primary: number, secondary: number): StationState {
  const content = AREA * design.length * density(primary);
  const loss = PIPE_LOSS * Math.PI * DIAMETER * design.length;
  const units = [createUnit(design.units[0], outdoor, secondary), createUnit(design.units[1], outdoor, secondary)] as const;
  const flow = units[0].flow1 + units[1].flow1;
  return {
    design,
    units,
    supplyPipe: createPipe(content, loss, primary),
    returnPipe: createPipe(content, loss, units[0].primaryBack),
    stopped: false,
    holdUntil: Number.NEGATIVE_INFINITY,
    powered: true,
    supplyPressure: 0.9,
    returnPressure: 0.4,
    flow,
    supply: primary,
    back: units[0].primaryBack,
    tank: TANK_LEVEL,
  };
}

/** Latches or resets the emergency stop; the drives return to their standing commands `RESET_DELAY` s after a reset. */
export function setStop(station: StationState, stopped: boolean, age: number): void {
  if (station.stopped && !stopped) station.holdUntil = age + RESET_DELAY;
  station.stopped = stopped;
}

function stepTank(station: StationState, dt: number): void {
  const out = station.units[0].makeUp.flow + station.units[1].makeUp.flow;
  const refill = clamp(TANK_REFILL * (TANK_LEVEL - station.tank), 0, 10);
  station.tank = clamp(station.tank + ((refill - out) * dt) / 3600 / TANK_AREA, 0, 3);
}

/** One hydraulic step of at most 10 s. */
export function stepStation(station: StationState, dt: number, inputs: StationInputs, faults: Faults): void {
  station.powered = !faults.has('power-failure', station.design.id);
  const rho = density(station.supply);
  const unitLoss = pressureLoss(FRICTION, station.design.length, DIAMETER, SINGLE_LOSSES, rho, 1 / (rho * AREA)) / 1e6;
  // Valves and both pipes in series, solved at once: dp = dp0 - 2 k m^2 and m = S sqrt(dp).
  const open = opening(station.units[0]) + opening(station.units[1]);
  const drop = Math.max(0, inputs.supplyPressure - inputs.returnPressure) / (1 + 2 * unitLoss * open * open);
  const lost = unitLoss * open * open * drop;
  station.supplyPressure = lag(station.supplyPressure, inputs.supplyPressure - lost, dt, 2);
  station.returnPressure = lag(station.returnPressure, inputs.returnPressure + lost, dt, 2);
  const stopped = station.stopped || inputs.age < station.holdUntil;
  for (const unit of station.units) {
    stepUnit(
      unit,
      dt,
      {
        weather: inputs.weather,
        supply: station.supply,
        drop,
        powered: station.powered,
        stopped,
        now: inputs.now,
        age: inputs.age,
        ...(inputs.random ? { random: inputs.random } : {}),
      },
      faults,
    );
  }
  station.flow = station.units[0].flow1 + station.units[1].flow1;
  station.supply = flowThrough(station.supplyPipe, station.flow, inputs.supply, GROUND, dt);
  if (station.flow > 0.05) {
    station.back =
      (station.units[0].flow1 * station.units[0].primaryBack + station.units[1].flow1 * station.units[1].primaryBack) / station.flow;
  }
  flowThrough(station.returnPipe, station.flow, station.back, GROUND, dt);
  stepTank(station, dt);
}
