import { lag } from './lag.ts';
import { HEAT_CAPACITY } from './water.ts';

/** Water in a pipe, oldest first: plug flow, nothing mixes but what entered within a sixtieth of the content. */
export interface Pipe {
  /** Content in kg. */
  readonly content: number;
  /** Loss to the ground, W/K. */
  readonly loss: number;
  readonly parcels: { mass: number; celsius: number }[];
  /** Temperature at the outlet, °C. */
  outlet: number;
}

const PARCELS = 60;
/** A pipe without flow cools to the ground with this time constant, s. */
const STANDING = 12 * 3600;

export const createPipe = (content: number, loss: number, celsius: number): Pipe => ({
  content,
  loss,
  parcels: [{ mass: content, celsius }],
  outlet: celsius,
});

/** Temperature after the loss on the way: Ta + (T0 - Ta) exp(-U pi D L / (m cp)); `flow` in kg/s. */
export const cooled = (celsius: number, ground: number, loss: number, flow: number): number =>
  ground + (celsius - ground) * Math.exp(-loss / (flow * HEAT_CAPACITY));

/** Pressure loss in Pa by Darcy-Weisbach: friction lambda L/D and single losses K, times rho v^2/2. */
export const pressureLoss = (lambda: number, length: number, diameter: number, k: number, rho: number, velocity: number): number =>
  ((lambda * length) / diameter + k) * 0.5 * rho * velocity * velocity;

function pushIn(pipe: Pipe, mass: number, celsius: number): void {
  const last = pipe.parcels.at(-1);
  if (last && last.mass + mass <= pipe.content / PARCELS) {
    last.celsius = (last.celsius * last.mass + celsius * mass) / (last.mass + mass);
    last.mass += mass;
  } else pipe.parcels.push({ mass, celsius });
}

/** Mean temperature of the oldest `mass` kg, which leave. */
function takeOut(pipe: Pipe, mass: number): number {
  let rest = mass;
  let sum = 0;
  while (rest > 1e-9) {
    const first = pipe.parcels[0];
    if (!first) break;
    const part = Math.min(rest, first.mass);
    sum += part * first.celsius;
    rest -= part;
    first.mass -= part;
    if (first.mass <= 1e-9) pipe.parcels.shift();
  }
  return sum / (mass - rest || 1);
}

/** Water of `celsius` enters at `flow` kg/s for `dt` seconds; returns and keeps the outlet temperature. */
export function flowThrough(pipe: Pipe, flow: number, celsius: number, ground: number, dt: number): number {
  const mass = flow * dt;
  if (mass <= 1e-6) {
    pipe.outlet = lag(pipe.outlet, ground, dt, STANDING);
    for (const parcel of pipe.parcels) parcel.celsius = lag(parcel.celsius, ground, dt, STANDING);
    return pipe.outlet;
  }
  pushIn(pipe, mass, celsius);
  pipe.outlet = cooled(takeOut(pipe, mass), ground, pipe.loss, flow);
  return pipe.outlet;
}
