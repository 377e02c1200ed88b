import { heatOut, createSource, flowOut, stepSource } from './heat-source.ts';
import type { SourceState } from './heat-source.ts';
import { CURVE_ROOM } from './controller.ts';
import { Faults } from './faults.ts';
import { isStation, isUnit, STATIONS } from './layout.ts';
import { heatingCurve, RADIATORS } from './physics/building.ts';
import type { Random } from './physics/random.ts';
import { createRandom } from './physics/random.ts';
import { HEAT_CAPACITY, tonsPerHour } from './physics/water.ts';
import type { Weather, WeatherState } from './physics/weather.ts';
import { createWeather, dailyMean, stepWeather } from './physics/weather.ts';
import { HOLDING_REGISTERS, OPCUA_NODES, STATUS_BITS } from './register-map.ts';
import { Sensors } from './sensors.ts';
import type { StationState } from './station.ts';
import { createStation, stepStation } from './station.ts';
import type { UnitState } from './unit.ts';
import { household } from './unit.ts';

export type Value = number | boolean;

const STEP = 10;
const WARM_UP_STEP = 30;
const WARM_UP = 24 * 3600;
const HEARTBEAT = 65_536;
const REMOTE_UNIT = 'STA001.UNT01';

/** Plant time at the start: 15 January, at the hour of the day that the wall clock shows. */
function plantStart(wall: number): number {
  const day = 86_400_000;
  const year = new Date(wall).getUTCFullYear();
  return Date.UTC(year, 0, 15) + (((wall % day) + day) % day);
}

/** The whole plant: state, physics and what its transmitters show. Time is passed in; nothing here knows a protocol. */
export class Plant {
  readonly faults: Faults;
  readonly stations: readonly StationState[];
  readonly source: SourceState;
  /** Counters by tag: GJ, t, m3, kWh. They never fall. */
  readonly totals = new Map<string, number>();
  /** What the transmitters show, by tag; setpoints and states included. */
  readonly tags = new Map<string, Value>();
  /** Seconds of plant time since the start, and plant time in UTC milliseconds. */
  age = 0;
  /** Called after a latch or setpoint changed by a write, before the device answers. */
  onChange: (() => void) | undefined;
  readonly #start: number;
  readonly #random: Random;
  readonly #sensors: Sensors;
  readonly #weatherState: WeatherState = createWeather();
  #weather: Weather;

  constructor(options: { seed: number; wall: number }) {
    this.#random = createRandom(options.seed);
    this.#start = plantStart(options.wall);
    this.faults = new Faults((kind, target) => this.#isTarget(kind, target));
    this.#sensors = new Sensors(this.faults, this.#random);
    const mean = dailyMean(this.#start);
    const curve = heatingCurve(RADIATORS, mean, CURVE_ROOM);
    this.stations = STATIONS.map((design) => createStation(design, mean, 103, heatingCurve(design.units[0].building, mean, CURVE_ROOM)));
    this.source = createSource(
      mean,
      this.stations.reduce((sum, station) => sum + station.units[0].heat + station.units[1].heat, 0),
    );
    this.source.back = curve - 7;
    this.#weather = stepWeather(this.#weatherState, this.#start, 0);
    this.#warmUp(options.wall);
    // As delivered: one unit is handed over to a platform's control node (its own loop acts until that writes).
    const remote = this.unit(REMOTE_UNIT);
    if (remote) remote.control.mode = 2;
    this.#initialTotals();
    this.show(options.wall);
  }

  get time(): number {
    return this.#start + this.age * 1000;
  }

  get weather(): Weather {
    return this.#weather;
  }

  unit(id: string): UnitState | undefined {
    return this.stations.find((station) => id.startsWith(station.design.id))?.units.find((unit) => unit.design.id === id);
  }

  station(id: string): StationState | undefined {
    return this.stations.find((station) => station.design.id === id);
  }

  /** A write took effect: the tag shows it at once, and who keeps the memory is told. */
  changed(tag: string, value: Value): void {
    if (this.tags.has(tag)) this.tags.set(tag, value);
    this.onChange?.();
  }

  /** Counts `seconds` at the present rates: what meters went on counting while nobody simulated them. */
  credit(seconds: number): void {
    for (const [tag, rate] of this.#rates()) this.totals.set(tag, (this.totals.get(tag) ?? 0) + Math.max(0, rate) * seconds);
  }

  /** Lets `seconds` of plant time pass; `wall` is the wall clock now, for what runs on a device's own clock. */
  advance(seconds: number, wall: number): void {
    const steps = Math.ceil(seconds / STEP);
    for (let i = 0; i < steps; i += 1) this.#step(seconds / steps, wall, this.#random);
    this.faults.expire(this.age);
    this.show(wall);
  }

  /** A day with the mean weather of the season and without noise, so that pipes, buildings and loops stand where they belong. */
  #warmUp(wall: number): void {
    this.age = -WARM_UP;
    while (this.age < 0) this.#step(this.age < -3600 ? WARM_UP_STEP : STEP, wall);
    this.totals.clear();
  }

  #initialTotals(): void {
    // Meters that have run for two months of the season.
    const seconds = 60 * 86_400;
    for (const [tag, rate] of this.#rates()) this.totals.set(tag, Math.round(rate * seconds));
  }

  #step(dt: number, wall: number, random?: Random): void {
    const cold = this.faults.find('extreme-cold', 'WX001')?.size;
    this.#weather = stepWeather(this.#weatherState, this.time, dt, random, cold);
    let flow = 0;
    let heat = 0;
    for (const station of this.stations) {
      stepStation(
        station,
        dt,
        {
          weather: this.#weather,
          supply: this.source.supply,
          supplyPressure: this.source.supplyPressure,
          returnPressure: this.source.returnPressure,
          age: this.age,
          now: wall,
          ...(random ? { random } : {}),
        },
        this.faults,
      );
      flow += station.flow;
      heat += station.flow * station.returnPipe.outlet;
    }
    const back = flow > 0.1 ? heat / flow : this.source.back;
    stepSource(this.source, dt, { flow, back, outdoor: this.#weather.AT }, this.faults);
    this.credit(dt);
    this.age += dt;
  }

  /** What every counter gains per second. */
  *#rates(): Generator<readonly [string, number]> {
    for (const station of this.stations) {
      yield [`${station.design.id}.1HE_T`, (station.flow * HEAT_CAPACITY * (station.supply - station.back)) / 1e9];
      for (const unit of station.units) {
        const { id } = unit.design;
        yield [`${id}.2FL_T`, unit.flow2 / 1000];
        yield [`${id}.2HE_T`, unit.heat / 1e9];
        yield [`${id}.MK_FT`, unit.makeUp.flow / 3600];
        for (let i = 0; i < unit.design.households.length; i += 1) {
          yield [`${unit.design.households[i]?.id}.UHE_T`, household(unit, i).heat / 3600];
        }
      }
    }
    yield ['SRC001.FL_T', this.source.flow / 1000];
    yield ['SRC001.HE_T', heatOut(this.source) / 1000];
  }

  #measured(tag: string, value: number): void {
    this.tags.set(tag, this.#sensors.measure(tag, value, this.age));
  }

  /** Brings what the transmitters show up to date. */
  show(wall: number): void {
    for (const station of this.stations) this.#showStation(station, wall);
    this.#showSource();
    for (const [code, value] of Object.entries(this.#weather)) this.#measured(`WX001.${code}`, value);
    for (const [tag, total] of this.totals) this.tags.set(tag, total);
  }

  #showStation(station: StationState, wall: number): void {
    const { id } = station.design;
    this.#measured(`${id}.1T_S`, station.supply);
    this.#measured(`${id}.1T_R`, station.back);
    this.#measured(`${id}.1P_S`, station.supplyPressure);
    this.#measured(`${id}.1P_R`, station.returnPressure);
    this.#measured(`${id}.1FL_I`, tonsPerHour(station.flow));
    this.#measured(`${id}.1HE_I`, (station.flow * HEAT_CAPACITY * (station.supply - station.back)) / 1e6);
    this.#measured(`${id}.TANK_L`, station.tank);
    this.tags.set(`${id}.HB`, Math.floor(wall / 1000) % HEARTBEAT);
    this.tags.set(`${id}.STOPPED`, station.stopped);
    this.tags.set(`${id}.PWR`, station.powered);
    for (const unit of station.units) this.#showUnit(unit);
  }

  #showUnit(unit: UnitState): void {
    const { control, design } = unit;
    this.#measured(`${design.id}.2T_S`, unit.supply);
    this.#measured(`${design.id}.2T_R`, unit.back);
    this.#measured(`${design.id}.2P_S`, unit.pressure);
    this.#measured(`${design.id}.2P_R`, unit.makeUp.pressure);
    this.#measured(`${design.id}.2FL_I`, tonsPerHour(unit.flow2));
    this.#measured(`${design.id}.2HE_I`, unit.heat / 1e6);
    this.#measured(`${design.id}.CV_PO`, unit.valve);
    this.#measured(`${design.id}.CP_HZ`, unit.frequency);
    this.#measured(`${design.id}.MK_FI`, unit.makeUp.flow);
    this.tags.set(`${design.id}.BV_PO`, unit.branch);
    this.tags.set(`${design.id}.2T_SP`, control.setpoint);
    this.tags.set(`${design.id}.CV_SP`, control.valve);
    this.tags.set(`${design.id}.CP_SP`, control.frequency);
    this.tags.set(`${design.id}.BV_SP`, control.branch);
    this.tags.set(`${design.id}.MODE`, control.mode);
    this.tags.set(`${design.id}.CP_RUN`, unit.running);
    this.tags.set(`${design.id}.MP_RUN`, unit.makeUp.running);
    design.households.forEach((home, index) => {
      const { room, supply, back } = household(unit, index);
      this.#measured(`${home.id}.RT`, room);
      this.#measured(`${home.id}.UT_S`, supply);
      this.#measured(`${home.id}.UT_R`, back);
    });
  }

  #showSource(): void {
    const { source } = this;
    this.#measured('SRC001.T_S', source.supply);
    this.#measured('SRC001.T_R', source.back);
    this.#measured('SRC001.P_S', source.supplyPressure);
    this.#measured('SRC001.P_R', source.returnPressure);
    this.#measured('SRC001.FL_I', flowOut(source));
    this.#measured('SRC001.HE_I', heatOut(source));
    this.#measured('SRC001.MK_FI', source.makeUp);
    this.tags.set('SRC001.T_SP', source.setpoint);
    this.#measured('SRC001.CHP01.HE_I', source.chp.heat);
    this.#measured('SRC001.CHP01.P_EL', source.chp.power);
    this.#measured('SRC001.CHP01.FUEL_I', source.chp.fuel);
    this.tags.set('SRC001.CHP01.RUN', source.chp.running);
    for (const boiler of source.boilers) {
      this.#measured(`${boiler.id}.HE_I`, boiler.heat);
      this.#measured(`${boiler.id}.T_S`, boiler.outlet);
      this.tags.set(`${boiler.id}.HE_SP`, boiler.setpoint);
      this.tags.set(`${boiler.id}.RUN`, boiler.running);
    }
  }

  #isTarget(kind: string, target: string): boolean {
    switch (kind) {
      case 'power-failure':
        return isStation(target) || target === 'SRC001';
      case 'comms-loss':
        return isStation(target) || target === 'SRC001' || target === 'WX001';
      case 'slow':
      case 'garbage':
      case 'modbus-exception':
        return isStation(target);
      case 'leak-primary':
        return target === 'SRC001';
      case 'clock-skew':
      case 'extreme-cold':
        return target === 'WX001';
      case 'chp-trip':
        return target === 'SRC001.CHP01';
      case 'boiler-trip':
        return this.source.boilers.some((boiler) => boiler.id === target);
      case 'sensor-stuck':
      case 'sensor-drift':
      case 'sensor-spike':
      case 'sensor-noise':
        return (
          typeof this.tags.get(target) === 'number' &&
          !this.totals.has(target) &&
          !target.endsWith('.HB') &&
          !/_SP$|\.MODE$|\.BV_PO$/.test(target)
        );
      default:
        return isUnit(target);
    }
  }
}

/** Every tag that a protocol names; the tests hold the plant against it. */
export const DOCUMENTED_TAGS: readonly string[] = [
  ...STATIONS.flatMap(({ id }) => [...HOLDING_REGISTERS, ...STATUS_BITS].map((row) => `${id}.${row.tag}`)),
  ...OPCUA_NODES.map((node) => node.tag),
];
