import { GRAVITY } from './water.ts';

/** H = H0 (n/n0)^2 - a Q^2; heads in m, flow in m3/s, frequency in Hz. */
export interface PumpDesign {
  readonly head: number;
  readonly curve: number;
  readonly frequency: number;
}

/** Flow in m3/s against a network of head loss K Q^2 (`resistance` K in s2/m5; Infinity = closed). */
export function pumpFlow(pump: PumpDesign, frequency: number, resistance: number): number {
  if (!Number.isFinite(resistance) || frequency <= 0) return 0;
  const shutOff = pump.head * (frequency / pump.frequency) ** 2;
  return Math.sqrt(shutOff / (pump.curve + resistance));
}

/** Head in m at a flow in m3/s, never negative. */
export const pumpHead = (pump: PumpDesign, frequency: number, flow: number): number =>
  Math.max(0, pump.head * (frequency / pump.frequency) ** 2 - pump.curve * flow * flow);

/** Shaft power in W: rho g Q H / eta. */
export const pumpPower = (rho: number, flow: number, head: number, efficiency: number): number =>
  (rho * GRAVITY * flow * head) / efficiency;
