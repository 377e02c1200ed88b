/** UTC milliseconds since 1970. */
export type Millis = number;

/** A duration as people write it: `'30s'`, `'5m'`, `'2h'`, `'1d'`, `'250ms'`, or ISO 8601 (`'PT15M'`). */
export type Duration = string;

/** Time is passed in, never read from the host, so that tests and replays are exact. */
export interface Clock {
  /** Wall time, UTC milliseconds. */
  now(): Millis;
  /** Milliseconds that never go back; only differences have a meaning. */
  monotonic(): number;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SHORT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Milliseconds of a duration, or undefined if it is none (the caller knows the place for the error). */
export function parseDuration(text: string): number | undefined {
  const short = SHORT.exec(text);
  if (short) return Math.round(Number(short[1]) * (UNITS[short[2] ?? ''] ?? Number.NaN));
  const iso = ISO.exec(text);
  if (!iso || text === 'P' || text.endsWith('T')) return undefined;
  const [weeks, days, hours, minutes, seconds] = iso.slice(1).map((part) => Number(part ?? 0));
  return Math.round(
    (weeks ?? 0) * 604_800_000 + (days ?? 0) * 86_400_000 + (hours ?? 0) * 3_600_000 + (minutes ?? 0) * 60_000 + (seconds ?? 0) * 1000,
  );
}
