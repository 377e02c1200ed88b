import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';

const Variables = Type.Record(Type.String(), Type.Unknown());
const Fail = Type.Object(
  { retries: Type.Optional(Type.Integer({ minimum: 0 })), message: Type.Optional(Type.String()), backoff: Type.Optional(Type.String()) },
  { additionalProperties: false },
);
const Throw = Type.Object(
  { code: Type.String(), message: Type.Optional(Type.String()), variables: Type.Optional(Variables) },
  { additionalProperties: false },
);
const one = { additionalProperties: false, minProperties: 1, maxProperties: 1 } as const;
const Outcome = Type.Object({ complete: Type.Optional(Variables), fail: Type.Optional(Fail), throw: Type.Optional(Throw) }, one);
export type Outcome = Static<typeof Outcome>;

const Step = Type.Object(
  {
    message: Type.Optional(
      Type.Object(
        {
          name: Type.String(),
          key: Type.Optional(Type.String()),
          variables: Type.Optional(Variables),
          ttl: Type.Optional(Type.String()),
          id: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
    signal: Type.Optional(Type.Object({ name: Type.String(), variables: Type.Optional(Variables) }, { additionalProperties: false })),
    advance: Type.Optional(Type.String()),
    task: Type.Optional(Type.Object({ element: Type.String(), variables: Type.Optional(Variables) }, { additionalProperties: false })),
    work: Type.Optional(
      Type.Object(
        { element: Type.String(), complete: Type.Optional(Variables), fail: Type.Optional(Fail), throw: Type.Optional(Throw) },
        { additionalProperties: false, minProperties: 2, maxProperties: 2 },
      ),
    ),
    resolve: Type.Optional(
      Type.Object(
        { element: Type.String(), retries: Type.Optional(Type.Integer({ minimum: 0 })), variables: Type.Optional(Variables) },
        { additionalProperties: false },
      ),
    ),
    set: Type.Optional(Type.Object({ variables: Variables, element: Type.Optional(Type.String()) }, { additionalProperties: false })),
    modify: Type.Optional(
      Type.Object(
        { activate: Type.Optional(Type.Array(Type.String())), terminate: Type.Optional(Type.Array(Type.String())) },
        { additionalProperties: false },
      ),
    ),
    migrate: Type.Optional(
      Type.Object({ to: Type.String(), map: Type.Optional(Type.Record(Type.String(), Type.String())) }, { additionalProperties: false }),
    ),
    cancel: Type.Optional(Type.Literal(true)),
  },
  one,
);
export type Step = Static<typeof Step>;

const Case = Type.Object(
  {
    bpmn: Type.Array(Type.String(), { minItems: 1 }),
    process: Type.Optional(Type.String()),
    variables: Type.Optional(Variables),
    now: Type.Optional(Type.String()),
    jobs: Type.Optional(Type.Record(Type.String(), Type.Array(Outcome))),
    hold: Type.Optional(Type.Array(Type.String())),
    steps: Type.Optional(Type.Array(Step)),
  },
  { additionalProperties: false },
);
export type Case = Static<typeof Case>;
const check = Compile(Case);

/** A case that cannot be run: the message begins with the place in it. */
export class MalformedCase extends Error {}

/** @throws MalformedCase */
export function parseCase(file: string, text: string): Case {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new MalformedCase(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (check.Check(json)) return json;
  const [first] = check.Errors(json);
  throw new MalformedCase(
    `${file}: ${first?.instancePath || '/'} ${first?.message === 'schema is false' ? 'is not known' : (first?.message ?? 'is not a case')}`,
  );
}
