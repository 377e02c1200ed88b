import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '#domain/errors.ts';
import type { Doc } from '../../store/port.ts';

export const INSTANCES = 'instances';
/** Commands by the instance that asked for them. */
export const INSTANCE_COMMANDS = 'instanceCommands';

const Element = Type.Object({
  key: Type.String(),
  element: Type.String(),
  type: Type.String(),
  state: Type.Enum(['active', 'completed', 'terminated']),
  startedAt: Type.Number(),
  endedAt: Type.Optional(Type.Number()),
});
export type ElementRow = Static<typeof Element>;
const Clock = Type.Object({
  key: Type.String(),
  element: Type.String(),
  startedAt: Type.Number(),
  at: Type.Number(),
  interrupting: Type.Boolean(),
});
export type ClockRow = Static<typeof Clock>;

const Row = Type.Object({
  _id: Type.String(),
  process: Type.String(),
  version: Type.Integer(),
  hash: Type.String(),
  businessKey: Type.Optional(Type.String()),
  state: Type.Enum(['active', 'incident', 'completed', 'terminated']),
  startedAt: Type.Number(),
  endedAt: Type.Optional(Type.Number()),
  /** Position of the last event of the log that is in it. */
  position: Type.Integer(),
  asset: Type.Optional(Type.String()),
  alarm: Type.Optional(Type.String()),
  occurrence: Type.Optional(Type.Integer()),
  startedBy: Type.Optional(Type.String()),
  elements: Type.Array(Element),
  flows: Type.Record(Type.String(), Type.Integer()),
  variables: Type.Record(Type.String(), Type.Unknown()),
  clocks: Type.Array(Clock),
  /** Timers that have fired. */
  fired: Type.Array(Type.Object({ element: Type.String(), at: Type.Number() })),
  incidents: Type.Array(
    Type.Object({
      key: Type.String(),
      element: Type.String(),
      elementKey: Type.String(),
      type: Type.String(),
      message: Type.String(),
      at: Type.Number(),
      resolvedAt: Type.Optional(Type.Number()),
      job: Type.Optional(Type.String()),
    }),
  ),
});
/** 流程实例 as the platform lists it: a projection of the engine's log. */
export type InstanceRow = Static<typeof Row>;
const check = Compile(Row);

export function parseRow(doc: Doc): InstanceRow {
  if (!check.Check(doc)) throw new Problem('STORE_CORRUPT', 500, `instance ${doc._id} is damaged`);
  return doc;
}
