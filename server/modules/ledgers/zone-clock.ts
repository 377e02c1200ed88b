import { Problem } from '#domain/errors.ts';

/** Local time of a zone, `2026-01-10 18:00:00+08:00`. @throws Problem ZONE_UNKNOWN */
export function localTime(zone: string): (at: number) => string {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch (error) {
    throw new Problem('ZONE_UNKNOWN', 400, `there is no time zone "${zone}"`, { place: { path: 'zone' }, cause: error });
  }
  return (at) => {
    const name =
      format
        .formatToParts(at)
        .find((part) => part.type === 'timeZoneName')
        ?.value.slice(3) ?? '';
    const offset = name === '' ? '+00:00' : name.slice(0, 6);
    const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
    const shift = (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
    return new Date(at + shift).toISOString().slice(0, 19).replace('T', ' ') + offset;
  };
}
