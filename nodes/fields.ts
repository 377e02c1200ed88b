import Type from 'typebox';
import type { Static, TObject, TSchema } from 'typebox';
import { Check } from 'typebox/value';
import type { Text } from '#domain/text.ts';

/** Unit of a quantity as it is shown: `°C`, `%`, `K/min`; empty for a bare number. */
export type Unit = string;

const TextMeta = Type.Object({ zh: Type.String(), en: Type.String() });

/** What the generated dialog needs to know of a field; kept in the schema under `x-field`. */
export const FieldMeta = Type.Object({
  kind: Type.Union([
    Type.Literal('quantity'),
    Type.Literal('integer'),
    Type.Literal('duration'),
    Type.Literal('text'),
    Type.Literal('flag'),
    Type.Literal('choice'),
    Type.Literal('tag'),
    Type.Literal('config'),
    Type.Literal('secret'),
    Type.Literal('list'),
  ]),
  label: TextMeta,
  help: Type.Optional(TextMeta),
  unit: Type.Optional(Type.String()),
  options: Type.Optional(Type.Array(Type.Object({ value: Type.String(), label: TextMeta }))),
  config: Type.Optional(Type.String()),
  access: Type.Optional(Type.Union([Type.Literal('source'), Type.Literal('reads'), Type.Literal('writes')])),
  optional: Type.Optional(Type.Boolean()),
});
export type FieldMeta = Static<typeof FieldMeta>;

interface Labelled {
  readonly label: Text;
  readonly help?: Text;
}

const field = (kind: FieldMeta['kind'], labelled: Labelled, more: Partial<FieldMeta> = {}): { readonly 'x-field': FieldMeta } => ({
  'x-field': { kind, label: labelled.label, ...(labelled.help ? { help: labelled.help } : {}), ...more },
});

/** A number with its unit; `min`, `max`, `default` in that unit. */
export const quantity = (q: Labelled & { unit: Unit; min: number; max: number; default: number }) =>
  Type.Number({ minimum: q.min, maximum: q.max, default: q.default, ...field('quantity', q, { unit: q.unit }) });

export const integer = (q: Labelled & { min: number; max: number; default: number }) =>
  Type.Integer({ minimum: q.min, maximum: q.max, default: q.default, ...field('integer', q) });

/** `'10s'`, `'5m'`; see `domain/time.ts`. */
export const duration = (d: Labelled & { default: string }) =>
  Type.String({ pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)$', default: d.default, ...field('duration', d) });

export const text = (t: Labelled & { default?: string; optional?: boolean; pattern?: string }) =>
  Type.String({
    default: t.default ?? '',
    maxLength: 1000,
    ...(t.optional ? {} : { minLength: 1 }),
    ...(t.pattern ? { pattern: t.pattern } : {}),
    ...field('text', t, { optional: t.optional ?? false }),
  });

export const flag = (f: Labelled & { default: boolean }) => Type.Boolean({ default: f.default, ...field('flag', f) });

export const choice = <const V extends string>(
  c: Labelled & { options: readonly { readonly value: V; readonly label: Text }[]; default: NoInfer<V> },
) =>
  Type.Enum(
    c.options.map((option) => option.value),
    { default: c.default, ...field('choice', c, { options: c.options.map(({ value, label }) => ({ value, label })) }) },
  );

/** What a node does with a tag: acquires its samples, uses its value, writes to it. */
export type Access = 'source' | 'reads' | 'writes';

/** A tag of the dictionary; `access` leads from a tag to its nodes. */
export const tagRef = (t: Labelled & { access: Access; optional?: boolean }) =>
  Type.String({
    default: '',
    maxLength: 80,
    pattern: t.optional ? '^[A-Za-z0-9_.]*$' : '^[A-Za-z0-9_.]+$',
    ...field('tag', t, { access: t.access, optional: t.optional ?? false }),
  });

/** A config node of the given type, picked by its id. */
export const configRef = (type: string, labelled: Labelled) =>
  Type.String({ default: '', minLength: 1, maxLength: 80, ...field('config', labelled, { config: type }) });

/** Kept with the credentials, encrypted, never in a flow; the node gets it by `ctx.secrets`. */
export const secret = (s: Labelled) => Type.Optional(Type.String({ default: '', ...field('secret', s, { optional: true }) }));

export const list = <T extends TObject>(item: T, labelled: Labelled) =>
  Type.Array(item, { default: [], maxItems: 2000, ...field('list', labelled) });

/** Field of one property of a config, or undefined if the schema is none of ours. */
export function fieldOf(schema: TSchema): FieldMeta | undefined {
  const meta: unknown = Reflect.get(schema, 'x-field');
  return Check(FieldMeta, meta) ? meta : undefined;
}
