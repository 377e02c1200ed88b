/**
 * Heating curve of a radiator or floor network with constant flow (贺平等《供热工程》, quality regulation; algorithms.md 1):
 *   tg = tn + 0.5 (tg' + th' - 2 tn) Q^(1/(1+b)) + 0.5 (tg' - th') Q,   th the same with minus,   Q = (tn - tw)/(tn - tw')
 * Temperatures in °C; primed = design.
 */
export interface CurveParams {
  /** Room temperature that is aimed at, and design values of outdoor, supply and return. */
  readonly room: number;
  readonly designOutdoor: number;
  readonly designSupply: number;
  readonly designReturn: number;
  /** Exponent of the emitter: about 0.3 radiators, 0.1 floor. */
  readonly exponent: number;
  /** Parallel shift of the curve, K. */
  readonly shift: number;
  /** Limits of the result. */
  readonly min: number;
  readonly max: number;
}

export interface CurvePoint {
  readonly supply: number;
  readonly return: number;
  /** Relative load, 0 = none, 1 = design. */
  readonly load: number;
}

/** Supply and return temperature for an outdoor temperature. No load below zero: a warm day asks for `min`. */
export function weatherCurve(params: CurveParams, outdoor: number): CurvePoint {
  const { room, designSupply, designReturn } = params;
  const load = Math.max(0, (room - outdoor) / (room - params.designOutdoor));
  const mean = 0.5 * (designSupply + designReturn - 2 * room) * load ** (1 / (1 + params.exponent));
  const spread = 0.5 * (designSupply - designReturn) * load;
  const supply = Math.min(params.max, Math.max(params.min, room + mean + spread + params.shift));
  return { supply, return: room + mean - spread, load };
}

/** First-order filter of the outdoor temperature; `tau` and `dt` in the same unit. The building feels the mean of hours, not of minutes. */
export function filterOutdoor(previous: number | undefined, outdoor: number, dt: number, tau: number): number {
  if (previous === undefined || tau <= 0) return outdoor;
  return previous + (outdoor - previous) * (1 - Math.exp(-dt / tau));
}
