import Type from 'typebox';
import type { Static } from 'typebox';
import { route } from '#domain/contract.ts';

const time = Type.String({ format: 'date-time' });
const hash = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the canonical JSON (RFC 8785), or of the XML as stored' });
const kind = Type.String({ pattern: '^[a-z][a-zA-Z-]{0,31}$' });
const artefactId = Type.String({ minLength: 1, maxLength: 120 });

/** One immutable version, without its content. */
const revisionView = Type.Object({
  hash,
  author: Type.String(),
  approver: Type.Optional(Type.String()),
  at: time,
  parent: Type.Optional(hash),
  message: Type.String(),
  shipped: Type.Boolean({ description: 'came with the program (revision 0)' }),
  deployed: Type.Boolean(),
});
export type RevisionView = Static<typeof revisionView>;

const artefactView = Type.Object({
  kind,
  id: artefactId,
  hash: Type.Optional(hash),
  shippedHash: Type.Optional(hash),
  revisions: Type.Integer(),
  changedAt: Type.Optional(time),
});
export type ArtefactView = Static<typeof artefactView>;

const deploymentView = Type.Object({
  n: Type.Integer(),
  at: time,
  author: Type.String(),
  approver: Type.Optional(Type.String()),
  message: Type.String(),
  reason: Type.Union([Type.Literal('shipped'), Type.Literal('change'), Type.Literal('rollback'), Type.Literal('automatic-rollback')]),
  /** Which deployment this one undoes. */
  undoes: Type.Optional(Type.Integer()),
  changed: Type.Array(Type.Object({ artefact: Type.String(), from: Type.Optional(hash), to: Type.Optional(hash) })),
  state: Type.Union([Type.Literal('deploying'), Type.Literal('live'), Type.Literal('failed'), Type.Literal('past')]),
  failure: Type.Optional(Type.String()),
});
export type DeploymentView = Static<typeof deploymentView>;

const byArtefact = Type.Object({ kind, id: artefactId });

/** 编排、规则、流程等的版本与发布 (artefacts.md). Ids with a slash are written `%2F` in a path. */
export const contract = {
  artefacts: route({
    method: 'GET',
    path: '/api/artefacts',
    summary: { zh: '受版本管理的对象', en: 'Everything that is versioned' },
    access: 'live.read',
    query: Type.Object({ kind: Type.Optional(kind) }),
    response: Type.Object({ items: Type.Array(artefactView) }),
  }),
  revisions: route({
    method: 'GET',
    path: '/api/artefacts/:kind/:id',
    summary: { zh: '对象的各个版本', en: 'The revisions of one artefact' },
    access: 'live.read',
    params: byArtefact,
    response: Type.Object({ kind, id: artefactId, items: Type.Array(revisionView) }),
    errors: ['ARTEFACT_UNKNOWN'],
  }),
  revision: route({
    method: 'GET',
    path: '/api/artefacts/:kind/:id/revisions/:hash',
    summary: { zh: '一个版本的内容', en: 'The content of one revision' },
    access: 'live.read',
    params: Type.Object({ kind, id: artefactId, hash }),
    response: Type.Object({ revision: revisionView, content: Type.Unknown() }),
    errors: ['ARTEFACT_UNKNOWN', 'REVISION_UNKNOWN'],
  }),
  deployments: route({
    method: 'GET',
    path: '/api/deployments',
    summary: { zh: '发布记录', en: 'Deployments, newest first' },
    access: 'live.read',
    query: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) }),
    response: Type.Object({ n: Type.Integer(), items: Type.Array(deploymentView) }),
  }),
  verify: route({
    method: 'GET',
    path: '/api/deployments/verify',
    summary: { zh: '各使用方正在运行的版本与发布是否一致', en: 'What each consumer runs, against what the pointer names' },
    access: 'live.read',
    response: Type.Object({
      n: Type.Integer(),
      agree: Type.Boolean(),
      consumers: Type.Array(
        Type.Object({
          consumer: Type.String(),
          kind,
          n: Type.Integer(),
          at: time,
          agree: Type.Boolean(),
          differences: Type.Array(Type.Object({ artefact: Type.String(), runs: Type.Optional(hash), deployed: Type.Optional(hash) })),
          failure: Type.Optional(Type.String()),
        }),
      ),
    }),
  }),
  rollback: route({
    method: 'POST',
    path: '/api/deployments/:n/rollback',
    summary: { zh: '回退到该发布之前的版本', en: 'Undo deployment n: a new deployment with the hashes before it' },
    access: 'change.deploy',
    params: Type.Object({ n: Type.Integer({ minimum: 1 }) }),
    body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, { additionalProperties: false }),
    response: deploymentView,
    errors: ['DEPLOYMENT_UNKNOWN', 'DEPLOYMENT_SUPERSEDED', 'DEPLOYMENT_CONFLICT'],
    example: { body: { reason: '限值过紧' } },
  }),
};
