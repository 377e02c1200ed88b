/**
 * Building as two resistances and two capacities (2R2C), per m2 of heated area.
 * 20 % of the conductance goes directly outdoors (windows, air change), the rest through the envelope node, resistances split 1:3.
 */
export interface BuildingDesign {
  /** Heat load at room 18 °C and outdoor -9 °C, W/m2. */
  readonly load: number;
  /** Design supply and return temperature of the secondary network, °C. */
  readonly supply: number;
  readonly return: number;
  /** Exponent b of the emitter: 0.3 radiators, 0.1 floor heating. */
  readonly exponent: number;
  /** Internal gains, W/m2. */
  readonly gains: number;
  /** Solar aperture, m2/m2. */
  readonly aperture: number;
}

/** Temperature of the rooms and of the envelope, °C. */
export interface BuildingState {
  room: number;
  envelope: number;
}

const DESIGN_ROOM = 18;
const DESIGN_OUTDOOR = -9;
const SPAN = DESIGN_ROOM - DESIGN_OUTDOOR;
const ROOM_CAPACITY = 60_000;
const ENVELOPE_CAPACITY = 400_000;
const DIRECT_SHARE = 0.2;
const INNER_SHARE = 0.25;

export const RADIATORS: BuildingDesign = { load: 47, supply: 60, return: 45, exponent: 0.3, gains: 3, aperture: 0.01 };

/** Conductances in W/(m2 K): direct, room to envelope, envelope to outdoors. */
export function conductances(design: BuildingDesign): { direct: number; inner: number; outer: number } {
  const total = design.load / SPAN;
  const wall = total * (1 - DIRECT_SHARE);
  return { direct: total * DIRECT_SHARE, inner: wall / INNER_SHARE, outer: wall / (1 - INNER_SHARE) };
}

/** Heat capacity rate of the water at design flow, W/(m2 K). */
export const designFlow = (design: BuildingDesign): number => design.load / (design.supply - design.return);

const overTemperature = (design: BuildingDesign): number => (design.supply + design.return) / 2 - DESIGN_ROOM;

/**
 * Heat from the emitters in W/m2: Q = Qd ((Tm - Ti)/dTd)^(1+b), Tm the mean of supply and return.
 * Newton's method from 0: the function is increasing and concave, so it comes from the left without overshoot.
 */
export function emission(design: BuildingDesign, supply: number, flow: number, room: number): number {
  if (flow <= 0 || supply <= room) return 0;
  const span = overTemperature(design);
  const exponent = 1 + design.exponent;
  let heat = 0;
  for (let i = 0; i < 12; i += 1) {
    const u = (supply - heat / (2 * flow) - room) / span;
    if (u <= 1e-9) break;
    const power = design.load * u ** exponent;
    const move = (power - heat) / (1 + (power * exponent) / (u * span * 2 * flow));
    heat += move;
    if (Math.abs(move) < 1e-6) break;
  }
  return heat;
}

/** Where the temperatures settle with `heat` W/m2 from emitters, gains and sun together. */
export function settled(design: BuildingDesign, outdoor: number, heat: number): BuildingState {
  const room = outdoor + heat / (design.load / SPAN);
  return { room, envelope: room - INNER_SHARE * (room - outdoor) };
}

/** Steps the two temperatures by `dt` seconds (at most 600) with `heat` W/m2 from the emitters and `sun` W/m2 of radiation. */
export function stepBuilding(state: BuildingState, design: BuildingDesign, dt: number, outdoor: number, heat: number, sun: number): void {
  const g = conductances(design);
  const toEnvelope = g.inner * (state.room - state.envelope);
  const net = heat + design.gains + design.aperture * sun - g.direct * (state.room - outdoor) - toEnvelope;
  state.envelope += (dt / ENVELOPE_CAPACITY) * (toEnvelope - g.outer * (state.envelope - outdoor));
  state.room += (dt / ROOM_CAPACITY) * net;
}

/**
 * Weather compensation: the supply temperature in °C that holds `room` at `outdoor` with design flow and without gains.
 */
export function heatingCurve(design: BuildingDesign, outdoor: number, room = DESIGN_ROOM): number {
  const share = Math.max(0, (room - outdoor) / SPAN);
  return room + overTemperature(design) * share ** (1 / (1 + design.exponent)) + ((design.supply - design.return) / 2) * share;
}
