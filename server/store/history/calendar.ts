import type { Millis } from '#domain/time.ts';

/*
 * Days and months of the files are those of Beijing time (UTC+8): China has one zone and no summer time, so a day is always 24 hours.
 */
export const DAY_MILLIS = 86_400_000;
export const HOUR_MILLIS = 3_600_000;
const OFFSET = 8 * HOUR_MILLIS;

/** Days since 1970-01-01, Beijing time. */
export const dayOf = (at: Millis): number => Math.floor((at + OFFSET) / DAY_MILLIS);
export const dayStart = (day: number): Millis => day * DAY_MILLIS - OFFSET;

/** `2026-01` of a day. */
export const monthOf = (day: number): string => new Date(day * DAY_MILLIS).toISOString().slice(0, 7);

/** First day of a month and of the next one. */
export function monthDays(month: string): readonly [number, number] {
  const year = Number(month.slice(0, 4));
  const index = Number(month.slice(5, 7));
  return [Date.UTC(year, index - 1, 1) / DAY_MILLIS, Date.UTC(year, index, 1) / DAY_MILLIS];
}
