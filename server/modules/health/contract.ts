import Type from 'typebox';
import { route } from '#domain/contract.ts';

const Check = Type.Object({ name: Type.String(), ready: Type.Boolean(), reason: Type.Optional(Type.String()) });

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
    summary: { zh: '平台各部分：文档存储所用的服务器', en: 'Parts of the platform: the server that keeps the documents' },
    access: 'health.read',
    response: Type.Object({ store: Type.String({ description: 'as it names itself' }) }),
    example: { response: { store: 'SQLite 3.53.0' } },
  }),
};
