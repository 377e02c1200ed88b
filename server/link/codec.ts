import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '#domain/errors.ts';
import type { AckMessage, BatchMessage, CommandAckMessage, CommandMessage, DeploymentMessage, HelloMessage } from './wire.ts';

const strict = { additionalProperties: false } as const;
const v = Type.Literal(1);
const runtime = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' });
const seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const at = Type.Integer({ minimum: 0, maximum: 8_589_934_591_999 });
const tag = Type.String({ minLength: 1, maxLength: 100 });
const value = Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 1000 }), Type.Null()]);
const quality = Type.Union([Type.Literal('good'), Type.Literal('uncertain'), Type.Literal('bad')]);

/** Samples of one batch at most. */
const BATCH_LIMIT = 1000;
/** Bytes of one packet at most (api.md, security.md 2.4). */
export const PACKET_LIMIT = 256 * 1024;

const schemas = {
  batch: Type.Object(
    {
      v,
      runtime,
      seq,
      after: Type.Optional(seq),
      samples: Type.Array(Type.Object({ tag, at, value, quality }, strict), { minItems: 1, maxItems: BATCH_LIMIT }),
    },
    strict,
  ),
  ack: Type.Object({ v, seq }, strict),
  cmd: Type.Object(
    {
      v,
      id: Type.String({ minLength: 1, maxLength: 64 }),
      tag,
      value: Type.Union([Type.Number(), Type.Boolean()]),
      expires: at,
      deployment: Type.Integer({ minimum: 0 }),
    },
    strict,
  ),
  cmdack: Type.Object(
    {
      v,
      id: Type.String({ minLength: 1, maxLength: 64 }),
      state: Type.Union([Type.Literal('confirmed'), Type.Literal('failed'), Type.Literal('unknown')]),
      at,
      code: Type.Optional(Type.String({ maxLength: 100 })),
      detail: Type.Optional(Type.String({ maxLength: 1000 })),
      readBack: Type.Optional(value),
    },
    strict,
  ),
  hello: Type.Object(
    {
      v,
      runtime,
      deployment: Type.Integer({ minimum: 0 }),
      hashes: Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 200 })),
      owns: Type.Array(tag, { maxItems: 5000 }),
      queued: Type.Integer({ minimum: 0 }),
    },
    strict,
  ),
  deployment: Type.Object({ v, n: Type.Integer({ minimum: 0 }) }, strict),
};

/** Last part of a topic, and the message that it carries. */
export interface Messages {
  readonly batch: BatchMessage;
  readonly ack: AckMessage;
  readonly cmd: CommandMessage;
  readonly cmdack: CommandAckMessage;
  readonly hello: HelloMessage;
  readonly deployment: DeploymentMessage;
}
export type MessageKind = keyof Messages;

const KINDS: readonly MessageKind[] = ['batch', 'ack', 'cmd', 'cmdack', 'hello', 'deployment'];

export const topicOf = (name: string, kind: MessageKind): string => `nl/v1/${name}/${kind}`;

/** Runtime and kind of a topic of the link, undefined for all others. */
export function parseTopic(topic: string): { readonly runtime: string; readonly kind: MessageKind } | undefined {
  const [, name, leaf] = /^nl\/v1\/([a-z0-9][a-z0-9-]{0,39})\/([a-z]+)$/.exec(topic) ?? [];
  const kind = KINDS.find((k) => k === leaf);
  return name === undefined || kind === undefined ? undefined : { runtime: name, kind };
}

interface Codec<T> {
  encode(message: T): Buffer;
  decode(payload: Uint8Array): T;
}

const text = new TextDecoder('utf-8', { fatal: true });

function codec<S extends TSchema>(kind: string, schema: S): Codec<Static<S>> {
  const validator = Compile(schema);
  const refuse = (detail: string, path: string): Problem => new Problem('LINK_MESSAGE', 400, `${kind}: ${detail}`, { place: { path } });
  const check = (message: unknown): Static<S> => {
    if (validator.Check(message)) return message;
    const [fault] = validator.Errors(message);
    throw refuse(fault?.keyword === 'boolean' ? 'there is no such field' : (fault?.message ?? 'does not match'), fault?.instancePath ?? '');
  };
  return {
    encode(message) {
      const payload = Buffer.from(JSON.stringify(check(message)));
      if (payload.length > PACKET_LIMIT) throw refuse(`${payload.length} bytes are more than ${PACKET_LIMIT}`, '');
      return payload;
    },
    decode(payload) {
      if (payload.length > PACKET_LIMIT) throw refuse(`${payload.length} bytes are more than ${PACKET_LIMIT}`, '');
      let message: unknown;
      try {
        message = JSON.parse(text.decode(payload));
      } catch (error) {
        throw refuse(`no JSON in UTF-8: ${error instanceof Error ? error.message : String(error)}`, '');
      }
      return check(message);
    },
  };
}

/** Strict encoding and decoding of each message. @throws Problem LINK_MESSAGE with the JSON pointer of the first fault. */
export const codecs: { readonly [K in MessageKind]: Codec<Messages[K]> } = {
  batch: codec('batch', schemas.batch),
  ack: codec('ack', schemas.ack),
  cmd: codec('cmd', schemas.cmd),
  cmdack: codec('cmdack', schemas.cmdack),
  hello: codec('hello', schemas.hello),
  deployment: codec('deployment', schemas.deployment),
};

/** Numbers of a batch that is otherwise malformed, so that it need not be sent for ever; `after` only if it can be read. */
export function numbersOfMalformed(payload: Uint8Array): { readonly seq: number; readonly after: number | undefined } | undefined {
  const head = Buffer.from(payload.subarray(0, 2000)).toString('latin1').split('"samples"')[0] ?? '';
  const number = (name: string): number | undefined => {
    const [, digits] = new RegExp(`"${name}"\\s*:\\s*(\\d{1,16})\\s*[,}]`).exec(head) ?? [];
    return digits !== undefined && Number.isSafeInteger(Number(digits)) ? Number(digits) : undefined;
  };
  const seq = number('seq');
  return seq === undefined ? undefined : { seq, after: number('after') };
}
