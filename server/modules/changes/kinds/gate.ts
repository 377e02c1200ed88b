import Type from 'typebox';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import { MODE_NUMBERS } from '#domain/command/mode.ts';
import type { Problem } from '#domain/errors.ts';
import { defineArtefactKind } from '../define-kind.ts';
import type { ArtefactKind } from '../define-kind.ts';
import { fault } from './checks.ts';
import type { KindChecks } from './checks.ts';

const strict = { additionalProperties: false } as const;
const rule = Type.Object(
  {
    tag: Type.String({ minLength: 1 }),
    min: Type.Number(),
    max: Type.Number(),
    maxStep: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    minInterval: Type.Optional(Type.Integer({ minimum: 0 })),
    risk: Type.Union([Type.Literal('low'), Type.Literal('middle'), Type.Literal('high')]),
    persons: Type.Union([Type.Literal(1), Type.Literal(2)]),
    mode: Type.Optional(
      Type.Object(
        { tag: Type.String(), allow: Type.Array(Type.Union(MODE_NUMBERS.map((mode) => Type.Literal(mode))), { minItems: 1 }) },
        strict,
      ),
    ),
    permissive: Type.Optional(
      Type.Array(
        Type.Object(
          { tag: Type.String(), equals: Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]), why: Type.String() },
          strict,
        ),
      ),
    ),
    readBack: Type.Object({ tag: Type.String(), within: Type.Number({ minimum: 0 }), timeout: Type.Integer({ minimum: 1 }) }, strict),
    writers: Type.Array(Type.Union([Type.Literal('command'), Type.Literal('output')]), { minItems: 1 }),
  },
  strict,
);
const listSchema = Type.Array(rule);
type AllowList = Static<typeof listSchema>;

/** @throws Problem ARTEFACT_INVALID with the path */
export function parseAllowList(content: unknown, id: string): AllowList {
  if (Value.Check(listSchema, content)) return content;
  const [first] = Value.Errors(listSchema, content);
  throw fault(id, first?.instancePath ?? '$', first?.message ?? 'no allow-list');
}

function ranges(list: AllowList, id: string): Problem[] {
  const seen = new Set<string>();
  return list.flatMap((line, index) => {
    const twice = seen.has(line.tag);
    seen.add(line.tag);
    if (twice) return [fault(id, `[${index}].tag`, `${line.tag} stands twice in the allow-list`)];
    return line.min <= line.max ? [] : [fault(id, `[${index}].min`, `min ${line.min} is above max ${line.max}`)];
  });
}

/** 下发白名单: the allow-list of the gate for one plant. */
export const gateKind = (checks: KindChecks = {}): ArtefactKind =>
  defineArtefactKind({
    kind: 'gate',
    label: { zh: '下发白名单', en: 'Allow-list of the gate' },
    parse: parseAllowList,
    validate: async (list, id, world) => [...ranges(list, id), ...((await checks.check?.(list, id, world)) ?? [])],
    risk: () => 'high',
  });
