import { join } from 'node:path';
import { contract } from '#contract/trends';
import type { Season } from '#domain/history/buckets.ts';
import type { Zone } from '#domain/history/zone.ts';
import { defineModule, Reply } from '../../define-module.ts';
import type { History, TagDictionary } from '../../services.ts';
import { aggregated } from './aggregates.ts';
import { annotationHandlers } from './annotations.ts';
import { sampleAsOf } from './as-of.ts';
import { auditEnd, exportHandlers } from './exports.ts';
import { csvHeader, csvRows, zoneClock } from './csv.ts';
import { planOf, tagsOf, timeOf } from './plan.ts';
import { tableOf, type Table } from './table.ts';
import { viewHandlers } from './views.ts';
import { Works } from './works.ts';

const DEFAULT_POINTS = 2000;
/** How often exports that are a day old are looked for, ms. */
const SWEEP_EVERY = 3_600_000;

/** Only what a client asks for by name, before JSON. */
function wantsCsv(accept: string): boolean {
  const csv = accept.indexOf('text/csv');
  const json = accept.indexOf('application/json');
  return csv >= 0 && (json < 0 || csv < json);
}

async function* csv({ columns, pieces }: Table, zone: Zone, language: 'zh' | 'en'): AsyncGenerator<string, void, void> {
  yield csvHeader(columns, zone.name, language);
  const clock = zoneClock(zone);
  for await (const piece of pieces) {
    const rows = csvRows(piece.columns, clock);
    if (rows !== '') yield rows;
  }
}

export interface TrendsNeeds {
  readonly history: History;
  readonly dictionary: TagDictionary;
  readonly season: Season;
  /** Exported files lie in its folder `exports` for a day. */
  readonly dataFolder: string;
}

/** 历史曲线: what is stored, for pictures (JSON) and spreadsheets (CSV). */
export const trendsModule = defineModule<typeof contract, TrendsNeeds>({
  name: 'trends',
  contract,
  async start(context) {
    const { history, dictionary, season, clock, store, dataFolder, log } = context;
    await store.ensureIndex('trend-annotations', ['at']);
    const works = new Works(context, join(dataFolder, 'exports'), (work) => auditEnd(context.audit, work));
    await works.open();
    const timer = setInterval(() => {
      works.sweep().catch((error: unknown) => log.error({ err: error }, 'old exports could not be removed'));
    }, SWEEP_EVERY);
    return {
      async [Symbol.asyncDispose]() {
        clearInterval(timer);
        await works.close();
      },
      handlers: {
        ...annotationHandlers(context, dictionary),
        ...viewHandlers(context),
        ...exportHandlers(context, works),
        async history({ query, accept, language, signal }) {
          const plan = planOf(query, dictionary, season);
          const { tags, from, to, zone, buckets } = plan;
          const reading = { history, signal, now: clock.now() };
          if (query.format === undefined ? wantsCsv(accept) : query.format === 'csv') {
            const { points } = query;
            const table = tableOf(plan, { ...reading, ...(points === undefined ? {} : { points }) });
            const headers = {
              'content-type': 'text/csv; charset=utf-8',
              'content-disposition': 'attachment; filename="history.csv"',
              'x-content-type-options': 'nosniff',
            };
            return new Reply({ from, to, series: [] }, { headers, stream: csv(table, zone, language) });
          }
          if (buckets) {
            const series = await aggregated(tags, buckets, reading);
            return {
              from,
              to,
              series: series.map((one) => ({
                ...one,
                at: [...one.at],
                until: [...one.until],
                value: [...one.value],
                quality: [...one.quality],
              })),
            };
          }
          const series = await history.read(
            tags.map((tag) => tag.id),
            from,
            to,
            { points: query.points ?? DEFAULT_POINTS, signal },
          );
          return {
            from,
            to,
            series: series.map(({ tag, at, value, quality }, i) => ({
              tag,
              unit: tags[i]?.unit ?? '',
              at: [...at],
              value: [...value],
              quality: [...quality],
            })),
          };
        },
        async asof({ query, signal }) {
          const at = query.at === undefined ? clock.now() : timeOf(query.at, 'at');
          const items = await Promise.all(
            tagsOf(query.tags, dictionary).map(async (tag) => {
              const found = await sampleAsOf(history, tag, at, { signal });
              const sample = found ? { at: found.at, value: found.value, quality: found.quality, age: at - found.at } : null;
              return { tag: tag.id, unit: tag.unit, sample };
            }),
          );
          return { at, items };
        },
      },
    };
  },
});
