import type { AlarmDefinition } from '#domain/alarm/definition.ts';
import { parseDefinition } from '#domain/alarm/parse.ts';
import type { TagDefinition } from '#domain/tag.ts';
import { demoPlant } from '#plants/demo.ts';
import { shippedAlarms } from '#rules/index.ts';

export const STATIONS = 1000;
export const TAGS_A_STATION = 60;
const MODEL = 'STA001';
/** Eight shipped rules of every kind but `rate`, which no station has: fourteen alarms a station. */
const RULES = ['communication', 'no-answer', 'heartbeat', 'power', 'stopped', 'TANK_L', 'UNT01.2T_S', 'UNT01.2T_S-deviation'].map(
  (rule) => `${MODEL}.${rule}`,
);

export const stationOf = (index: number): string => `STA${String(index + 1).padStart(4, '0')}`;
const stations = Array.from({ length: STATIONS }, (_, index) => stationOf(index));

/** The first sixty tags of a demo station: both units before their households. */
const own = demoPlant.tags.filter((tag) => tag.asset.startsWith(MODEL));
export const modelTags: readonly TagDefinition[] = own
  .toSorted((a, b) => Number(a.asset.includes('.USR')) - Number(b.asset.includes('.USR')))
  .slice(0, TAGS_A_STATION);

export const renamed = (id: string, station: string): string => station + id.slice(MODEL.length);

/** 1,000 stations with 60 tags each. */
export const benchTags = (): ReadonlyMap<string, TagDefinition> =>
  new Map(
    stations.flatMap((station) =>
      modelTags.map((tag) => {
        const id = renamed(tag.id, station);
        return [id, { ...tag, id, asset: renamed(tag.asset, station) }] as const;
      }),
    ),
  );

/** 8,000 definitions. */
export function benchAlarms(): readonly AlarmDefinition[] {
  const model = JSON.stringify(shippedAlarms(demoPlant).filter(({ id }) => RULES.includes(id)));
  return stations.flatMap((station) => {
    const definitions: unknown = JSON.parse(model.replaceAll(`"${MODEL}`, `"${station}`));
    if (!Array.isArray(definitions) || definitions.length !== RULES.length) throw new Error('a rule of the benchmark is no longer shipped');
    return definitions.map((one) => parseDefinition(one, '', new Map()));
  });
}
