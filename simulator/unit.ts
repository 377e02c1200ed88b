import type { ControllerState } from './controller.ts';
import { createController, stepController } from './controller.ts';
import type { Faults } from './faults.ts';
import type { UnitDesign } from './layout.ts';
import type { BuildingDesign, BuildingState } from './physics/building.ts';
import { designFlow, emission, settled, stepBuilding } from './physics/building.ts';
import { conductance, exchange } from './physics/heat-exchanger.ts';
import { clamp, drift, lag, ramp } from './physics/lag.ts';
import type { MakeUpState } from './physics/make-up.ts';
import { HOLDING_PRESSURE, stepMakeUp } from './physics/make-up.ts';
import type { Pipe } from './physics/pipe.ts';
import { createPipe, flowThrough } from './physics/pipe.ts';
import type { PumpDesign } from './physics/pump.ts';
import { pumpFlow, pumpHead } from './physics/pump.ts';
import type { Random } from './physics/random.ts';
import { equalPercentage } from './physics/valve.ts';
import { density, GRAVITY } from './physics/water.ts';
import type { Weather } from './physics/weather.ts';

/** What the station gives its unit for one step. */
export interface UnitInputs {
  readonly weather: Weather;
  /** Primary supply at the station, °C, and the pressure difference there, MPa. */
  readonly supply: number;
  readonly drop: number;
  readonly powered: boolean;
  readonly stopped: boolean;
  readonly now: number;
  /** Plant time since the start, s (for what grows with age). */
  readonly age: number;
  readonly random?: Random;
}

/** The true state of a unit; its sensors add lag and noise. */
export interface UnitState {
  readonly design: UnitDesign;
  readonly control: ControllerState;
  readonly makeUp: MakeUpState;
  readonly pump: PumpDesign;
  /** Resistance of the network, s2/m5. */
  readonly resistance: number;
  readonly supplyPipe: Pipe;
  readonly returnPipe: Pipe;
  readonly buildings: readonly BuildingState[];
  /** Rooms of the sampled households: departure from their building that comes and goes, K. */
  readonly whims: number[];
  valve: number;
  branch: number;
  frequency: number;
  running: boolean;
  dryRun: boolean;
  /** kg/s: primary, through the heat exchanger, through the network. */
  flow1: number;
  flow2: number;
  network: number;
  /** Outlets of the heat exchanger, °C, and its heat, W. */
  supply: number;
  back: number;
  primaryBack: number;
  heat: number;
  /** MPa at the discharge of the circulation pump. */
  pressure: number;
  /** Temperature of the water coming back from the buildings, °C, and at the buildings' inlet, °C. */
  fromBuildings: number;
  toBuildings: number;
  loss: number;
  sinceThermal: number;
}

const VALVE_RATE = 100 / 120;
const BRANCH_RATE = 100 / 30;
const PUMP_RATE = 2;
const EXCHANGER_LAG = 20;
/** Minimum-flow line beside the branch valve, opened when that is shut: its share of the network's conductance. */
const BYPASS = 0.15;
/** Below this opening of the branch valve, %, the unit counts as isolated. */
const ISOLATED = 5;
const DRY_RUN_TRIP = 0.1;
const DRY_RUN_RESET = 0.15;
const OVER_TEMPERATURE = 75;
/** Minutes of water from the exchanger to the buildings at design flow. */
const TRAVEL = 8 * 60;
const THERMAL_STEP = 60;
const FOULING_TIME = 15 * 86_400;

const HEAD_FULL = 36;
const HEAD_DESIGN = 20;
const DESIGN_FREQUENCY = 44;

const buildingOf = (design: UnitDesign, index: number): BuildingDesign => ({
  ...design.building,
  load: design.loads[index] ?? design.building.load,
});

/** A unit in equilibrium with the weather. */
export function createUnit(design: UnitDesign, outdoor: number, supply: number): UnitState {
  const volume = design.flow2 / 980;
  const shutOff = HEAD_FULL * (DESIGN_FREQUENCY / 50) ** 2;
  const back = supply - ((design.building.supply - design.building.return) * (20 - outdoor)) / 27;
  const content = design.flow2 * TRAVEL;
  const loss = 0.004 * design.flow2 * 4187;
  return {
    design,
    control: createController(supply, outdoor),
    makeUp: { pressure: HOLDING_PRESSURE, running: true, flow: design.loss },
    pump: { head: HEAD_FULL, frequency: 50, curve: (shutOff - HEAD_DESIGN) / volume ** 2 },
    resistance: HEAD_DESIGN / volume ** 2,
    supplyPipe: createPipe(content, loss, supply),
    returnPipe: createPipe(content, loss, back),
    buildings: design.loads.map((_load, index) =>
      settled(buildingOf(design, index), outdoor, (buildingOf(design, index).load / 27) * (20.2 - outdoor)),
    ),
    whims: design.households.map(() => 0),
    valve: 65,
    branch: 100,
    frequency: DESIGN_FREQUENCY,
    running: true,
    dryRun: false,
    flow1: design.flow1 * 0.7,
    flow2: design.flow2,
    network: design.flow2,
    supply,
    back,
    primaryBack: back + 5,
    heat: design.heat * 0.7,
    pressure: HOLDING_PRESSURE + 0.196,
    fromBuildings: back,
    toBuildings: supply,
    loss: design.loss,
    sinceThermal: 0,
  };
}

function stepDrives(unit: UnitState, dt: number, inputs: UnitInputs, faults: Faults): void {
  const { control, design } = unit;
  const id = design.id;
  const hunting = faults.find('valve-hunting', id)?.size ?? 1;
  const wanted = stepController(control, dt, {
    design: design.building,
    outdoor: inputs.weather.AT,
    supply: unit.supply,
    position: unit.valve,
    now: inputs.now,
    gain: hunting,
    parked: unit.branch < ISOLATED,
  });
  if (unit.makeUp.pressure < DRY_RUN_TRIP) unit.dryRun = true;
  else if (unit.makeUp.pressure > DRY_RUN_RESET) unit.dryRun = false;
  unit.running = control.run && control.frequency >= 1 && inputs.powered && !inputs.stopped && !unit.dryRun && !faults.has('pump-trip', id);
  unit.frequency = ramp(unit.frequency, unit.running ? control.frequency : 0, dt, unit.running ? PUMP_RATE : 10);
  if (!faults.has('valve-stuck', id) && (inputs.powered || inputs.stopped)) {
    // Interlocks: emergency stop (spring return), no circulation, or too hot: the valve shuts.
    const shut = inputs.stopped || !unit.running || unit.supply > OVER_TEMPERATURE;
    unit.valve = ramp(unit.valve, shut ? 0 : wanted, dt, inputs.stopped ? VALVE_RATE * 6 : VALVE_RATE);
  }
  if (inputs.powered) unit.branch = ramp(unit.branch, control.branch, dt, BRANCH_RATE);
}

function stepWater(unit: UnitState, dt: number, inputs: UnitInputs, faults: Faults): void {
  const id = unit.design.id;
  const open = unit.branch / 100;
  const bypass = unit.branch < 10 ? BYPASS : 0;
  const openness = open + bypass;
  const resistance = openness > 0 ? unit.resistance / openness ** 2 : Number.POSITIVE_INFINITY;
  const flow = pumpFlow(unit.pump, unit.frequency, resistance);
  const rho = density(unit.back);
  unit.flow2 = flow * rho;
  unit.network = openness > 0 ? (unit.flow2 * open) / openness : 0;
  if (inputs.random)
    unit.loss = clamp(unit.design.loss + drift(unit.loss - unit.design.loss, dt, 900, 0.015, inputs.random.normal()), 0.1, 0.3);
  // Leaks on the network side lie behind the branch valve; shut, it cuts them off.
  const leak = (faults.sum('leak-secondary', id) + faults.sum('burst-secondary', id)) * open;
  stepMakeUp(unit.makeUp, dt, unit.loss, leak, inputs.powered && !inputs.stopped);
  unit.pressure = unit.makeUp.pressure + (rho * GRAVITY * pumpHead(unit.pump, unit.frequency, flow)) / 1e6;
}

/** Flow in kg/s that the primary side takes at 1 MPa. */
export const opening = (unit: UnitState): number => (unit.branch < ISOLATED ? 0 : unit.design.valve * equalPercentage(unit.valve));

function stepHeat(unit: UnitState, dt: number, inputs: UnitInputs, faults: Faults): void {
  const { design } = unit;
  // The primary shut-off of an isolated unit closes with its branch valve: its water would boil.
  unit.flow1 = opening(unit) * Math.sqrt(inputs.drop);
  const clog = faults.find('fouling', design.id);
  const share = clog ? (Math.min(1, (inputs.age - clog.since) / FOULING_TIME) * (clog.size ?? 0)) / 100 : 0;
  const ua = conductance(design.ua, unit.flow1 / design.flow1, unit.flow2 / design.flow2, share / (1 - share));
  const back =
    unit.network > 0 ? (unit.returnPipe.outlet * unit.network + unit.supply * (unit.flow2 - unit.network)) / unit.flow2 : unit.supply;
  unit.back = lag(unit.back, back, dt, EXCHANGER_LAG);
  const out = exchange(ua, { m1: unit.flow1, t1: inputs.supply, m2: unit.flow2, t2: unit.back });
  unit.heat = lag(unit.heat, out.heat, dt, EXCHANGER_LAG);
  // Standing or only circulating water loses heat to the plant room.
  const still = unit.network < 0.01 * design.flow2;
  unit.supply = still && out.heat <= 0 ? lag(unit.supply, 22, dt, 4 * 3600) : lag(unit.supply, out.t2, dt, EXCHANGER_LAG);
  unit.primaryBack =
    unit.flow1 > 0.01 * design.flow1 ? lag(unit.primaryBack, out.t1, dt, EXCHANGER_LAG) : lag(unit.primaryBack, 25, dt, 8 * 3600);
  unit.toBuildings = flowThrough(unit.supplyPipe, unit.network, unit.supply, 5, dt);
  flowThrough(unit.returnPipe, unit.network, unit.fromBuildings, 5, dt);
}

/** Buildings share the flow by their balance valves in proportion to their design load. */
function stepBuildings(unit: UnitState, dt: number, weather: Weather, random?: Random): void {
  const { design } = unit;
  const share = unit.network / design.flow2;
  let heat = 0;
  let load = 0;
  unit.buildings.forEach((state, index) => {
    const building = buildingOf(design, index);
    const q = emission(building, unit.toBuildings, designFlow(building) * share, state.room);
    stepBuilding(state, building, dt, weather.AT, q, weather.SR);
    heat += q;
    load += building.load;
  });
  const spread = design.building.supply - design.building.return;
  if (share > 0.005) unit.fromBuildings = unit.toBuildings - (spread * heat) / load / share;
  if (random) for (let i = 0; i < unit.whims.length; i += 1) unit.whims[i] = drift(unit.whims[i] ?? 0, dt, 3 * 3600, 0.15, random.normal());
}

/** One hydraulic step of at most 10 s; the buildings follow every 60 s. */
export function stepUnit(unit: UnitState, dt: number, inputs: UnitInputs, faults: Faults): void {
  unit.control.mode = localMode(unit, faults);
  stepDrives(unit, dt, inputs, faults);
  stepWater(unit, dt, inputs, faults);
  stepHeat(unit, dt, inputs, faults);
  unit.sinceThermal += dt;
  if (unit.sinceThermal >= THERMAL_STEP) {
    stepBuildings(unit, unit.sinceThermal, inputs.weather, inputs.random);
    unit.sinceThermal = 0;
  }
}

function localMode(unit: UnitState, faults: Faults): ControllerState['mode'] {
  if (faults.has('local-mode', unit.design.id)) return 3;
  return unit.control.mode === 3 ? 0 : unit.control.mode;
}

/** Room, inlet and outlet temperature of a sampled household, °C, and its heat in kW (90 m2). */
export function household(unit: UnitState, index: number): { room: number; supply: number; back: number; heat: number } {
  const { design } = unit;
  const home = design.households[index];
  const state = unit.buildings[home?.building ?? 0];
  const room = (state?.room ?? 20) + (home?.offset ?? 0) + (unit.whims[index] ?? 0);
  const building = buildingOf(design, home?.building ?? 0);
  const share = unit.network / design.flow2;
  const heat = emission(building, unit.toBuildings - 0.3, designFlow(building) * share, room);
  const supply = share > 0.005 ? unit.toBuildings - 0.3 : lag(unit.toBuildings, room, 1, 1);
  const back = share > 0.005 ? supply - heat / (designFlow(building) * share) : supply;
  return { room, supply, back, heat: (heat * 90) / 1000 };
}
