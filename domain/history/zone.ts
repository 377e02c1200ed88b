import type { Millis } from '../time.ts';

/** 时区: how far local time is ahead of UTC at a moment, ms. */
export interface Zone {
  readonly name: string;
  offset(at: Millis): number;
}

const QUARTER = 900_000;
const DAY = 86_400_000;

/** A zone of the IANA data base, undefined if there is none of that name. */
export function zoneOf(name: string): Zone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
  // Every offset of the world changes on a quarter of an hour.
  let quarter = Number.NaN;
  let offset = 0;
  return {
    name,
    offset(at) {
      const here = Math.floor(at / QUARTER);
      if (here === quarter) return offset;
      quarter = here;
      const text = format.formatToParts(here * QUARTER).find((part) => part.type === 'timeZoneName')?.value ?? '';
      const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d+):(\d+)/.exec(text) ?? [];
      offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
      return offset;
    },
  };
}

const two = (n: number): string => String(n).padStart(2, '0');

/** Local time with its offset, `2026-01-10 18:00:00.000+08:00`. */
export function localText(zone: Zone, at: Millis): string {
  const offset = zone.offset(at);
  const minutes = Math.abs(offset) / 60_000;
  const sign = `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return new Date(at + offset).toISOString().replace('T', ' ').replace('Z', sign);
}

/** Local time as if it were UTC: its year, month, day and clock are read with the UTC getters of Date. */
export const toLocal = (zone: Zone, at: Millis): Millis => at + zone.offset(at);

/** The moment of a local time; of one that comes twice the first, of one that is skipped the end of the gap. */
export function fromLocal(zone: Zone, local: Millis): Millis {
  const before = zone.offset(local - DAY);
  const after = zone.offset(local + DAY);
  const early = local - Math.max(before, after);
  const late = local - Math.min(before, after);
  if (toLocal(zone, early) === local) return early;
  if (toLocal(zone, late) === local) return late;
  let [low, high] = [early, late];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.offset(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}
