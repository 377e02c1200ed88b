/** First-order lag, exact for any step: where `value` is after `dt` seconds on its way to `target` with time constant `tau` seconds. */
export const lag = (value: number, target: number, dt: number, tau: number): number => target + (value - target) * Math.exp(-dt / tau);

/** Moves towards `target` by at most `rate` per second. */
export const ramp = (value: number, target: number, dt: number, rate: number): number =>
  value + Math.max(-rate * dt, Math.min(rate * dt, target - value));

export const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** One step of an Ornstein-Uhlenbeck process with mean 0, standard deviation `sd` and correlation time `tau` seconds. */
export function drift(value: number, dt: number, tau: number, sd: number, normal: number): number {
  const keep = Math.exp(-dt / tau);
  return value * keep + sd * Math.sqrt(1 - keep * keep) * normal;
}
