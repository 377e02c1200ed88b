import type { Value } from '#domain/sample.ts';

const THIN = '\u2009';
const MINUS = '\u2212';

/** A number as the control room writes it: fixed decimals, thin space for thousands, true minus. */
export function formatNumber(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return '—';
  const rounded = value.toFixed(decimals);
  const negative = rounded.startsWith('-') && Number(rounded) !== 0;
  const [whole = '0', fraction] = rounded.replace('-', '').split('.');
  const grouped = whole.length > 3 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
  return `${negative ? MINUS : ''}${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}

export interface Words {
  readonly on: string;
  readonly off: string;
}

/** Any tag value as text; `—` where there is none. */
export function formatValue(value: Value | undefined, decimals: number, words: Words): string {
  if (value === undefined || value === null) return '—';
  if (typeof value === 'boolean') return value ? words.on : words.off;
  return typeof value === 'number' ? formatNumber(value, decimals) : value;
}

/** The unit as it is printed: the degree sign as one character. */
export const formatUnit = (unit: string): string => (unit === '°C' ? '℃' : unit);

const two = (n: number): string => String(n).padStart(2, '0');

/** Local wall time `18:31:42`. */
export function formatTime(at: number, seconds = true): string {
  const d = new Date(at);
  return `${two(d.getHours())}:${two(d.getMinutes())}${seconds ? `:${two(d.getSeconds())}` : ''}`;
}

/** Local date and time `2026-11-20 18:31:42`. */
export function formatDateTime(at: number): string {
  const d = new Date(at);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${formatTime(at)}`;
}

/** Time today, `11-20 18:31` on another day. */
export function formatWhen(at: number, now: number): string {
  const d = new Date(at);
  const n = new Date(now);
  const sameDay = d.getFullYear() === n.getFullYear() && d.getMonth() === n.getMonth() && d.getDate() === n.getDate();
  return sameDay ? formatTime(at) : `${two(d.getMonth() + 1)}-${two(d.getDate())} ${formatTime(at, false)}`;
}

/** A span as a clock: `00:25`, `11:42`, `1:02:03`, `2 d 03:10`. */
export function formatClock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const days = Math.floor(total / 86_400);
  const hours = Math.floor((total % 86_400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  if (days > 0) return `${days}${THIN}d ${two(hours)}:${two(minutes)}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${two(minutes)}:${two(total % 60)}`;
}

/** A span in one unit: `1 s`, `4 min`, `2 h`. */
export function formatAge(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 120) return `${s}${THIN}s`;
  if (s < 7200) return `${Math.round(s / 60)}${THIN}min`;
  return s < 172_800 ? `${Math.round(s / 3600)}${THIN}h` : `${Math.round(s / 86_400)}${THIN}d`;
}

/** A value is stale after three of its cycles, 15 s at least. */
export const isStale = (at: number, every: number, now: number): boolean => now - at > Math.max(15_000, every * 3000);

/** Position of a value in a range, 0 to 1, clamped. */
export const share = (value: number, min: number, max: number): number =>
  max <= min ? 0 : Math.min(1, Math.max(0, (value - min) / (max - min)));
