import Type from 'typebox';
import { route } from '#domain/contract.ts';

const value = Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 1000 }), Type.Null()]);
const quality = Type.Union([Type.Literal('good'), Type.Literal('uncertain'), Type.Literal('bad')]);

export const contract = {
  append: route({
    method: 'POST',
    path: '/api/samples',
    summary: {
      zh: '写入一批采样值，落盘后应答；同一点位同一时刻只存一次',
      en: 'Store a batch of samples; answered after the commit; (tag, at) twice is stored once',
    },
    access: 'samples.write',
    body: Type.Object(
      {
        samples: Type.Array(
          Type.Tuple([
            Type.String({ minLength: 1, maxLength: 100 }),
            Type.Union([Type.String({ maxLength: 40 }), Type.Integer()]),
            value,
            quality,
          ]),
          {
            minItems: 1,
            maxItems: 10_000,
            description: '[tag, at (ISO 8601 or UTC ms), value, quality]',
          },
        ),
      },
      { additionalProperties: false },
    ),
    response: Type.Object({ stored: Type.Integer(), duplicates: Type.Integer() }),
    errors: ['TAG_UNKNOWN', 'SAMPLE_TYPE', 'SAMPLE_TIME'],
    example: {
      body: { samples: [['STA007.UNT02.2T_S', '2026-01-10T18:00:00.000Z', 46.2, 'good']] },
      response: { stored: 1, duplicates: 0 },
    },
  }),
};
