import Type, { type Static } from 'typebox';
import { route } from '#domain/contract.ts';
import { EVERY } from '#domain/history/buckets.ts';

const value = Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]);
const quality = Type.Union([Type.Literal('good'), Type.Literal('uncertain'), Type.Literal('bad')]);

const tagList = Type.String({ minLength: 1, maxLength: 5000, description: 'ids separated by commas, at most 50' });
const moment = (description: string) => Type.String({ maxLength: 40, description });
const zone = Type.Optional(
  Type.String({ maxLength: 40, description: 'IANA time zone of the calendar and of the CSV; default Asia/Shanghai' }),
);
/** How to aggregate; the same in the query and in the body of an export. */
const aggregation = {
  every: Type.Optional(
    Type.Enum([...EVERY], { description: 'width of a bucket in the calendar of `zone`; from and to are widened to whole buckets' }),
  ),
  aggregate: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'one or more of mean, min, max, sum, count, first, last, timeMean, above, below, delta, p0 to p100; default mean',
    }),
  ),
  limit: Type.Optional(Type.Number({ description: 'limit of above and below, in the unit of the tag' })),
  rollover: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'delta: the count at which the counter begins at zero again' })),
  exchanges: Type.Optional(
    Type.String({ maxLength: 2000, description: 'delta: `time/last reading of the old meter/first reading of the new one;...`' }),
  ),
  zone,
};

/** One tag's samples in columns of the same length. A gap is a `null` with quality bad. */
const seriesView = Type.Object({
  tag: Type.String(),
  aggregate: Type.Optional(Type.String()),
  unit: Type.String({ description: 'of an aggregate its own: seconds for above and below, none for a count' }),
  at: Type.Array(Type.Integer(), { description: 'UTC milliseconds since 1970, ascending; begins of buckets' }),
  until: Type.Optional(Type.Array(Type.Integer(), { description: 'ends of buckets' })),
  value: Type.Array(value),
  quality: Type.Array(quality),
});
export type SeriesView = Static<typeof seriesView>;

export const asOfView = Type.Object({
  at: Type.Integer(),
  items: Type.Array(
    Type.Object({
      tag: Type.String(),
      unit: Type.String(),
      sample: Type.Union([
        Type.Object({
          at: Type.Integer(),
          value,
          quality,
          age: Type.Integer({ description: 'milliseconds between the sample and the time that was asked for' }),
        }),
        Type.Null(),
      ]),
    }),
  ),
});

export const contract = {
  history: route({
    method: 'GET',
    path: '/api/history',
    summary: {
      zh: '历史曲线：按像素保留最大最小值的序列、按日历聚合的序列，或 CSV',
      en: 'Trends: series with minimum and maximum kept for each pixel, aggregates by calendar buckets, or CSV',
    },
    access: 'live.read',
    query: Type.Object({
      tags: tagList,
      from: moment('ISO 8601 or UTC milliseconds; included'),
      to: moment('ISO 8601 or UTC milliseconds; not included'),
      ...aggregation,
      points: Type.Optional(
        Type.Integer({ minimum: 3, maximum: 20_000, description: 'at most so many points a tag; default 2000 for JSON, raw for CSV' }),
      ),
      format: Type.Optional(Type.Enum(['json', 'csv'], { description: 'for a link, which cannot ask by Accept' })),
    }),
    response: Type.Object({ from: Type.Integer(), to: Type.Integer(), series: Type.Array(seriesView) }),
    produces: ['text/csv'],
    errors: [
      'TAG_UNKNOWN',
      'LIST_TOO_LONG',
      'TIME_INVALID',
      'RANGE_EMPTY',
      'ZONE_UNKNOWN',
      'AGGREGATE_INVALID',
      'AGGREGATE_TAG',
      'BUCKETS_TOO_MANY',
      'EXCHANGES_INVALID',
    ],
    example: {
      response: {
        from: 1_768_068_000_000,
        to: 1_768_068_020_000,
        series: [
          {
            tag: 'STA007.UNT02.2T_S',
            unit: '°C',
            at: [1_768_068_000_000, 1_768_068_010_000],
            value: [46.2, 46.3],
            quality: ['good', 'good'],
          },
        ],
      },
    },
  }),
  asof: route({
    method: 'GET',
    path: '/api/history/asof',
    summary: { zh: '某一时刻各点位的最近采样值', en: 'The last sample of each tag at or before a time' },
    access: 'live.read',
    query: Type.Object({ tags: tagList, at: Type.Optional(moment('ISO 8601 or UTC milliseconds; default now')) }),
    response: asOfView,
    errors: ['TAG_UNKNOWN', 'LIST_TOO_LONG', 'TIME_INVALID'],
    example: {
      response: {
        at: 1_768_068_030_000,
        items: [{ tag: 'STA007.UNT02.2T_S', unit: '°C', sample: { at: 1_768_068_020_000, value: 46.3, quality: 'good', age: 10_000 } }],
      },
    },
  }),
};
