import Type from 'typebox';

import { route } from '#domain/contract.ts';

const time = Type.String({ format: 'date-time' });
const name = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,39}$', description: 'small letters, digits, dots and dashes' });

const tokenView = Type.Object({ name, rights: Type.Array(Type.String()), expires: time });

/** 服务令牌: credentials of scripts, a list of rights each. */
export const contract = {
  list: route({
    method: 'GET',
    path: '/api/tokens',
    summary: { zh: '服务令牌列表', en: 'Service tokens' },
    access: 'user.manage',
    response: Type.Object({ items: Type.Array(tokenView) }),
  }),
  create: route({
    method: 'POST',
    path: '/api/tokens',
    summary: { zh: '创建服务令牌（只显示一次）', en: 'Create a service token; its secret is shown once' },
    access: 'user.manage',
    body: Type.Object(
      {
        name,
        rights: Type.Array(Type.String({ maxLength: 40 }), { minItems: 1, maxItems: 40 }),
        expires: Type.String({ maxLength: 20, description: 'a duration: `90d`; 365 days at most' }),
      },
      { additionalProperties: false },
    ),
    response: Type.Object({ name, secret: Type.String(), rights: Type.Array(Type.String()), expires: time }),
    status: 201,
    errors: ['TOKEN_NAME', 'TOKEN_EXISTS', 'TOKEN_RIGHT', 'TOKEN_EXPIRES', 'RIGHT_UNKNOWN'],
    example: { body: { name: 'weather-import', rights: ['samples.write'], expires: '90d' } },
  }),
  revoke: route({
    method: 'DELETE',
    path: '/api/tokens/:name',
    summary: { zh: '吊销服务令牌', en: 'Revoke a service token' },
    access: 'user.manage',
    params: Type.Object({ name }),
    status: 204,
    errors: ['TOKEN_UNKNOWN'],
  }),
};
