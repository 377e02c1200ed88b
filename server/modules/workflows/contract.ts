import { Type } from 'typebox';
import type { Static } from 'typebox';
import { route } from '#domain/contract.ts';

const TextSchema = Type.Object({ zh: Type.String(), en: Type.String() });
const At = Type.String({ format: 'date-time', description: 'ISO 8601 UTC with milliseconds' });
const Scalar = Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]);
const Person = Type.Object({ id: Type.String(), name: Type.String() });
const Key = Type.Object({ key: Type.String({ pattern: '^[0-9]{1,20}$' }) });
const ProcessId = Type.Object({ id: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_.-]{0,127}$' }) });
const Variables = Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$' }), Type.Unknown());

const FormField = Type.Object({
  key: Type.String(),
  type: Type.Enum(['text', 'textfield', 'number', 'select', 'radio', 'checkbox', 'textarea']),
  label: TextSchema,
  description: Type.Optional(TextSchema),
  required: Type.Boolean(),
  min: Type.Optional(Type.Number()),
  max: Type.Optional(Type.Number()),
  maxLength: Type.Optional(Type.Integer()),
  unit: Type.Optional(Type.String()),
  options: Type.Optional(Type.Array(Type.Object({ value: Type.String(), label: TextSchema }))),
  showWhen: Type.Optional(Type.Object({ key: Type.String(), equals: Type.String() })),
  readonly: Type.Optional(Type.Boolean()),
});

const ProcessSummary = Type.Object({
  id: Type.String(),
  label: TextSchema,
  version: Type.Integer(),
  hash: Type.String({ description: 'SHA-256 of the BPMN XML' }),
  /** People may start it by hand (it has a start form). */
  startable: Type.Boolean(),
  active: Type.Integer({ description: 'running instances' }),
  incidents: Type.Integer({ description: 'running instances with an incident' }),
});

const ProcessDetail = Type.Object({
  ...ProcessSummary.properties,
  xml: Type.String({ description: 'BPMN 2.0 with diagram interchange' }),
  /** Texts of the elements in both languages, by element id. */
  labels: Type.Record(Type.String(), TextSchema),
  startForm: Type.Optional(Type.Object({ id: Type.String(), fields: Type.Array(FormField) })),
});
export type ProcessDetail = Static<typeof ProcessDetail>;

const InstanceState = Type.Enum(['active', 'incident', 'completed', 'terminated']);
const instanceFields = {
  key: Type.String(),
  process: Type.String(),
  processLabel: TextSchema,
  version: Type.Integer(),
  hash: Type.String(),
  businessKey: Type.Optional(Type.String()),
  state: InstanceState,
  startedAt: At,
  endedAt: Type.Optional(At),
  startedBy: Type.Optional(Person),
  where: Type.Optional(Type.Object({ asset: Type.String(), label: TextSchema })),
  alarm: Type.Optional(Type.Object({ id: Type.String(), occurrence: Type.Integer() })),
};
const InstanceSummary = Type.Object({
  ...instanceFields,
  activeElements: Type.Array(Type.Object({ element: Type.String(), label: TextSchema })),
});
export type InstanceSummary = Static<typeof InstanceSummary>;

const InstanceDetail = Type.Object({
  ...instanceFields,
  /** One entry for each time that an element was entered, in order. */
  elements: Type.Array(
    Type.Object({
      element: Type.String(),
      label: TextSchema,
      type: Type.String(),
      state: Type.Enum(['active', 'completed', 'terminated', 'incident']),
      startedAt: At,
      endedAt: Type.Optional(At),
      who: Type.Optional(Person),
      task: Type.Optional(Type.String({ description: 'key of the user task' })),
    }),
  ),
  /** Sequence flows taken, with the count. */
  flows: Type.Record(Type.String(), Type.Integer()),
  variables: Type.Record(Type.String(), Type.Unknown()),
  clocks: Type.Array(Type.Object({ element: Type.String(), label: TextSchema, startedAt: At, at: At, interrupting: Type.Boolean() })),
  incidents: Type.Array(
    Type.Object({
      key: Type.String(),
      element: Type.String(),
      label: TextSchema,
      type: Type.String(),
      message: Type.String(),
      at: At,
      job: Type.Optional(Type.String()),
    }),
  ),
  commands: Type.Array(Type.String()),
});
export type InstanceDetail = Static<typeof InstanceDetail>;

const TimelineEntry = Type.Object({
  at: At,
  kind: Type.Enum(['process', 'element', 'task', 'command', 'alarm', 'timer', 'incident', 'message']),
  state: Type.Enum(['done', 'active', 'failed', 'refused', 'cancelled']),
  title: TextSchema,
  element: Type.Optional(Type.String()),
  who: Type.Optional(Person),
  values: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), label: TextSchema, value: Scalar, unit: Type.Optional(Type.String()) })),
  ),
  version: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  ref: Type.Optional(Type.Object({ kind: Type.Enum(['command', 'alarm', 'task', 'instance']), id: Type.String() })),
});

/** First message and every push of the topic `instance:<key>`. */
export interface InstanceMessage {
  readonly instance: InstanceDetail;
}

export const contract = {
  processes: route({
    method: 'GET',
    path: '/api/processes',
    access: 'live.read',
    summary: { zh: '流程定义', en: 'Deployed process definitions' },
    response: Type.Object({ items: Type.Array(ProcessSummary) }),
  }),
  process: route({
    method: 'GET',
    path: '/api/processes/:id',
    access: 'live.read',
    summary: { zh: '流程图、版本与哈希', en: 'Diagram (BPMN XML), version and hash' },
    params: ProcessId,
    query: Type.Object({ version: Type.Optional(Type.Integer({ minimum: 1 })) }),
    response: ProcessDetail,
    errors: ['PROCESS_NOT_FOUND'],
  }),
  start: route({
    method: 'POST',
    path: '/api/processes/:id/instances',
    access: 'process.start',
    status: 201,
    summary: { zh: '发起流程', en: 'Start an instance; the same business key twice is the same instance' },
    params: ProcessId,
    body: Type.Object(
      { variables: Type.Optional(Variables), businessKey: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) },
      { additionalProperties: false },
    ),
    response: Type.Object({ key: Type.String(), existing: Type.Boolean() }),
    errors: ['PROCESS_NOT_FOUND', 'PROCESS_VARIABLES_INVALID', 'TASK_FORM_INVALID'],
    example: { body: { variables: { tag: 'STA001.UNT01.2T_SP', value: 47, reason: '寒潮' } } },
  }),
  instances: route({
    method: 'GET',
    path: '/api/instances',
    access: 'live.read',
    summary: { zh: '流程实例', en: 'Process instances, newest first' },
    query: Type.Object({
      filter: Type.Optional(
        Type.String({
          maxLength: 500,
          description: '`field:op:value` joined by `;`; fields process, state, alarm, asset, businessKey; ops eq, in',
        }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      after: Type.Optional(Type.String({ maxLength: 100 })),
    }),
    response: Type.Object({ items: Type.Array(InstanceSummary), next: Type.Optional(Type.String()) }),
  }),
  instance: route({
    method: 'GET',
    path: '/api/instances/:key',
    access: 'live.read',
    summary: { zh: '流程实例详情', en: 'One instance: elements with times, variables, clocks, incidents' },
    params: Key,
    response: InstanceDetail,
    errors: ['INSTANCE_NOT_FOUND'],
  }),
  history: route({
    method: 'GET',
    path: '/api/instances/:key/history',
    access: 'live.read',
    summary: { zh: '经过：谁、何时、何值', en: 'Timeline: every step with who, when, values and versions' },
    params: Key,
    response: Type.Object({ items: Type.Array(TimelineEntry) }),
    errors: ['INSTANCE_NOT_FOUND'],
  }),
  cancel: route({
    method: 'POST',
    path: '/api/instances/:key/cancel',
    access: 'process.draft',
    summary: { zh: '终止实例', en: 'Cancel an instance' },
    params: Key,
    body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, { additionalProperties: false }),
    response: Type.Object({ key: Type.String() }),
    errors: ['INSTANCE_NOT_FOUND'],
    example: { body: { reason: '误启动' } },
  }),
  resolve: route({
    method: 'POST',
    path: '/api/incidents/:key/resolve',
    access: 'process.draft',
    summary: { zh: '处理流程异常', en: 'Resolve an incident; a job gets new retries' },
    params: Key,
    body: Type.Object(
      { retries: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })), reason: Type.String({ minLength: 1, maxLength: 500 }) },
      { additionalProperties: false },
    ),
    response: Type.Object({ key: Type.String() }),
    errors: ['INCIDENT_NOT_FOUND', 'STATE_REFUSED'],
    example: { body: { retries: 3, reason: '设备已恢复' } },
  }),
  message: route({
    method: 'POST',
    path: '/api/messages',
    access: 'process.start',
    summary: { zh: '向流程发送消息', en: 'Correlate a message with waiting instances' },
    body: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 100 }),
        key: Type.String({ maxLength: 200 }),
        variables: Type.Optional(Variables),
        id: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
        ttl: Type.Optional(Type.String({ description: 'ISO 8601 duration; default none: lost when nobody waits' })),
      },
      { additionalProperties: false },
    ),
    response: Type.Object({ id: Type.Optional(Type.String()) }),
    errors: ['MESSAGE_EXISTS', 'DURATION_INVALID'],
    example: { body: { name: 'alarm-normal', key: 'unit.leak:STA007.UNT02#3', id: 'm1' } },
  }),
};
