import type { BuildingDesign } from './physics/building.ts';
import { RADIATORS } from './physics/building.ts';
import { HEAT_CAPACITY } from './physics/water.ts';

/** One unit with its buildings, as designed. */
export interface UnitDesign {
  readonly id: string;
  /** Heated area, m2. */
  readonly area: number;
  readonly building: BuildingDesign;
  /** Heat loads of its buildings, W/m2, each a sixth of the area. */
  readonly loads: readonly number[];
  /** Heat at -9 °C, W. */
  readonly heat: number;
  /** Secondary and primary design flow, kg/s. */
  readonly flow2: number;
  readonly flow1: number;
  /** Heat exchanger, W/K. */
  readonly ua: number;
  /** Control valve fully open at 1 MPa, kg/s. */
  readonly valve: number;
  /** Standing loss of water, t/h. */
  readonly loss: number;
  /** Sampled households: id and offset from the mean room, K. */
  readonly households: readonly { readonly id: string; readonly offset: number; readonly building: number }[];
}

export interface StationDesign {
  readonly id: string;
  readonly number: number;
  /** Distance from the source along the pipe, m. */
  readonly length: number;
  readonly units: readonly [UnitDesign, UnitDesign];
}

/** Areas in m2 by station; together 1.0 M m2. */
const AREAS = [64_000, 61_000, 70_000, 52_000, 66_000, 48_000, 68_000, 71_000] as const;
const LENGTHS = [800, 1100, 1300, 1600, 1900, 2200, 2500, 2900] as const;
/** 50/40 °C networks: the newer quarters. */
const NEWER = new Set([5, 8]);
const OFFSETS = [0.6, -0.3, 0.2, 0.9, -0.6, 0.4, 1.1, -0.1] as const;
const LOAD_SPREAD = [-5, -3, -1, 1, 3, 5] as const;
/** UA of the heat exchanger per W of design heat: 280 kW/K at 6 MW. */
const UA_SHARE = 280_000 / 6e6;

const pad = (n: number, width: number): string => String(n).padStart(width, '0');

function unitDesign(station: number, unit: number, area: number): UnitDesign {
  const id = `STA${pad(station, 3)}.UNT${pad(unit, 2)}`;
  const building: BuildingDesign = NEWER.has(station) ? { ...RADIATORS, supply: 50, return: 40 } : RADIATORS;
  const heat = area * building.load;
  const flow1 = heat / (HEAT_CAPACITY * (104 - building.return - 4));
  return {
    id,
    area,
    building,
    loads: LOAD_SPREAD.map((spread) => building.load + spread),
    heat,
    flow1,
    flow2: heat / (HEAT_CAPACITY * (building.supply - building.return)),
    ua: heat * UA_SHARE,
    // 70 % open at design load and 0.5 MPa: 50^-0.3 of the full flow.
    valve: flow1 / (0.309 * Math.sqrt(0.5)),
    loss: 0.2 + 0.01 * ((station + 3 * unit) % 6),
    households: [1, 2].map((user) => ({
      id: `${id}.USR${pad(user, 3)}`,
      offset: OFFSETS[(station + 2 * unit + 3 * user) % OFFSETS.length] ?? 0,
      building: (station + user) % LOAD_SPREAD.length,
    })),
  };
}

/** Eight stations of two units each. */
export const STATIONS: readonly StationDesign[] = AREAS.map((area, index) => {
  const number = index + 1;
  return {
    id: `STA${pad(number, 3)}`,
    number,
    length: LENGTHS[index] ?? 1000,
    units: [unitDesign(number, 1, area), unitDesign(number, 2, 125_000 - area)],
  };
});

/** The rest of the network, without stations of its own here: it draws heat and flow from the source, m2. */
export const ELSEWHERE = 1_500_000;

export const isUnit = (id: string): boolean => STATIONS.some((station) => station.units.some((unit) => unit.id === id));
export const isStation = (id: string): boolean => STATIONS.some((station) => station.id === id);
