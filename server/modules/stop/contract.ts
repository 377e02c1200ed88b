import Type from 'typebox';
import type { Static } from 'typebox';
import { route } from '#domain/contract.ts';

const time = Type.String({ format: 'date-time' });

const deviceResult = Type.Object({
  target: Type.String({ description: 'the station whose controller was asked' }),
  result: Type.Union([Type.Literal('pending'), Type.Literal('done'), Type.Literal('failed'), Type.Literal('unknown')]),
  detail: Type.String(),
  ms: Type.Integer({ description: 'from the order to the known result' }),
});

/** 应急关停: `stopping` until every result is known, `stopped` latched, `released` after two persons reset it. */
const stopView = Type.Object({
  id: Type.String(),
  scope: Type.String(),
  label: Type.Object({ zh: Type.String(), en: Type.String() }),
  state: Type.Union([Type.Literal('stopping'), Type.Literal('stopped'), Type.Literal('resetting'), Type.Literal('released')]),
  at: time,
  by: Type.String(),
  results: Type.Array(deviceResult),
  firstReset: Type.Optional(Type.Object({ by: Type.String(), at: time })),
  releasedBy: Type.Optional(Type.Array(Type.String())),
  releasedAt: Type.Optional(time),
  resetResults: Type.Optional(Type.Array(deviceResult)),
  auditSpooled: Type.Boolean({ description: 'the audit store was down: entries wait in the spool' }),
});
export type StopView = Static<typeof stopView>;

const byId = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

/** 一键关停: one person stops, two reset; works with store, broker and workflow engine down. */
export const contract = {
  stop: route({
    method: 'POST',
    path: '/api/stop',
    summary: { zh: '一键关停热力站', en: 'Stop a station' },
    access: 'emergency.stop',
    body: Type.Object(
      {
        scope: Type.String({ minLength: 1, maxLength: 64, description: 'a station' }),
        confirm: Type.String({ maxLength: 64, description: 'the scope once more, as shown while the button is held' }),
      },
      { additionalProperties: false },
    ),
    response: stopView,
    status: 202,
    errors: ['STOP_SCOPE_UNKNOWN', 'STOP_NOT_CONFIRMED'],
    example: { body: { scope: 'STA007', confirm: 'STA007' } },
  }),
  list: route({
    method: 'GET',
    path: '/api/stop',
    summary: { zh: '关停记录与可关停范围', en: 'Stops, and the scopes that can be stopped' },
    access: 'live.read',
    response: Type.Object({
      items: Type.Array(stopView),
      scopes: Type.Array(Type.Object({ scope: Type.String(), label: Type.Object({ zh: Type.String(), en: Type.String() }) })),
    }),
  }),
  get: route({
    method: 'GET',
    path: '/api/stop/:id',
    summary: { zh: '一次关停的结果', en: 'One stop and its results' },
    access: 'live.read',
    params: byId,
    response: stopView,
    errors: ['STOP_UNKNOWN'],
  }),
  reset: route({
    method: 'POST',
    path: '/api/stop/:id/reset',
    summary: { zh: '复位关停（须两人）', en: 'Reset a stop (two persons)' },
    access: 'emergency.reset',
    params: byId,
    response: stopView,
    errors: ['STOP_UNKNOWN', 'STATE_REFUSED', 'STOP_SECOND_PERSON'],
  }),
};
