import { Type } from 'typebox';
import type { Static } from 'typebox';
import { route } from '#domain/contract.ts';

const TextSchema = Type.Object({ zh: Type.String(), en: Type.String() });
const At = Type.String({ format: 'date-time', description: 'ISO 8601 UTC with milliseconds' });
const Scalar = Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]);
const Person = Type.Object({ id: Type.String(), name: Type.String() });
const Key = Type.Object({ key: Type.String({ pattern: '^[0-9]{1,20}$' }) });

/** A step of an instance as people read it, newest last. The same shape in `GET /api/instances/{key}/history`. */
const TimelineEntry = Type.Object({
  at: At,
  kind: Type.Enum(['process', 'element', 'task', 'command', 'alarm', 'timer', 'incident', 'message']),
  state: Type.Enum(['done', 'active', 'failed', 'refused', 'cancelled']),
  title: TextSchema,
  element: Type.Optional(Type.String()),
  who: Type.Optional(Person),
  values: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String(),
        label: TextSchema,
        value: Scalar,
        text: Type.Optional({ ...TextSchema, description: 'the value in words, where it was chosen from a list' }),
        unit: Type.Optional(Type.String()),
      }),
    ),
  ),
  /** Version of the definition, of the alarm rule (hash), or number of the deployment. */
  version: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  ref: Type.Optional(Type.Object({ kind: Type.Enum(['command', 'alarm', 'task', 'instance']), id: Type.String() })),
});
export type TimelineEntry = Static<typeof TimelineEntry>;

/** A clock that runs: `startedAt` to `at`; what happens then is `label`. */
const ClockView = Type.Object({ element: Type.String(), label: TextSchema, startedAt: At, at: At, interrupting: Type.Boolean() });

/** form-js subset, parsed; the page renders it, the server checks the completion against it. */
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
  /** Shown (and required) only while the named field has this value. */
  showWhen: Type.Optional(Type.Object({ key: Type.String(), equals: Type.String() })),
  readonly: Type.Optional(Type.Boolean()),
});
const FormView = Type.Object({ id: Type.String(), fields: Type.Array(FormField) });
export type FormView = Static<typeof FormView>;

const taskFields = {
  key: Type.String(),
  instance: Type.String(),
  process: Type.String(),
  processLabel: TextSchema,
  version: Type.Integer(),
  element: Type.String(),
  /** What has to be done: 审批关阀. */
  label: TextSchema,
  state: Type.Enum(['open', 'completing', 'completed', 'cancelled']),
  /** Since when the task exists. */
  since: At,
  where: Type.Optional(Type.Object({ asset: Type.String(), label: TextSchema })),
  groups: Type.Array(Type.String({ description: 'role ids' })),
  assignee: Type.Optional(Person),
  due: Type.Optional(ClockView),
  risk: Type.Optional(Type.Enum(['low', 'middle', 'high'])),
  alarm: Type.Optional(
    Type.Object({
      id: Type.String(),
      occurrence: Type.Integer(),
      priority: Type.Optional(Type.Integer()),
      label: Type.Optional(TextSchema),
    }),
  ),
  /** Why the reader may not complete it: `TASK_SAME_PERSON`, `TASK_NOT_YOURS`, `TASK_ASSIGNED`. */
  blocked: Type.Optional(Type.String()),
  completedBy: Type.Optional(Person),
  completedAt: Type.Optional(At),
  ver: Type.Integer(),
};
const TaskSummary = Type.Object(taskFields);
export type TaskSummary = Static<typeof TaskSummary>;

const TaskDetail = Type.Object({
  ...taskFields,
  form: Type.Optional(FormView),
  /** Values to begin the form with (and those of read-only fields). */
  values: Type.Record(Type.String(), Scalar),
  /** What completing leads to: proposed writes with the value now and then. Quality bad means that the value now is not known. */
  writes: Type.Array(
    Type.Object({
      tag: Type.String(),
      label: TextSchema,
      unit: Type.String(),
      decimals: Type.Integer(),
      before: Scalar,
      beforeQuality: Type.Enum(['good', 'uncertain', 'bad']),
      after: Scalar,
      risk: Type.Optional(Type.Enum(['low', 'middle', 'high'])),
      persons: Type.Optional(Type.Integer()),
    }),
  ),
  proposedBy: Type.Optional(Person),
  clocks: Type.Array(ClockView),
  guidance: Type.Optional(
    Type.Object({ cause: TextSchema, consequence: TextSchema, response: TextSchema, responseTime: Type.Optional(Type.String()) }),
  ),
  measured: Type.Optional(
    Type.Object({ tag: Type.String(), label: TextSchema, unit: Type.String(), value: Scalar, limit: Type.Optional(Type.Number()) }),
  ),
  timeline: Type.Array(TimelineEntry),
});
export type TaskDetail = Static<typeof TaskDetail>;

/** What the topic `tasks` pushes: the whole task as the reader sees it, or that it has left the reader's lists. */
export interface TaskMessage {
  readonly task: { readonly key: string; readonly kind: 'created' | 'changed' | 'completed' | 'cancelled'; readonly view?: TaskSummary };
}
/** First message of the topic. */
export interface TaskSnapshot {
  readonly tasks: readonly TaskSummary[];
}

export const contract = {
  list: route({
    method: 'GET',
    path: '/api/tasks',
    access: 'task.complete',
    summary: { zh: '待办：我的、候领、已办', en: 'Tasks: mine, those of my group, done by me' },
    query: Type.Object({
      list: Type.Optional(
        Type.Enum(['mine', 'group', 'done', 'all'], {
          description: 'mine: assigned to me; group: unassigned ones of my roles; done: completed by me; all (default): mine and group',
        }),
      ),
      filter: Type.Optional(
        Type.String({
          maxLength: 500,
          description: '`field:op:value` joined by `;`; fields process, element, instance, state, asset; ops eq, in',
        }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      after: Type.Optional(Type.String({ maxLength: 100 })),
    }),
    response: Type.Object({ items: Type.Array(TaskSummary), next: Type.Optional(Type.String()) }),
  }),
  get: route({
    method: 'GET',
    path: '/api/tasks/:key',
    access: 'task.complete',
    summary: { zh: '待办详情', en: 'One task with form, values before and after, clocks, guidance and timeline' },
    params: Key,
    response: TaskDetail,
    errors: ['TASK_NOT_FOUND'],
  }),
  claim: route({
    method: 'POST',
    path: '/api/tasks/:key/claim',
    access: 'task.complete',
    summary: { zh: '认领', en: 'Take a task of my group' },
    params: Key,
    response: TaskSummary,
    errors: ['TASK_NOT_FOUND', 'TASK_NOT_YOURS', 'TASK_ASSIGNED', 'TASK_CLOSED', 'TASK_SAME_PERSON'],
  }),
  complete: route({
    method: 'POST',
    path: '/api/tasks/:key/complete',
    access: 'task.complete',
    summary: { zh: '办理', en: 'Complete with the values of the form; takes Idempotency-Key, effective exactly once' },
    params: Key,
    body: Type.Object(
      { variables: Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$' }), Scalar) },
      { additionalProperties: false },
    ),
    response: TaskSummary,
    errors: ['TASK_NOT_FOUND', 'TASK_NOT_YOURS', 'TASK_ASSIGNED', 'TASK_CLOSED', 'TASK_SAME_PERSON', 'TASK_FORM_INVALID'],
    example: { body: { variables: { approved: 'yes', comment: '同意' } } },
  }),
  delegate: route({
    method: 'POST',
    path: '/api/tasks/:key/delegate',
    access: 'task.complete',
    summary: { zh: '转办', en: 'Hand over to a person who may complete it' },
    params: Key,
    body: Type.Object(
      { to: Type.String({ minLength: 1, maxLength: 64 }), reason: Type.String({ minLength: 1, maxLength: 500 }) },
      { additionalProperties: false },
    ),
    response: TaskSummary,
    errors: ['TASK_NOT_FOUND', 'TASK_NOT_YOURS', 'TASK_ASSIGNED', 'TASK_CLOSED', 'TASK_SAME_PERSON', 'USER_UNKNOWN'],
    example: { body: { to: 'zhao.lixin', reason: '交班' } },
  }),
  candidates: route({
    method: 'GET',
    path: '/api/tasks/:key/candidates',
    access: 'task.complete',
    summary: { zh: '可转办的人员', en: 'People to whom it can be handed over' },
    params: Key,
    response: Type.Object({ items: Type.Array(Person) }),
    errors: ['TASK_NOT_FOUND'],
  }),
};
