import { contract } from '#contract/trends';
import { Problem } from '#domain/errors.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { Millis } from '#domain/time.ts';
import { defineModule, Reply } from '../../define-module.ts';
import type { History, TagDictionary } from '../../services.ts';
import { csvHeader, csvRows, zoneClock } from './csv.ts';

const TAG_LIMIT = 50;
const DEFAULT_POINTS = 2000;
/** Samples that one piece of a CSV holds at most, about. */
const PIECE = 40_000;

function timeOf(text: string, path: string): Millis {
  const at = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isFinite(at))
    throw new Problem('TIME_INVALID', 400, `"${text}" is no time: ISO 8601 or UTC milliseconds`, { place: { path } });
  return at;
}

/** Only what a client asks for by name, before JSON. */
function wantsCsv(accept: string): boolean {
  const csv = accept.indexOf('text/csv');
  const json = accept.indexOf('application/json');
  return csv >= 0 && (json < 0 || csv < json);
}

interface Export {
  readonly history: History;
  readonly tags: readonly TagDefinition[];
  readonly from: Millis;
  readonly to: Millis;
  readonly points: number | undefined;
  readonly zone: string;
  readonly language: 'zh' | 'en';
  readonly signal: AbortSignal;
}

/** Raw values come in pieces of time, so that neither memory nor the event loop holds a long range. */
async function* csv(
  { history, tags, from, to, points, zone, language, signal }: Export,
  clock: (at: Millis) => string,
): AsyncGenerator<string, void, void> {
  yield csvHeader(
    tags.map(({ id, unit }) => ({ tag: id, unit })),
    zone,
    language,
  );
  const ids = tags.map((tag) => tag.id);
  const perMilli = tags.reduce((sum, tag) => sum + 1 / (tag.every * 1000), 0);
  const step = points === undefined ? Math.max(60_000, Math.floor(PIECE / perMilli)) : to - from;
  for (let start = from; start < to && !signal.aborted; start += step) {
    const series = await history.read(ids, start, Math.min(to, start + step), { signal, ...(points === undefined ? {} : { points }) });
    const rows = csvRows(series, clock);
    if (rows !== '') yield rows;
  }
}

/** 历史曲线: what is stored, for pictures (JSON) and spreadsheets (CSV). */
export const trendsModule = defineModule<typeof contract, { readonly history: History; readonly dictionary: TagDictionary }>({
  name: 'trends',
  contract,
  // oxlint-disable-next-line typescript/require-await -- the shape of a module
  async start({ history, dictionary }) {
    const tagsOf = (text: string): TagDefinition[] => {
      const ids = [...new Set(text.split(',').filter((id) => id !== ''))];
      if (ids.length > TAG_LIMIT) throw new Problem('LIST_TOO_LONG', 400, `at most ${TAG_LIMIT} tags at once`, { place: { path: 'tags' } });
      return ids.map((id) => {
        const tag = dictionary.tag(id);
        if (!tag) throw new Problem('TAG_UNKNOWN', 404, `there is no tag "${id}"`, { context: { tag: id } });
        return tag;
      });
    };
    return {
      handlers: {
        async history({ query, accept, language, signal }) {
          const tags = tagsOf(query.tags);
          const from = timeOf(query.from, 'from');
          const to = timeOf(query.to, 'to');
          if (to <= from) throw new Problem('RANGE_EMPTY', 400, '`to` must be later than `from`', { place: { path: 'to' } });
          if (query.format === undefined ? wantsCsv(accept) : query.format === 'csv') {
            const zone = query.zone ?? 'Asia/Shanghai';
            const stream = csv({ history, tags, from, to, points: query.points, zone, language, signal }, zoneClock(zone));
            const headers = {
              'content-type': 'text/csv; charset=utf-8',
              'content-disposition': 'attachment; filename="history.csv"',
              'x-content-type-options': 'nosniff',
            };
            return new Reply({ from, to, series: [] }, { headers, stream });
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
      },
    };
  },
});
