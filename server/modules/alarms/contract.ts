import Type from 'typebox';
import type { Static } from 'typebox';
import { route } from '#domain/contract.ts';

const TextSchema = Type.Object({ zh: Type.String(), en: Type.String() });
const At = Type.String({ format: 'date-time', description: 'ISO 8601 UTC with milliseconds' });
const Scalar = Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]);
/** ISA-18.2 letters A to I, in this order. */
const State = Type.Enum([
  'normal',
  'unack',
  'acked',
  'rtn-unack',
  'latched-unack',
  'latched-acked',
  'shelved',
  'suppressed',
  'out-of-service',
]);
const PrioritySchema = Type.Integer({ minimum: 1, maximum: 4 });
const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200, description: 'STA003.UNT02.MK_FI.hh' }) });
const Reason = Type.String({ minLength: 1, maxLength: 500 });
const Person = Type.Object({ id: Type.String(), name: Type.String() });

/** One alarm as lists, the strip and the live topic `alarms` show it. */
const AlarmItem = Type.Object({
  id: Type.String(),
  asset: Type.String(),
  assetLabel: Type.Optional(TextSchema),
  tag: Type.Optional(Type.String()),
  unit: Type.Optional(Type.String()),
  decimals: Type.Optional(Type.Integer()),
  label: TextSchema,
  cause: TextSchema,
  consequence: TextSchema,
  response: TextSchema,
  responseTime: Type.Optional(Type.String({ description: 'duration: 10m' })),
  priority: PrioritySchema,
  class: Type.String(),
  state: State,
  /** Number of the latest occurrence, 0 before the first; name it when you acknowledge. */
  occurrence: Type.Integer({ minimum: 0 }),
  /** Truth after the delays, also while it is shelved, suppressed or out of service. */
  active: Type.Boolean(),
  raisedAt: Type.Optional(At),
  /** Of the last transition; of the start of the definition before the first. */
  at: At,
  /** At the latest rise. */
  value: Type.Optional(Scalar),
  /** Limit in force now. */
  limit: Type.Optional(Type.Number()),
  acknowledgedBy: Type.Optional(Type.String()),
  shelvedUntil: Type.Optional(At),
  shelvedBy: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String({ description: 'why it is shelved or out of service' })),
  /** A source has bad quality: the truth is held, tripped or cleared as the definition says. */
  bad: Type.Boolean(),
  /** Hash of the definition's revision, and id of the rule (page `/rules/{rule}`). */
  revision: Type.Optional(Type.String()),
  rule: Type.String(),
  /** Process that a new occurrence starts. */
  starts: Type.Optional(Type.String()),
});
export type AlarmItem = Static<typeof AlarmItem>;

/** One occurrence from rise to end. */
const Occurrence = Type.Object({
  alarm: Type.String(),
  occurrence: Type.Integer(),
  label: TextSchema,
  asset: Type.String(),
  priority: PrioritySchema,
  raisedAt: At,
  acknowledgedAt: Type.Optional(At),
  acknowledgedBy: Type.Optional(Person),
  returnedAt: Type.Optional(At),
  /** State after the last transition of this occurrence. */
  state: State,
  value: Type.Optional(Scalar),
  limit: Type.Optional(Type.Number()),
  unit: Type.Optional(Type.String()),
  revision: Type.Optional(Type.String()),
});
export type Occurrence = Static<typeof Occurrence>;

/** Why a transition was made, from stored facts. */
const TraceStep = Type.Object({
  at: At,
  from: State,
  to: State,
  /** What caused it: a sample, a due timer (on-delay, off-delay, staleness, shelf), or an action of a person or script. */
  cause: Type.Enum(['sample', 'stale', 'delay', 'shelf', 'action', 'definition']),
  action: Type.Optional(Type.String()),
  who: Type.Optional(Person),
  reason: Type.Optional(Type.String()),
  /** Since when the raw truth had been so when the transition was made. */
  truthSince: Type.Optional(At),
  limit: Type.Optional(Type.Number()),
  values: Type.Array(Type.Object({ tag: Type.String(), at: At, value: Scalar, quality: Type.Enum(['good', 'uncertain', 'bad']) })),
  revision: Type.Optional(Type.String()),
});

const act = { method: 'POST', params: Id, response: AlarmItem } as const;
const example: AlarmItem = {
  id: 'STA003.UNT02.MK_FI.hh',
  asset: 'STA003.UNT02',
  tag: 'STA003.UNT02.MK_FI',
  unit: 't/h',
  decimals: 2,
  label: { zh: '补水流量高高', en: 'make-up flow high-high' },
  cause: { zh: '二次网泄漏', en: 'leak of the secondary network' },
  consequence: { zh: '失压停热', en: 'loss of pressure and heat' },
  response: { zh: '核实后关支线阀', en: 'verify, then close the branch valve' },
  responseTime: '5m',
  priority: 1,
  class: 'process',
  state: 'unack',
  occurrence: 4,
  active: true,
  raisedAt: '2026-01-12T08:00:10.000Z',
  at: '2026-01-12T08:00:10.000Z',
  value: 6.4,
  limit: 2,
  bad: false,
  revision: '9f2c41',
  rule: 'STA003.UNT02.MK_FI',
  starts: 'emergency-response',
};

export default {
  list: route({
    method: 'GET',
    path: '/api/alarms',
    summary: { zh: '当前报警; 不带 filter 时不列出正常状态', en: 'Current alarms; without a filter those in state normal are left out' },
    access: 'live.read',
    query: Type.Object({
      filter: Type.Optional(
        Type.String({ description: 'fields id, state, priority, asset, tag, class, at: state:in:unack,acked;priority:lte:2' }),
      ),
      sort: Type.Optional(Type.String()),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      after: Type.Optional(Type.String()),
    }),
    response: Type.Object({ items: Type.Array(AlarmItem), next: Type.Optional(Type.String()) }),
    errors: ['LIST_QUERY'],
    example: { response: { items: [example] } },
  }),
  occurrences: route({
    method: 'GET',
    path: '/api/alarms/occurrences',
    summary: { zh: '报警历史, 按发生次序', en: 'History: one line an occurrence, newest first' },
    access: 'live.read',
    query: Type.Object({
      filter: Type.Optional(Type.String({ description: 'fields alarm, asset, priority, at (time of the rise)' })),
      sort: Type.Optional(Type.String()),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      after: Type.Optional(Type.String()),
    }),
    response: Type.Object({ items: Type.Array(Occurrence), next: Type.Optional(Type.String()) }),
    errors: ['LIST_QUERY'],
  }),
  get: route({
    method: 'GET',
    path: '/api/alarms/:id',
    summary: { zh: '一条报警', en: 'One alarm' },
    access: 'live.read',
    params: Id,
    response: AlarmItem,
    errors: ['ALARM_UNKNOWN'],
    example: { response: example },
  }),
  trace: route({
    method: 'GET',
    path: '/api/alarms/:id/trace/:occurrence',
    summary: { zh: '为何报警: 该次发生的每次状态变化及其依据', en: 'Why: every transition of the occurrence with what caused it' },
    access: 'live.read',
    params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }), occurrence: Type.Integer({ minimum: 0 }) }),
    response: Type.Object({ alarm: Type.String(), occurrence: Type.Integer(), steps: Type.Array(TraceStep), definition: Type.Unknown() }),
    errors: ['ALARM_UNKNOWN'],
  }),
  acknowledge: route({
    ...act,
    path: '/api/alarms/:id/acknowledge',
    summary: { zh: '确认某一次发生', en: 'Acknowledge one occurrence' },
    access: 'alarm.acknowledge',
    body: Type.Object({ occurrence: Type.Integer({ minimum: 0 }) }),
    errors: ['ALARM_UNKNOWN', 'ALARM_OLDER_OCCURRENCE', 'ALARM_FUTURE_OCCURRENCE', 'ALARM_ALREADY', 'ALARM_NOTHING_TO_ACKNOWLEDGE'],
    example: { body: { occurrence: 4 }, response: { ...example, state: 'acked', acknowledgedBy: 'zhang.wei' } },
  }),
  reset: route({
    ...act,
    path: '/api/alarms/:id/reset',
    summary: { zh: '复位已确认的锁存报警', en: 'Reset a latched, acknowledged alarm' },
    access: 'alarm.acknowledge',
    errors: ['ALARM_UNKNOWN', 'ALARM_NOTHING_TO_RESET'],
  }),
  shelve: route({
    ...act,
    path: '/api/alarms/:id/shelve',
    summary: { zh: '搁置 1 分钟到 12 小时; 一级报警不可搁置', en: 'Shelve for 1 minute to 12 hours; never a priority 1 alarm' },
    access: 'alarm.shelve',
    body: Type.Object({ for: Type.String({ description: 'duration: 30m, 2h, PT15M' }), reason: Reason }),
    errors: ['ALARM_UNKNOWN', 'ALARM_STATE', 'ALARM_PRIORITY', 'ALARM_REASON', 'ALARM_DURATION'],
    example: {
      body: { for: '1h', reason: '传感器检修' },
      response: { ...example, priority: 2, state: 'shelved', shelvedUntil: '2026-01-12T09:00:10.000Z' },
    },
  }),
  unshelve: route({
    ...act,
    path: '/api/alarms/:id/unshelve',
    summary: { zh: '取消搁置', en: 'End the shelf now' },
    access: 'alarm.shelve',
    errors: ['ALARM_UNKNOWN', 'ALARM_STATE'],
  }),
  outOfService: route({
    ...act,
    path: '/api/alarms/:id/out-of-service',
    summary: { zh: '停用', en: 'Take out of service' },
    access: 'alarm.outOfService',
    body: Type.Object({ reason: Reason }),
    errors: ['ALARM_UNKNOWN', 'ALARM_STATE'],
    example: { body: { reason: '检修测点' } },
  }),
  inService: route({
    ...act,
    path: '/api/alarms/:id/in-service',
    summary: { zh: '恢复使用', en: 'Back in service' },
    access: 'alarm.outOfService',
    errors: ['ALARM_UNKNOWN', 'ALARM_STATE'],
  }),
};
