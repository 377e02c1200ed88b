import Type from 'typebox';
import type { Static } from 'typebox';
import { route } from '#domain/contract.ts';

const TextSchema = Type.Object({ zh: Type.String(), en: Type.String() });
const At = Type.String({ format: 'date-time', description: 'ISO 8601 UTC with milliseconds' });
const Person = Type.Object({ id: Type.String(), name: Type.String() });
const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200, description: 'STA003.UNT02.MK_FI' }) });
const DraftId = Type.Object({ id: Id.properties.id, draft: Type.String({ minLength: 1, maxLength: 60 }) });
/** Limits that a draft may change: hh h l ll of a limits rule, `limit` of a deviation or rate rule. */
const LimitValues = Type.Object(
  {
    hh: Type.Optional(Type.Number()),
    h: Type.Optional(Type.Number()),
    l: Type.Optional(Type.Number()),
    ll: Type.Optional(Type.Number()),
    limit: Type.Optional(Type.Number()),
  },
  { additionalProperties: false },
);
export type LimitValues = Static<typeof LimitValues>;
const Reason = Type.String({ minLength: 1, maxLength: 500 });

/** One deployed alarm rule. */
const RuleItem = Type.Object({
  id: Type.String(),
  label: TextSchema,
  asset: Type.Optional(Type.String()),
  assetLabel: Type.Optional(TextSchema),
  tag: Type.Optional(Type.String()),
  unit: Type.Optional(Type.String()),
  decimals: Type.Optional(Type.Integer()),
  kind: Type.Enum(['limits', 'deviation', 'rate', 'flat', 'stale', 'conditions']),
  class: Type.String(),
  priority: Type.Integer({ minimum: 1, maximum: 4 }),
  /** Limits in force now; a limit that is an expression of tags is left out. */
  limits: LimitValues,
  deadband: Type.Number(),
  onDelay: Type.String(),
  offDelay: Type.String(),
  latch: Type.Boolean(),
  starts: Type.Optional(Type.String()),
  /** Ids of its alarms: `<id>.hh` and so on, or the id itself. */
  alarms: Type.Array(Type.String()),
  /** `shipped` = revision 0 from the repository. */
  origin: Type.Enum(['shipped', 'deployed']),
  /** Hash of the deployed revision and its number. */
  revision: Type.String(),
  n: Type.Integer({ minimum: 0 }),
  /** Number of open drafts. */
  drafts: Type.Integer({ minimum: 0 }),
});
export type RuleItem = Static<typeof RuleItem>;

const RuleRevision = Type.Object({
  n: Type.Integer({ minimum: 0 }),
  hash: Type.String(),
  limits: LimitValues,
  at: Type.Optional(At),
  author: Type.Optional(Person),
  approver: Type.Optional(Person),
  reason: Type.Optional(Type.String()),
  deployment: Type.Optional(Type.Integer()),
  current: Type.Boolean(),
});

/** A proposed change of limits; live only after another person has approved it. */
const LimitDraft = Type.Object({
  id: Type.String(),
  rule: Type.String(),
  label: TextSchema,
  unit: Type.Optional(Type.String()),
  before: LimitValues,
  limits: LimitValues,
  reason: Type.String(),
  author: Person,
  at: At,
  state: Type.Enum(['open', 'approved', 'rejected', 'withdrawn']),
  decidedBy: Type.Optional(Person),
  decidedAt: Type.Optional(At),
  deployment: Type.Optional(Type.Integer()),
  /** The rule was deployed anew since the draft was made: approve is refused (`DRAFT_STALE`). */
  stale: Type.Boolean(),
});
export type LimitDraft = Static<typeof LimitDraft>;

const Counts = Type.Object({
  alarm: Type.String(),
  /** Annunciations: transitions to unack. */
  before: Type.Integer(),
  after: Type.Integer(),
  /** Times of the annunciations, at most 500 each. */
  beforeAt: Type.Array(At),
  afterAt: Type.Array(At),
});
const decide = { method: 'POST', params: DraftId, response: LimitDraft } as const;

export default {
  list: route({
    method: 'GET',
    path: '/api/rules',
    summary: { zh: '已发布的报警规则与生效限值', en: 'Deployed alarm rules with the limits in force' },
    access: 'live.read',
    query: Type.Object({
      filter: Type.Optional(Type.String({ description: 'fields id, asset, tag, kind, class, priority, origin' })),
      sort: Type.Optional(Type.String()),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      after: Type.Optional(Type.String()),
    }),
    response: Type.Object({ items: Type.Array(RuleItem), next: Type.Optional(Type.String()) }),
    errors: ['LIST_QUERY'],
  }),
  drafts: route({
    method: 'GET',
    path: '/api/rules/drafts',
    summary: { zh: '限值草稿', en: 'Drafts of limits, newest first' },
    access: 'live.read',
    query: Type.Object({
      state: Type.Optional(Type.Enum(['open', 'approved', 'rejected', 'withdrawn'])),
      rule: Type.Optional(Type.String()),
    }),
    response: Type.Object({ items: Type.Array(LimitDraft) }),
  }),
  get: route({
    method: 'GET',
    path: '/api/rules/:id',
    summary: { zh: '一条规则: 定义, 版本与草稿', en: 'One rule: definition, revisions and drafts' },
    access: 'live.read',
    params: Id,
    response: Type.Object({
      rule: RuleItem,
      definition: Type.Unknown(),
      revisions: Type.Array(RuleRevision),
      drafts: Type.Array(LimitDraft),
    }),
    errors: ['RULE_UNKNOWN'],
  }),
  draft: route({
    method: 'POST',
    path: '/api/rules/:id/draft',
    summary: { zh: '提出限值修改', en: 'Propose new limits' },
    access: 'rule.draft',
    params: Id,
    body: Type.Object({ limits: LimitValues, reason: Reason }),
    response: LimitDraft,
    status: 201,
    errors: ['RULE_UNKNOWN', 'RULE_NO_LIMIT', 'RULE_LIMITS_ORDER', 'RULE_LIMIT_RANGE', 'RULE_UNCHANGED'],
    example: { body: { limits: { h: 1.2 }, reason: '冲洗后基线升高' } },
  }),
  approve: route({
    ...decide,
    path: '/api/rules/:id/drafts/:draft/approve',
    summary: { zh: '由另一人批准并立即发布', en: 'Approve as another person; deployed at once' },
    access: 'change.approve',
    errors: ['DRAFT_UNKNOWN', 'DRAFT_DECIDED', 'DRAFT_STALE', 'SECOND_PERSON', 'APPROVE_RISK'],
  }),
  reject: route({
    ...decide,
    path: '/api/rules/:id/drafts/:draft/reject',
    summary: { zh: '驳回草稿', en: 'Reject a draft' },
    access: 'change.approve',
    errors: ['DRAFT_UNKNOWN', 'DRAFT_DECIDED', 'SECOND_PERSON', 'APPROVE_RISK'],
  }),
  withdraw: route({
    ...decide,
    path: '/api/rules/:id/drafts/:draft/withdraw',
    summary: { zh: '撤回自己的草稿', en: "Withdraw one's own draft" },
    access: 'rule.draft',
    errors: ['DRAFT_UNKNOWN', 'DRAFT_DECIDED', 'DRAFT_NOT_YOURS'],
  }),
  rollback: route({
    method: 'POST',
    path: '/api/rules/:id/rollback',
    summary: { zh: '回退到较早版本', en: 'Roll back to an earlier revision' },
    access: 'change.deploy',
    params: Id,
    body: Type.Object({ n: Type.Integer({ minimum: 0 }), reason: Reason }),
    response: RuleItem,
    errors: ['RULE_UNKNOWN', 'RULE_REVISION_UNKNOWN', 'RULE_UNCHANGED'],
    example: { body: { n: 1, reason: '误报增多' } },
  }),
  replay: route({
    method: 'GET',
    path: '/api/rules/:id/replay',
    summary: { zh: '用历史数据回放新旧限值', en: 'Back-test: old and new limits over stored history' },
    access: 'live.read',
    params: Id,
    query: Type.Object({
      hh: Type.Optional(Type.Number()),
      h: Type.Optional(Type.Number()),
      l: Type.Optional(Type.Number()),
      ll: Type.Optional(Type.Number()),
      limit: Type.Optional(Type.Number()),
      from: Type.Optional(At),
      to: Type.Optional(At),
    }),
    response: Type.Object({
      rule: Type.String(),
      from: At,
      to: At,
      samples: Type.Integer(),
      before: LimitValues,
      after: LimitValues,
      alarms: Type.Array(Counts),
    }),
    errors: ['RULE_UNKNOWN', 'RULE_NO_LIMIT', 'REPLAY_RANGE'],
  }),
};
