import Type from 'typebox';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import { Problem } from '#domain/errors.ts';
import type { StoredTransition } from '../../services.ts';
import type { BulkOp, Doc, NewDoc } from '../../store/port.ts';

/** One document an alarm: machine, truth, due times, and the transitions that are not yet in the history (outbox). */
export const ALARM_STATES = 'alarmStates';
export const ALARM_CHECKPOINT = 'alarmCheckpoint';
/** `_id` is `alarm#occurrence#to#n`, `key` is `alarm#occurrence`. */
export const ALARM_TRANSITIONS = 'alarmTransitions';

const optionalNumber = Type.Optional(Type.Number());
const optionalText = Type.Optional(Type.String());
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
const Base = Type.Enum(['normal', 'unack', 'acked', 'rtn-unack', 'latched-unack', 'latched-acked']);
const Scalar = Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]);
const Person = Type.Object({ id: Type.String(), name: Type.String() });
const SampleSchema = Type.Object({
  tag: Type.String(),
  at: Type.Number(),
  value: Scalar,
  quality: Type.Enum(['good', 'uncertain', 'bad']),
});

const RecordSchema = Type.Object({
  id: Type.String(),
  machine: Type.Object({
    base: Base,
    active: Type.Boolean(),
    occurrence: Type.Integer(),
    acknowledged: Type.Boolean(),
    activeSinceReset: Type.Boolean(),
    suppressed: Type.Boolean(),
    outOfService: Type.Boolean(),
    shelvedUntil: optionalNumber,
  }),
  truth: Type.Boolean(),
  truthSince: optionalNumber,
  evaluated: Type.Boolean(),
  seen: optionalNumber,
  delayDue: optionalNumber,
  staleDue: optionalNumber,
  limit: optionalNumber,
});

const TransitionSchema = Type.Object({
  at: Type.Number(),
  alarm: Type.String(),
  from: State,
  to: State,
  occurrence: Type.Integer(),
  n: Type.Integer(),
  priority: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(3), Type.Literal(4)]),
  asset: Type.String(),
  cause: Type.Enum(['sample', 'stale', 'delay', 'shelf', 'action', 'definition']),
  action: optionalText,
  by: Type.Optional(Person),
  reason: optionalText,
  truthSince: optionalNumber,
  value: Type.Optional(Scalar),
  limit: optionalNumber,
  values: Type.Array(SampleSchema),
  revision: Type.String(),
});

/** What the engine does not know of an alarm: who, when, how many transitions. */
const NotesSchema = Type.Object({
  n: Type.Integer(),
  at: Type.Number(),
  raisedAt: optionalNumber,
  value: Type.Optional(Scalar),
  acknowledgedBy: optionalText,
  shelvedBy: optionalText,
  reason: optionalText,
});
export type Notes = Static<typeof NotesSchema>;

const AlarmDocSchema = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  record: RecordSchema,
  notes: NotesSchema,
  outbox: Type.Array(TransitionSchema),
});
export type AlarmDoc = Static<typeof AlarmDocSchema>;

/** Event time, and newest sample time, up to which everything is in the alarms' documents. */
const CheckpointSchema = Type.Object({ _id: Type.String(), ver: Type.Integer(), now: Type.Number(), seen: Type.Number() });
export type Checkpoint = Pick<Static<typeof CheckpointSchema>, 'now' | 'seen'>;
const CHECKPOINT_ID = 'engine';

const corrupt = (collection: string, id: string, cause: unknown): never => {
  throw new Problem('STORE_CORRUPT', 500, `${collection}/${id} does not have the shape of this version`, { cause, place: { element: id } });
};

export function parseAlarmDoc(doc: Doc): AlarmDoc {
  try {
    return Value.Parse(AlarmDocSchema, doc);
  } catch (error) {
    return corrupt(ALARM_STATES, doc._id, error);
  }
}

export function parseTransition(doc: Doc): StoredTransition {
  try {
    return Value.Parse(TransitionSchema, doc);
  } catch (error) {
    return corrupt(ALARM_TRANSITIONS, doc._id, error);
  }
}

/** The stored form of one alarm without its windows. */
export const parseRecord = (record: unknown): AlarmDoc['record'] => Value.Parse(RecordSchema, record);

export function parseCheckpoint(doc: Doc | undefined): Checkpoint | undefined {
  if (doc === undefined) return undefined;
  try {
    return Value.Parse(CheckpointSchema, doc);
  } catch (error) {
    return corrupt(ALARM_CHECKPOINT, doc._id, error);
  }
}

export const checkpointDoc = (checkpoint: Checkpoint): NewDoc => ({ _id: CHECKPOINT_ID, ...checkpoint });
export const checkpointId = CHECKPOINT_ID;

/** The id makes storing a transition again harmless. */
export const transitionDoc = (transition: StoredTransition): NewDoc => ({
  _id: `${transition.alarm}#${transition.occurrence}#${transition.to}#${transition.n}`,
  key: `${transition.alarm}#${transition.occurrence}`,
  ...transition,
});

export const upserts = (docs: readonly NewDoc[]): BulkOp[] => docs.map((upsert) => ({ upsert }));
