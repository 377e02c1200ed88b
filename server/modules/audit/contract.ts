import Type, { type Static } from 'typebox';
import { route } from '#domain/contract.ts';

/** 审计记录 as it is stored; texts have their control characters written out. */
const auditView = Type.Object({
  seq: Type.Integer({ description: 'number in the chain, from 1' }),
  at: Type.String({ format: 'date-time' }),
  actor: Type.String({ description: 'user, token, runtime or job' }),
  actorName: Type.String(),
  roles: Type.Array(Type.String()),
  event: Type.String({ description: 'kind of event: `session`, `command`, `deployment`' }),
  object: Type.String({ description: 'what it was done to' }),
  action: Type.String(),
  result: Type.Union([Type.Literal('done'), Type.Literal('refused'), Type.Literal('failed')]),
  before: Type.Optional(Type.Unknown()),
  after: Type.Optional(Type.Unknown()),
  reason: Type.Optional(Type.String()),
  session: Type.Optional(Type.String()),
  ip: Type.Optional(Type.String()),
  requestId: Type.Optional(Type.String()),
});
export type AuditView = Static<typeof auditView>;

/** Fields of `filter`. */
export const AUDIT_FIELDS = {
  seq: 'number',
  at: 'time',
  actor: 'string',
  actorName: 'string',
  event: 'string',
  object: 'string',
  action: 'string',
  result: 'string',
  ip: 'string',
  requestId: 'string',
} as const;

const example = {
  seq: 12,
  at: '2026-01-10T18:00:00.000Z',
  actor: 'dispatcher',
  actorName: '调度员',
  roles: ['dispatcher'],
  event: 'command',
  object: 'STA007.UNT02.2T_SP',
  action: 'submit',
  result: 'done' as const,
  after: { value: 46 },
};

export const contract = {
  list: route({
    method: 'GET',
    path: '/api/audit',
    summary: { zh: '审计记录，新的在前', en: 'Audit entries, newest first' },
    access: 'audit.read',
    query: Type.Object({
      filter: Type.Optional(
        Type.String({ maxLength: 1000, description: '`actor:eq:dispatcher;event:in:command,session;at:gte:2026-01-01T00:00:00Z`' }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'default 100' })),
      after: Type.Optional(Type.String({ maxLength: 20, description: 'cursor `next` of the page before' })),
    }),
    response: Type.Object({ items: Type.Array(auditView), next: Type.Optional(Type.String()) }),
    errors: ['FILTER_SYNTAX', 'FILTER_FIELD', 'FILTER_VALUE', 'LIST_CURSOR'],
    example: { response: { items: [example] } },
  }),
  verify: route({
    method: 'GET',
    path: '/api/audit/verify',
    summary: { zh: '校验审计链', en: 'Check the chain of the audit log' },
    access: 'audit.read',
    response: Type.Object({
      ok: Type.Boolean(),
      entries: Type.Integer({ description: 'entries that hold together from the first on' }),
      firstBad: Type.Optional(Type.Object({ seq: Type.Integer(), why: Type.String() })),
    }),
    example: { response: { ok: true, entries: 12 } },
  }),
};
