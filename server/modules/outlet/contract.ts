import Type from 'typebox';
import { route } from '#domain/contract.ts';

const outletView = Type.Object({
  enabled: Type.Boolean(),
  forwardedTo: Type.Union([Type.String(), Type.Null()], { description: 'everything stored before it has been delivered; ISO 8601' }),
  waiting: Type.Integer({ description: 'ranges of late or asked-for samples that are still to be sent' }),
  sent: Type.Integer({ description: 'samples delivered since the start' }),
  refused: Type.Integer({ description: 'samples that the receiver refused for good since the start' }),
  error: Type.Union([Type.String(), Type.Null()], { description: 'why nothing is delivered now' }),
});

const example = {
  enabled: true,
  forwardedTo: '2026-01-10T18:00:00.000Z',
  waiting: 0,
  sent: 120_400,
  refused: 0,
  error: null,
};

export const contract = {
  outlet: route({
    method: 'GET',
    path: '/api/outlet',
    summary: { zh: '向外部时序库转发的状态', en: 'State of the forwarding to an outside time-series database' },
    access: 'health.read',
    response: outletView,
    example: { response: example },
  }),
  resend: route({
    method: 'POST',
    path: '/api/outlet/resend',
    summary: { zh: '把一段历史再次转发', en: 'Forward a range of the history again' },
    access: 'settings.write',
    body: Type.Object({
      from: Type.String({ maxLength: 40, description: 'ISO 8601 or UTC milliseconds; included' }),
      to: Type.String({ maxLength: 40, description: 'ISO 8601 or UTC milliseconds; not included' }),
      tags: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: 1000, description: 'left out = all' })),
    }),
    response: outletView,
    status: 202,
    errors: ['OUTLET_OFF', 'TIME_INVALID', 'RANGE_EMPTY', 'TAG_UNKNOWN'],
    example: { body: { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }, response: { ...example, waiting: 1 } },
  }),
};
