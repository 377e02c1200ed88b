import Type from 'typebox';
import { route } from '#domain/contract.ts';

const Check = Type.Object({ name: Type.String(), ready: Type.Boolean(), reason: Type.Optional(Type.String()) });

const Backup = Type.Object({
  lastAt: Type.Union([Type.String({ description: 'ISO 8601' }), Type.Null()], { description: 'newest one since the start' }),
  failure: Type.Union([Type.String(), Type.Null()], { description: 'why the newest attempt failed' }),
});

export default {
  health: route({
    method: 'GET',
    path: '/api/health',
    summary: { zh: '进程存活', en: 'The process lives' },
    access: 'public',
    response: Type.Object({ status: Type.Literal('ok'), uptime: Type.Number({ description: 'seconds' }) }),
    example: { response: { status: 'ok', uptime: 12.5 } },
  }),
  ready: route({
    method: 'GET',
    path: '/api/ready',
    summary: { zh: '是否就绪及原因 (未就绪时 503)', en: 'Ready or not, with the reasons (503 while it is not)' },
    access: 'public',
    response: Type.Object({ ready: Type.Boolean(), checks: Type.Array(Check) }),
    example: { response: { ready: false, checks: [{ name: 'flow runtime', ready: false, reason: 'not connected' }] } },
  }),
  system: route({
    method: 'GET',
    path: '/api/system',
    summary: { zh: '文档存储所用的服务器，以及最近一次备份', en: 'The server that keeps the documents, and the newest backup' },
    access: 'health.read',
    response: Type.Object({
      store: Type.String({ description: 'as it names itself' }),
      backup: Type.Union([Backup, Type.Null()], { description: 'null: the server makes no backups' }),
    }),
    example: { response: { store: 'SQLite 3.53.0', backup: { lastAt: '2026-11-27T21:00:00.000Z', failure: null } } },
  }),
};
