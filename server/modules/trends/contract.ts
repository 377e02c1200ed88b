import Type, { type Static } from 'typebox';
import { route } from '#domain/contract.ts';

const value = Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]);
const quality = Type.Union([Type.Literal('good'), Type.Literal('uncertain'), Type.Literal('bad')]);

/** One tag's samples in columns of the same length. A gap is a `null` with quality bad. */
const seriesView = Type.Object({
  tag: Type.String(),
  unit: Type.String(),
  at: Type.Array(Type.Integer(), { description: 'UTC milliseconds since 1970, ascending' }),
  value: Type.Array(value),
  quality: Type.Array(quality),
});
export type SeriesView = Static<typeof seriesView>;

export const contract = {
  history: route({
    method: 'GET',
    path: '/api/history',
    summary: {
      zh: '历史曲线：按像素保留最大最小值的序列，或 CSV 原始值',
      en: 'Trends: series with minimum and maximum kept for each pixel, or raw values as CSV',
    },
    access: 'live.read',
    query: Type.Object({
      tags: Type.String({ minLength: 1, maxLength: 5000, description: 'ids separated by commas, at most 50' }),
      from: Type.String({ maxLength: 40, description: 'ISO 8601 or UTC milliseconds; included' }),
      to: Type.String({ maxLength: 40, description: 'ISO 8601 or UTC milliseconds; not included' }),
      points: Type.Optional(
        Type.Integer({ minimum: 3, maximum: 20_000, description: 'at most so many points a tag; default 2000 for JSON, raw for CSV' }),
      ),
      format: Type.Optional(Type.Enum(['json', 'csv'], { description: 'for a link, which cannot ask by Accept' })),
      zone: Type.Optional(Type.String({ maxLength: 40, description: 'IANA time zone of the CSV; default Asia/Shanghai' })),
    }),
    response: Type.Object({ from: Type.Integer(), to: Type.Integer(), series: Type.Array(seriesView) }),
    produces: ['text/csv'],
    errors: ['TAG_UNKNOWN', 'LIST_TOO_LONG', 'TIME_INVALID', 'RANGE_EMPTY', 'ZONE_UNKNOWN'],
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
};
