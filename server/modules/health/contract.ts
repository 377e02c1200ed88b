import Type from 'typebox';
import { route } from '#domain/contract.ts';

const Check = Type.Object({ name: Type.String(), ready: Type.Boolean(), reason: Type.Optional(Type.String()) });

const Backup = Type.Object({
  lastAt: Type.Union([Type.String({ description: 'ISO 8601' }), Type.Null()], { description: 'newest one since the start' }),
  failure: Type.Union([Type.String(), Type.Null()], { description: 'why the newest attempt failed' }),
});

const StoredFile = Type.Object({
  kind: Type.Enum(['hot', 'hist', 'keep', 'roll'], {
    description: 'hot: not yet in a file of a month; hist: samples; keep: billed counters; roll: 10-minute statistics',
  }),
  month: Type.Optional(Type.String({ description: '2026-01, Beijing time' })),
  samples: Type.Integer(),
  bytes: Type.Integer(),
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
  history: route({
    method: 'GET',
    path: '/api/history/statistics',
    summary: { zh: '历史存了什么、占多大', en: 'What the history holds, and how large it is' },
    access: 'health.read',
    response: Type.Object({
      tags: Type.Integer(),
      samples: Type.Integer({ description: 'all but 10-minute statistics; what is in memory only is not counted' }),
      bytes: Type.Integer({ description: 'of all files' }),
      files: Type.Array(StoredFile),
      compactedAt: Type.Union([Type.String({ description: 'ISO 8601' }), Type.Null()], { description: 'newest one since the start' }),
    }),
    example: {
      response: {
        tags: 612,
        samples: 52_876_800,
        bytes: 23_068_672,
        files: [{ kind: 'hist', month: '2026-01', samples: 52_876_800, bytes: 23_068_672 }],
        compactedAt: '2026-01-31T16:05:00.000Z',
      },
    },
  }),
};
