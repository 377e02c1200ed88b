import { Problem } from '#domain/errors.ts';
import { localText, zoneOf } from '#domain/history/zone.ts';

/** Local time of a zone, `2026-01-10 18:00:00+08:00`. @throws Problem ZONE_UNKNOWN */
export function localTime(name: string): (at: number) => string {
  const zone = zoneOf(name);
  if (!zone) throw new Problem('ZONE_UNKNOWN', 400, `there is no time zone "${name}"`, { place: { path: 'zone' } });
  return (at) => localText(zone, at).replace(/\.\d{3}/, '');
}
