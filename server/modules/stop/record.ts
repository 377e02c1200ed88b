import Type from 'typebox';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import type { StopView } from '#contract/stop';

const result = Type.Object({
  target: Type.String(),
  result: Type.Union([Type.Literal('pending'), Type.Literal('done'), Type.Literal('failed'), Type.Literal('unknown')]),
  detail: Type.String(),
  ms: Type.Integer(),
});
const person = Type.Object({ by: Type.String(), session: Type.Optional(Type.String()), at: Type.Number() });

const recordSchema = Type.Object({
  id: Type.String(),
  scope: Type.String(),
  label: Type.Object({ zh: Type.String(), en: Type.String() }),
  targets: Type.Array(Type.String()),
  state: Type.Union([Type.Literal('stopping'), Type.Literal('stopped'), Type.Literal('resetting'), Type.Literal('released')]),
  at: Type.Number(),
  by: Type.String(),
  results: Type.Array(result),
  firstReset: Type.Optional(person),
  releasedBy: Type.Optional(Type.Array(Type.String())),
  releasedAt: Type.Optional(Type.Number()),
  resetResults: Type.Optional(Type.Array(result)),
});
export type StopRecord = Static<typeof recordSchema>;
export type DeviceResult = Static<typeof result>;

export function parseStop(line: string): StopRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return Value.Check(recordSchema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** One result a target: what the link did not mention is not known. */
export const fill = (targets: readonly string[], answered: readonly DeviceResult[], ms: number): DeviceResult[] =>
  targets.map((target) => {
    const found = answered.find((one) => one.target === target);
    return found
      ? { ...found, ms: Math.round(found.ms) }
      : { target, result: 'unknown', detail: 'no flow runtime answered for it', ms: Math.round(ms) };
  });

export function toView(record: StopRecord, auditSpooled: boolean): StopView {
  const { targets: _targets, at, firstReset, releasedAt, ...rest } = record;
  return {
    ...rest,
    at: new Date(at).toISOString(),
    ...(firstReset ? { firstReset: { by: firstReset.by, at: new Date(firstReset.at).toISOString() } } : {}),
    ...(releasedAt === undefined ? {} : { releasedAt: new Date(releasedAt).toISOString() }),
    auditSpooled,
  };
}
