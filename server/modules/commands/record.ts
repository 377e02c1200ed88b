import Type from 'typebox';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import type { Command } from '#domain/command/types.ts';
import { commandState } from '#contract/commands';
import type { CommandView } from '#contract/commands';
import type { Doc } from '../../store/port.ts';

export const COMMANDS = 'commands';

const text = Type.Object({ zh: Type.String(), en: Type.String() });
const present = Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]);

const transition = Type.Object({
  at: Type.Number(),
  state: commandState,
  by: Type.String(),
  byName: Type.String(),
  roles: Type.Array(Type.String()),
  session: Type.Optional(Type.String()),
  ip: Type.Optional(Type.String()),
  code: Type.Optional(Type.String()),
  why: Type.Optional(text),
});

/** One document a command: its present state, and every transition, written before its effect (the journal). */
const recordSchema = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  tag: Type.String(),
  value: Type.Union([Type.Number(), Type.Boolean()]),
  unit: Type.String(),
  reason: Type.String(),
  submitter: Type.String(),
  submitterSession: Type.Optional(Type.String()),
  approver: Type.Optional(Type.String()),
  state: commandState,
  code: Type.Optional(Type.String()),
  why: Type.Optional(text),
  submittedAt: Type.Number(),
  expires: Type.Number(),
  sentAt: Type.Optional(Type.Number()),
  endedAt: Type.Optional(Type.Number()),
  before: Type.Optional(present),
  readBack: Type.Optional(present),
  instance: Type.Optional(Type.String()),
  deployment: Type.Optional(Type.Integer()),
  persons: Type.Integer(),
  key: Type.String(),
  transitions: Type.Array(transition),
  audited: Type.Integer(),
  auditPending: Type.Boolean(),
});
export type CommandRecord = Static<typeof recordSchema>;
export type CommandTransition = Static<typeof transition>;

/** @throws if the stored document is no command: a damaged store must not be guessed at. */
export const parseRecord = (doc: Doc): CommandRecord => Value.Parse(recordSchema, doc);

export function toCommand(record: CommandRecord): Command {
  const { _id, ver: _ver, why, ...rest } = record;
  const {
    submitterSession: _session,
    persons: _persons,
    key: _key,
    transitions: _all,
    audited: _audited,
    auditPending: _pending,
    ...command
  } = rest;
  return { ...command, id: _id, ...(why ? { why, detail: why.en } : {}) };
}

/** A person's name as it was when they acted; the id of one who has not acted yet. */
const nameIn = ({ transitions }: CommandRecord, id: string): string =>
  transitions.find((step) => step.by === id && step.byName !== '')?.byName ?? id;

const iso = (at: number): string => new Date(at).toISOString();

export function toView(record: CommandRecord): CommandView {
  const { code, why, approver, before, readBack, instance, deployment } = record;
  return {
    id: record._id,
    tag: record.tag,
    value: record.value,
    unit: record.unit,
    reason: record.reason,
    submitter: record.submitter,
    submitterName: nameIn(record, record.submitter),
    ...(approver === undefined ? {} : { approver, approverName: nameIn(record, approver) }),
    state: record.state,
    ...(code === undefined ? {} : { code }),
    ...(why === undefined ? {} : { detail: why }),
    submittedAt: iso(record.submittedAt),
    expires: iso(record.expires),
    ...(record.sentAt === undefined ? {} : { sentAt: iso(record.sentAt) }),
    ...(record.endedAt === undefined ? {} : { endedAt: iso(record.endedAt) }),
    ...(before === undefined ? {} : { before }),
    ...(readBack === undefined ? {} : { readBack }),
    ...(instance === undefined ? {} : { instance }),
    ...(deployment === undefined ? {} : { deployment }),
    persons: record.persons,
    transitions: record.transitions.map((step) => ({
      at: iso(step.at),
      state: step.state,
      by: step.by,
      byName: step.byName,
      ...(step.code === undefined ? {} : { code: step.code }),
      ...(step.why === undefined ? {} : { detail: step.why }),
    })),
  };
}
