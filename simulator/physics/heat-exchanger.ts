import { HEAT_CAPACITY } from './water.ts';

/** Flows in kg/s, temperatures of the inlets in °C; 1 primary (hot), 2 secondary. */
export interface Streams {
  readonly m1: number;
  readonly t1: number;
  readonly m2: number;
  readonly t2: number;
}

/** Heat in W and outlet temperatures in °C. */
export interface Exchange {
  readonly heat: number;
  readonly t1: number;
  readonly t2: number;
}

/** Effectiveness of a counterflow heat exchanger; `ratio` = smaller over larger capacity rate, 0..1. */
export function effectiveness(ntu: number, ratio: number): number {
  if (ratio > 1 - 1e-6) return ntu / (1 + ntu);
  const e = Math.exp(-ntu * (1 - ratio));
  return (1 - e) / (1 - ratio * e);
}

/** UA at part load and with fouling: UA0 f1^0.7 f2^0.7 / (1 + UA0 Rf); f = flow over design flow, `fouling` = UA0 Rf. */
export const conductance = (ua0: number, f1: number, f2: number, fouling: number): number => (ua0 * f1 ** 0.7 * f2 ** 0.7) / (1 + fouling);

/** Counterflow eps-NTU; no heat where a stream stands still. `ua` in W/K. */
export function exchange(ua: number, { m1, t1, m2, t2 }: Streams): Exchange {
  const c1 = m1 * HEAT_CAPACITY;
  const c2 = m2 * HEAT_CAPACITY;
  const least = Math.min(c1, c2);
  if (least <= 1e-6) return { heat: 0, t1, t2 };
  const heat = effectiveness(ua / least, least / Math.max(c1, c2)) * least * (t1 - t2);
  return { heat, t1: t1 - heat / c1, t2: t2 + heat / c2 };
}
