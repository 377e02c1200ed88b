import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Route } from '#domain/contract.ts';
import { Problem } from '#domain/errors.ts';

export type Json = Readonly<Record<string, unknown>>;
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSchema = (value: unknown): value is TSchema & Json => isRecord(value);

/**
 * The schema with every object closed: a key that the contract does not name is refused.
 * Parts of an `allOf` stay open, since each names only some of the keys; the whole is closed by `unevaluatedProperties`.
 */
export function closed(schema: unknown, part = false): unknown {
  if (Array.isArray(schema)) return schema.map((item: unknown) => closed(item));
  if (!isRecord(schema)) return schema;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (['properties', 'patternProperties', '$defs'].includes(key) && isRecord(value))
      copy[key] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, closed(inner)]));
    else if (key === 'allOf' && Array.isArray(value)) copy[key] = value.map((inner: unknown) => closed(inner, true));
    else if (['items', 'anyOf', 'oneOf', 'additionalProperties'].includes(key)) copy[key] = closed(value);
    else copy[key] = value;
  }
  if (!part && isRecord(schema['properties']) && copy['additionalProperties'] === undefined) copy['additionalProperties'] = false;
  if (!part && Array.isArray(schema['allOf'])) copy['unevaluatedProperties'] = false;
  return copy;
}

/** Checks a value; @throws Problem with the code and the JSON pointer of the first fault */
export type Checker = (value: unknown) => void;

/** Where and what the first fault is; a schema may be undefined: then nothing is allowed in the value. */
export function checkerOf(schema: unknown, code: string, status: number): Checker | undefined {
  const strict = closed(schema);
  if (!isSchema(strict)) return undefined;
  const validator = Compile(strict);
  return (value) => {
    if (validator.Check(value)) return;
    const errors = validator.Errors(value).filter((error) => error.keyword !== 'boolean');
    const fault = errors.find((error) => error.keyword !== 'anyOf') ?? errors[0];
    const extra = fault?.keyword === 'additionalProperties' ? fault.params.additionalProperties.map(String) : [];
    const path = `${fault?.instancePath ?? ''}${extra.length > 0 ? `/${extra[0] ?? ''}` : ''}`;
    const what = extra.length > 0 ? 'there is no such field' : (fault?.message ?? 'it does not match the contract');
    throw new Problem(code, status, `${path === '' ? 'the value' : path} ${what}`, { place: { path } });
  };
}

/** The kind of a query parameter: what its text is turned into before the check. */
function kindOf(schema: unknown): 'number' | 'boolean' | 'array' | 'text' {
  if (!isRecord(schema)) return 'text';
  const type = schema['type'];
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'boolean' || type === 'array') return type;
  const choices = schema['anyOf'];
  return Array.isArray(choices) && choices.length > 0 && choices.every((choice) => kindOf(choice) === 'number') ? 'number' : 'text';
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const BOOLEAN: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false };

function coerce(text: string, schema: unknown): unknown {
  const kind = kindOf(schema);
  if (kind === 'number') return NUMBER.test(text) ? Number(text) : text;
  return kind === 'boolean' ? (BOOLEAN[text] ?? text) : text;
}

/**
 * The query as an object for its schema: numbers from decimal text, booleans from `true`, `false`, `1`, `0`,
 * arrays from a repeated key or a list with commas (`tags=a,b` = `tags=a&tags=b`). What does not fit stays text and fails the check.
 */
export function parseQuery(search: URLSearchParams, schema: unknown): Json {
  const properties = isRecord(schema) && isRecord(schema['properties']) ? schema['properties'] : {};
  const result: Record<string, unknown> = {};
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name);
    if (name === '__proto__') throw new Problem('QUERY_INVALID', 400, `there is no parameter '${name}'`, { place: { path: `/${name}` } });
    const property: unknown = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (kindOf(property) === 'array') {
      const items: unknown = isRecord(property) ? property['items'] : undefined;
      result[name] = values
        .flatMap((text) => text.split(','))
        .filter((text) => text !== '')
        .map((text) => coerce(text, items));
    } else if (values.length > 1) {
      throw new Problem('QUERY_INVALID', 400, `the parameter '${name}' is given ${values.length} times`, { place: { path: `/${name}` } });
    } else {
      result[name] = coerce(values[0] ?? '', property);
    }
  }
  return result;
}

/** The parameters of a path as their schema wants them: numbers and booleans from text, like the query. */
export function parseParams(params: Readonly<Record<string, unknown>>, schema: unknown): Json {
  const properties = isRecord(schema) && isRecord(schema['properties']) ? schema['properties'] : {};
  return Object.fromEntries(
    Object.entries(params).map(([name, text]) => [name, typeof text === 'string' ? coerce(text, properties[name]) : text]),
  );
}

/** The compiled checks of a route. */
export interface RouteChecks {
  readonly params: Checker | undefined;
  readonly query: Checker | undefined;
  readonly body: Checker | undefined;
  readonly response: Checker | undefined;
}

const NOTHING = { type: 'object', properties: {} };

export function compileRoute(route: Route, validateResponses: boolean): RouteChecks {
  return {
    params: checkerOf(route.params, 'PARAMS_INVALID', 400),
    query: checkerOf(route.query ?? NOTHING, 'QUERY_INVALID', 400),
    body: checkerOf(route.body, 'BODY_INVALID', 400),
    response: validateResponses ? checkerOf(route.response, 'RESPONSE_INVALID', 500) : undefined,
  };
}
