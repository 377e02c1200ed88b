import Type from 'typebox';
import type { Static } from 'typebox';
import { route } from '#domain/contract.ts';

const text = Type.Object({ zh: Type.String(), en: Type.String() });
const time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC, milliseconds' });
const value = Type.Union([Type.Number(), Type.Boolean()]);
const present = Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]);

export const commandState = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('queued'),
  Type.Literal('sent'),
  Type.Literal('confirmed'),
  Type.Literal('failed'),
  Type.Literal('refused'),
  Type.Literal('expired'),
  Type.Literal('unknown'),
]);

const transition = Type.Object({
  at: time,
  state: commandState,
  by: Type.String({ description: 'user, token or system' }),
  byName: Type.String({ description: 'as it was then; empty for the platform itself' }),
  code: Type.Optional(Type.String()),
  detail: Type.Optional(text),
});

/** 控制命令 as people and scripts see it. */
const commandView = Type.Object({
  id: Type.String(),
  tag: Type.String(),
  value,
  unit: Type.String(),
  reason: Type.String(),
  submitter: Type.String(),
  submitterName: Type.String(),
  approver: Type.Optional(Type.String()),
  approverName: Type.Optional(Type.String()),
  state: commandState,
  code: Type.Optional(Type.String({ description: 'stable code of a refusal or failure' })),
  detail: Type.Optional(text),
  submittedAt: time,
  expires: time,
  sentAt: Type.Optional(time),
  endedAt: Type.Optional(time),
  before: Type.Optional(present),
  readBack: Type.Optional(present),
  instance: Type.Optional(Type.String()),
  deployment: Type.Optional(Type.Integer()),
  persons: Type.Integer({ description: 'persons that the command needs' }),
  transitions: Type.Array(transition),
});
export type CommandView = Static<typeof commandView>;

const byId = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

const gateRule = Type.Object({
  min: Type.Number(),
  max: Type.Number(),
  maxStep: Type.Optional(Type.Number()),
  minInterval: Type.Optional(Type.Integer({ description: 'ms between two writes' })),
  risk: Type.Union([Type.Literal('low'), Type.Literal('middle'), Type.Literal('high')]),
  persons: Type.Integer(),
  modes: Type.Optional(Type.Array(Type.String(), { description: 'modes of the device in which a command may pass' })),
  readBack: Type.Object({ tag: Type.String(), within: Type.Number(), timeout: Type.Integer({ description: 'ms' }) }),
});

/** For dialogs: what may be written, what is there now, and what the gate would say. */
const gateView = Type.Object({
  tag: Type.String(),
  unit: Type.String(),
  listed: Type.Boolean(),
  rule: Type.Optional(gateRule),
  present: Type.Optional(
    Type.Object({
      at: time,
      value: present,
      quality: Type.Union([Type.Literal('good'), Type.Literal('uncertain'), Type.Literal('bad')]),
      age: Type.Integer({ description: 'ms' }),
    }),
  ),
  mode: Type.Optional(Type.String({ description: 'present mode of the device; missing when unknown or when the tag has none' })),
  stopped: Type.Boolean({ description: 'the one-key stop of its station is latched' }),
  refusal: Type.Optional(Type.Object({ code: Type.String(), detail: text })),
  secondPerson: Type.Boolean({ description: 'a submitted command will wait for another person' }),
  active: Type.Array(commandView, { description: 'commands of this tag that have not ended' }),
});
export type GateView = Static<typeof gateView>;

const example = {
  id: '01JC0000000000000000000001',
  tag: 'STA007.UNT02.2T_SP',
  value: 46,
  unit: '°C',
  reason: 'cold evening',
  submitter: 'wang.jianjun',
  submitterName: '王建军',
  state: 'queued' as const,
  submittedAt: '2026-01-10T18:00:00.000Z',
  expires: '2026-01-10T18:00:30.000Z',
  persons: 1,
  transitions: [{ at: '2026-01-10T18:00:00.000Z', state: 'queued' as const, by: 'wang.jianjun', byName: '王建军' }],
};

/** 控制命令: the one way of persons, processes and scripts to a device. */
export const contract = {
  submit: route({
    method: 'POST',
    path: '/api/commands',
    summary: { zh: '下发控制命令', en: 'Submit a command' },
    access: 'command.submit',
    body: Type.Object(
      {
        tag: Type.String({ minLength: 1, maxLength: 100 }),
        value,
        reason: Type.String({ minLength: 1, maxLength: 500 }),
        expires: Type.Optional(
          Type.String({ maxLength: 20, description: 'a duration: `30s`, `PT5M`; after it the command is never sent' }),
        ),
      },
      { additionalProperties: false },
    ),
    response: commandView,
    status: 202,
    errors: [
      'TAG_UNKNOWN',
      'GATE_NOT_LISTED',
      'GATE_WRITER',
      'GATE_ROLE',
      'GATE_VALUE',
      'GATE_RANGE',
      'GATE_MODE',
      'TAG_IN_AUTO',
      'GATE_PERMISSIVE',
      'GATE_PRESENT_UNKNOWN',
      'GATE_STEP',
      'GATE_RATE',
      'COMMAND_EXPIRES',
      'IDEMPOTENCY_KEY_REUSED',
    ],
    example: { body: { tag: 'STA007.UNT02.2T_SP', value: 46, reason: 'cold evening' }, response: example },
  }),
  list: route({
    method: 'GET',
    path: '/api/commands',
    summary: { zh: '控制命令列表', en: 'List commands' },
    access: 'live.read',
    query: Type.Object({
      filter: Type.Optional(Type.String({ maxLength: 1000 })),
      sort: Type.Optional(Type.String({ maxLength: 40 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      after: Type.Optional(Type.String({ maxLength: 500 })),
    }),
    response: Type.Object({ items: Type.Array(commandView), next: Type.Optional(Type.String()) }),
    errors: ['LIST_QUERY', 'FILTER_SYNTAX', 'FILTER_FIELD', 'FILTER_VALUE'],
  }),
  get: route({
    method: 'GET',
    path: '/api/commands/:id',
    summary: { zh: '控制命令', en: 'One command' },
    access: 'live.read',
    params: byId,
    response: commandView,
    errors: ['COMMAND_UNKNOWN'],
  }),
  approve: route({
    method: 'POST',
    path: '/api/commands/:id/approve',
    summary: { zh: '第二人批准控制命令', en: 'Approve a command as the second person' },
    access: 'command.approve',
    params: byId,
    response: commandView,
    errors: ['COMMAND_UNKNOWN', 'STATE_REFUSED', 'COMMAND_SECOND_PERSON'],
  }),
  withdraw: route({
    method: 'POST',
    path: '/api/commands/:id/withdraw',
    summary: { zh: '撤回或驳回尚未下发的控制命令', en: 'Withdraw or reject a command that was not sent' },
    access: 'session',
    params: byId,
    body: Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) }, { additionalProperties: false }),
    response: commandView,
    errors: ['COMMAND_UNKNOWN', 'STATE_REFUSED', 'RIGHT_MISSING'],
    example: { body: { reason: '已改为就地操作' } },
  }),
  gate: route({
    method: 'GET',
    path: '/api/gate/:tag',
    summary: { zh: '下发闸口对该点位的要求与当前判断', en: 'What the gate asks of a tag, and what it would say now' },
    access: 'live.read',
    params: Type.Object({ tag: Type.String({ minLength: 1, maxLength: 100 }) }),
    query: Type.Object({ value: Type.Optional(Type.Number({ description: 'a value to try; without it the present one' })) }),
    response: gateView,
    errors: ['TAG_UNKNOWN'],
  }),
};
