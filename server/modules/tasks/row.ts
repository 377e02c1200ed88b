import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '#domain/errors.ts';
import type { Doc } from '../../store/port.ts';

/** Who did what to a task; a completion is written here before the engine is told, so that it happens exactly once. */
export const TASK_ACTIONS = 'taskActions';

const Scalar = Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]);
const Row = Type.Object({
  _id: Type.String(),
  ver: Type.Optional(Type.Integer()),
  instance: Type.String(),
  process: Type.String(),
  version: Type.Integer(),
  element: Type.String(),
  elementKey: Type.String(),
  state: Type.Enum(['open', 'completing', 'completed', 'cancelled']),
  since: Type.Number(),
  groups: Type.Array(Type.String()),
  assignee: Type.Optional(Type.String()),
  formKey: Type.Optional(Type.String()),
  headers: Type.Record(Type.String(), Type.String()),
  /** What the task saw of its instance when it was made. */
  variables: Type.Record(Type.String(), Type.Unknown()),
  asset: Type.Optional(Type.String()),
  clocks: Type.Array(
    Type.Object({ key: Type.String(), element: Type.String(), startedAt: Type.Number(), at: Type.Number(), interrupting: Type.Boolean() }),
  ),
  completedBy: Type.Optional(Type.String()),
  completedAt: Type.Optional(Type.Number()),
  values: Type.Optional(Type.Record(Type.String(), Scalar)),
  position: Type.Integer(),
});
export type TaskRow = Static<typeof Row>;
const checkRow = Compile(Row);

const Action = Type.Object({
  _id: Type.String(),
  task: Type.String(),
  kind: Type.Enum(['claim', 'delegate', 'complete']),
  by: Type.String(),
  at: Type.Number(),
  to: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  variables: Type.Optional(Type.Record(Type.String(), Scalar)),
  values: Type.Optional(Type.Record(Type.String(), Scalar)),
  /** The engine has taken it. */
  taken: Type.Optional(Type.Boolean()),
});
export type TaskAction = Static<typeof Action>;
const checkAction = Compile(Action);

export function parseTask(doc: Doc): TaskRow {
  if (!checkRow.Check(doc)) throw new Problem('STORE_CORRUPT', 500, `task ${doc._id} is damaged`);
  return doc;
}
export function parseAction(doc: Doc): TaskAction {
  if (!checkAction.Check(doc)) throw new Problem('STORE_CORRUPT', 500, `task action ${doc._id} is damaged`);
  return doc;
}
/** Headers by which a model tells the task list what to do; Zeebe hands them through as they are. */
export const HEADERS = {
  /** Variable that gets the id of who completes it. */
  completedBy: 'nuanliu:completedBy',
  /** Variable with the id of who must not complete it. */
  notBy: 'nuanliu:notBy',
  /** Variable with the proposed write `{ tag, value }` or a list of them. */
  writes: 'nuanliu:writes',
  /** `field=variable,...`: values that the form begins with. */
  suggest: 'nuanliu:suggest',
} as const;

/** Id of the person who must not complete it. */
export function excluded(row: TaskRow): string | undefined {
  const name = row.headers[HEADERS.notBy];
  const value = name === undefined ? undefined : new Map(Object.entries(row.variables)).get(name);
  return typeof value === 'string' ? value : undefined;
}
