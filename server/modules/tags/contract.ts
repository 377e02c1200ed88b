import Type, { type Static } from 'typebox';
import { route } from '#domain/contract.ts';

const text = Type.Object({ zh: Type.String(), en: Type.String() });
const value = Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]);
const quality = Type.Union([Type.Literal('good'), Type.Literal('uncertain'), Type.Literal('bad')]);
const tagId = Type.String({ minLength: 1, maxLength: 100, description: 'id or alias: `STA007.UNT02.2T_S`, `HZ.E01.STA007.UNT02.2T_S`' });

/** 点位 as pages and scripts see it. */
const tagView = Type.Object({
  id: Type.String(),
  aliases: Type.Array(Type.String()),
  label: text,
  asset: Type.String(),
  measurand: Type.String({ description: 'code of the measured quantity: `2T_S`' }),
  type: Type.Union([Type.Literal('number'), Type.Literal('boolean'), Type.Literal('string')]),
  unit: Type.String({ description: 'empty for states' }),
  range: Type.Optional(Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: 'in the unit' })),
  decimals: Type.Integer(),
  limits: Type.Optional(
    Type.Object({
      ll: Type.Optional(Type.Number()),
      l: Type.Optional(Type.Number()),
      h: Type.Optional(Type.Number()),
      hh: Type.Optional(Type.Number()),
    }),
  ),
  every: Type.Number({ description: 'seconds between two samples in normal running' }),
  writable: Type.Boolean({ description: 'the gate lists it: commands are possible' }),
});
export type TagView = Static<typeof tagView>;

/** The last value of a tag; all but `tag` are missing until a first sample comes. */
const liveView = Type.Object({
  tag: Type.String(),
  at: Type.Optional(Type.String({ format: 'date-time' })),
  value: Type.Optional(value),
  quality: Type.Optional(quality),
  age: Type.Optional(Type.Integer({ description: 'milliseconds since `at`, by the server`s clock' })),
  unit: Type.String(),
});
export type LiveView = Static<typeof liveView>;

const assetView = Type.Object({
  id: Type.String(),
  type: Type.String({ description: 'enterprise, source, chp, boiler, network, station, unit, building, household, weather' }),
  label: text,
  parent: Type.Optional(Type.String()),
});
export type AssetView = Static<typeof assetView>;

const exampleTag = {
  id: 'STA007.UNT02.2T_S',
  aliases: ['HZ.E01.STA007.UNT02.2T_S'],
  label: { zh: '枫林苑2号机组 · 二次供温', en: 'Fenglin Court unit 2 · secondary supply temperature' },
  asset: 'STA007.UNT02',
  measurand: '2T_S',
  type: 'number' as const,
  unit: '°C',
  range: [0, 100],
  decimals: 1,
  limits: { ll: 25, l: 30, h: 65, hh: 75 },
  every: 10,
  writable: false,
};
const exampleLive = {
  tag: 'STA007.UNT02.2T_S',
  at: '2026-01-10T18:00:00.000Z',
  value: 46.2,
  quality: 'good' as const,
  age: 1200,
  unit: '°C',
};

/** Fields of `filter` and `sort` of the list. */
export const TAG_FIELDS = {
  id: 'string',
  asset: 'string',
  measurand: 'string',
  type: 'string',
  unit: 'string',
  writable: 'boolean',
  every: 'number',
} as const;

export const contract = {
  list: route({
    method: 'GET',
    path: '/api/tags',
    summary: { zh: '点位定义列表，可按名称、编码、拼音首字母查找', en: 'Tag definitions; found by name, code or initials of the pinyin' },
    access: 'live.read',
    query: Type.Object({
      q: Type.Optional(
        Type.String({ maxLength: 100, description: 'words, all of which must be found: `枫林苑 供温`, `fly gw`, `STA007 2T_S`' }),
      ),
      filter: Type.Optional(Type.String({ maxLength: 1000, description: '`asset:eq:STA007.UNT02;measurand:in:2T_S,2T_R`' })),
      sort: Type.Optional(Type.String({ maxLength: 40, description: 'a field, `-` before it for descending' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      after: Type.Optional(Type.String({ maxLength: 500, description: 'cursor `next` of the page before' })),
    }),
    response: Type.Object({ items: Type.Array(tagView), total: Type.Integer(), next: Type.Optional(Type.String()) }),
    errors: ['FILTER_SYNTAX', 'FILTER_FIELD', 'FILTER_VALUE', 'LIST_CURSOR'],
    example: { response: { items: [exampleTag], total: 1 } },
  }),
  tag: route({
    method: 'GET',
    path: '/api/tags/:tag',
    summary: { zh: '点位定义', en: 'One tag definition' },
    access: 'live.read',
    params: Type.Object({ tag: tagId }),
    response: tagView,
    errors: ['TAG_UNKNOWN'],
    example: { response: exampleTag },
  }),
  tagLive: route({
    method: 'GET',
    path: '/api/tags/:tag/live',
    summary: { zh: '点位的最新值', en: 'Last value of a tag' },
    access: 'live.read',
    params: Type.Object({ tag: tagId }),
    response: liveView,
    errors: ['TAG_UNKNOWN'],
    example: { response: exampleLive },
  }),
  live: route({
    method: 'GET',
    path: '/api/live',
    summary: { zh: '多个点位的最新值', en: 'Last values of several tags' },
    access: 'live.read',
    query: Type.Object({ tags: Type.String({ minLength: 1, maxLength: 20_000, description: 'ids separated by commas, at most 500' }) }),
    response: Type.Object({ items: Type.Array(liveView) }),
    errors: ['TAG_UNKNOWN', 'LIST_TOO_LONG'],
    example: { response: { items: [exampleLive] } },
  }),
  assets: route({
    method: 'GET',
    path: '/api/assets',
    summary: { zh: '资产树', en: 'The hierarchy of assets' },
    access: 'live.read',
    response: Type.Object({ items: Type.Array(assetView) }),
    example: {
      response: { items: [{ id: 'STA007', type: 'station', label: { zh: '枫林苑换热站', en: 'Fenglin Court station' }, parent: 'E01' }] },
    },
  }),
};
