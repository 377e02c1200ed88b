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

const person = Type.Object({ id: Type.String(), name: Type.String() });
const annotationBody = Type.Object({
  tags: Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 50, uniqueItems: true }),
  at: Type.Integer({ minimum: 0, description: 'UTC milliseconds' }),
  until: Type.Optional(Type.Integer({ minimum: 0, description: 'of a span its end' })),
  text: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }),
});
const annotationView = Type.Object({
  ...annotationBody.properties,
  id: Type.String(),
  ver: Type.Integer({ description: 'send it as If-Match: "1"' }),
  by: person,
  changed: Type.Integer({ description: 'when it was written last, UTC milliseconds' }),
});
/** 批注: what a person noted at a moment or a span of some tags. */
export type AnnotationView = Static<typeof annotationView>;

const viewBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 80, pattern: '\\S' }),
  shared: Type.Boolean({ description: 'shown to everyone who may see trends' }),
  search: Type.String({ maxLength: 4000, description: 'query of the page: `tags=...&range=7d`' }),
});
const savedView = Type.Object({ ...viewBody.properties, id: Type.String(), ver: Type.Integer(), by: person, changed: Type.Integer() });
/** 视图: an address of the trends page under a name. */
export type SavedView = Static<typeof savedView>;

export const workView = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  state: Type.Enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  progress: Type.Number({ minimum: 0, maximum: 1 }),
  created: Type.String({ description: 'ISO 8601' }),
  ended: Type.Optional(Type.String({ description: 'ISO 8601; a day later it is removed' })),
  result: Type.Optional(Type.String({ description: 'where the file is' })),
  name: Type.Optional(Type.String()),
  size: Type.Optional(Type.Integer({ description: 'bytes' })),
  code: Type.Optional(Type.String({ description: 'why it failed' })),
});
/** 后台任务: what runs after the answer 202. */
export type WorkView = Static<typeof workView>;

const exampleWork = {
  id: '01J',
  kind: 'history-export',
  state: 'done' as const,
  progress: 1,
  created: '2026-01-10T18:00:00.000Z',
  ended: '2026-01-10T18:00:02.000Z',
  result: '/api/history/exports/01J/file',
  name: 'history-2026-01-10-2026-01-10.xlsx',
  size: 18_204,
};

const exampleAnnotation = {
  id: '01J',
  ver: 1,
  tags: ['STA007.UNT02.2T_S'],
  at: 1_768_068_000_000,
  text: '更换温度传感器',
  by: { id: 'dispatcher', name: '王建军' },
  changed: 1_768_068_060_000,
};
const exampleView = {
  id: '01J',
  ver: 1,
  name: '全网供回温与室外',
  shared: true,
  search: 'tags=SRC001.T_S,WX001.AT&range=7d',
  by: { id: 'dispatcher', name: '王建军' },
  changed: 1_768_068_060_000,
};

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
  annotations: route({
    method: 'GET',
    path: '/api/history/annotations',
    summary: { zh: '时间范围内的批注', en: 'Annotations of tags in a range' },
    access: 'live.read',
    query: Type.Object({ tags: tagList, from: moment('ISO 8601 or UTC milliseconds'), to: moment('ISO 8601 or UTC milliseconds') }),
    response: Type.Object({ items: Type.Array(annotationView) }),
    errors: ['TAG_UNKNOWN', 'LIST_TOO_LONG', 'TIME_INVALID', 'RANGE_EMPTY'],
    example: { response: { items: [exampleAnnotation] } },
  }),
  addAnnotation: route({
    method: 'POST',
    path: '/api/history/annotations',
    summary: { zh: '添加批注', en: 'Add an annotation' },
    access: 'live.read',
    body: annotationBody,
    response: annotationView,
    status: 201,
    errors: ['TAG_UNKNOWN', 'RANGE_EMPTY', 'PERSON_NEEDED'],
    example: { body: { tags: ['STA007.UNT02.2T_S'], at: 1_768_068_000_000, text: '更换温度传感器' }, response: exampleAnnotation },
  }),
  changeAnnotation: route({
    method: 'PUT',
    path: '/api/history/annotations/:id',
    summary: { zh: '修改自己的批注', en: "Change one's own annotation" },
    access: 'live.read',
    params: Type.Object({ id: Type.String({ maxLength: 40 }) }),
    body: annotationBody,
    response: annotationView,
    errors: ['ANNOTATION_UNKNOWN', 'NOT_YOURS', 'TAG_UNKNOWN', 'RANGE_EMPTY', 'PERSON_NEEDED', 'IF_MATCH_MISSING', 'IF_MATCH_STALE'],
    example: { body: { tags: ['STA007.UNT02.2T_S'], at: 1_768_068_000_000, text: '更换温度传感器' }, response: exampleAnnotation },
  }),
  removeAnnotation: route({
    method: 'DELETE',
    path: '/api/history/annotations/:id',
    summary: { zh: '删除自己的批注', en: "Remove one's own annotation" },
    access: 'live.read',
    params: Type.Object({ id: Type.String({ maxLength: 40 }) }),
    status: 204,
    errors: ['ANNOTATION_UNKNOWN', 'NOT_YOURS', 'PERSON_NEEDED'],
  }),
  views: route({
    method: 'GET',
    path: '/api/history/views',
    summary: { zh: '自己的和共享的曲线视图', en: "One's own saved views of trends and the shared ones" },
    access: 'live.read',
    response: Type.Object({ items: Type.Array(savedView) }),
    example: { response: { items: [exampleView] } },
  }),
  addView: route({
    method: 'POST',
    path: '/api/history/views',
    summary: { zh: '保存曲线视图', en: 'Save a view of trends' },
    access: 'live.read',
    body: viewBody,
    response: savedView,
    status: 201,
    errors: ['PERSON_NEEDED', 'VIEWS_FULL'],
    example: { body: { name: '全网供回温与室外', shared: true, search: 'tags=SRC001.T_S,WX001.AT&range=7d' }, response: exampleView },
  }),
  changeView: route({
    method: 'PUT',
    path: '/api/history/views/:id',
    summary: { zh: '修改自己的曲线视图', en: "Change one's own view" },
    access: 'live.read',
    params: Type.Object({ id: Type.String({ maxLength: 40 }) }),
    body: viewBody,
    response: savedView,
    errors: ['VIEW_UNKNOWN', 'NOT_YOURS', 'PERSON_NEEDED', 'IF_MATCH_MISSING', 'IF_MATCH_STALE'],
    example: { body: { name: '全网供回温与室外', shared: true, search: 'tags=SRC001.T_S,WX001.AT&range=7d' }, response: exampleView },
  }),
  removeView: route({
    method: 'DELETE',
    path: '/api/history/views/:id',
    summary: { zh: '删除自己的曲线视图', en: "Remove one's own view" },
    access: 'live.read',
    params: Type.Object({ id: Type.String({ maxLength: 40 }) }),
    status: 204,
    errors: ['VIEW_UNKNOWN', 'NOT_YOURS', 'PERSON_NEEDED'],
  }),
  exportHistory: route({
    method: 'POST',
    path: '/api/history/exports',
    summary: {
      zh: '导出历史为 CSV、XLSX 或 Parquet 文件（后台进行）',
      en: 'Export history to a CSV, XLSX or Parquet file, in the background',
    },
    access: 'export.request',
    body: Type.Object({
      tags: Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 50, uniqueItems: true }),
      from: moment('ISO 8601 or UTC milliseconds; included'),
      to: moment('ISO 8601 or UTC milliseconds; not included'),
      format: Type.Enum(['csv', 'xlsx', 'parquet']),
      ...aggregation,
    }),
    response: workView,
    status: 202,
    errors: [
      'TAG_UNKNOWN',
      'TIME_INVALID',
      'RANGE_EMPTY',
      'ZONE_UNKNOWN',
      'AGGREGATE_INVALID',
      'BUCKETS_TOO_MANY',
      'RIGHT_MISSING',
      'WORK_FULL',
    ],
    example: {
      body: {
        tags: ['STA007.UNT02.2T_S'],
        from: '2026-01-10T00:00:00+08:00',
        to: '2026-01-11T00:00:00+08:00',
        format: 'xlsx',
        every: '1h',
      },
      response: { ...exampleWork, state: 'queued', progress: 0 },
    },
  }),
  exportFile: route({
    method: 'GET',
    path: '/api/history/exports/:id/file',
    summary: { zh: '下载导出的文件', en: 'The exported file' },
    access: 'export.request',
    params: Type.Object({ id: Type.String({ maxLength: 40 }) }),
    produces: ['text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'application/vnd.apache.parquet'],
    errors: ['WORK_UNKNOWN', 'WORK_NOT_DONE'],
  }),
  work: route({
    method: 'GET',
    path: '/api/work/:id',
    summary: { zh: '后台任务的进度与结果', en: 'Progress and result of a work in the background' },
    access: 'export.request',
    params: Type.Object({ id: Type.String({ maxLength: 40 }) }),
    response: workView,
    errors: ['WORK_UNKNOWN'],
    example: { response: exampleWork },
  }),
  cancelWork: route({
    method: 'DELETE',
    path: '/api/work/:id',
    summary: { zh: '取消后台任务，或删除其结果', en: 'Cancel a work in the background, or remove its result' },
    access: 'export.request',
    params: Type.Object({ id: Type.String({ maxLength: 40 }) }),
    status: 204,
    errors: ['WORK_UNKNOWN'],
  }),
};
