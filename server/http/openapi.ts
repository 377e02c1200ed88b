import type { Contract, Route } from '#domain/contract.ts';
import { closed, isRecord, type Json } from './schema.ts';

/** `/api/tags/:tag` as OpenAPI writes it: `/api/tags/{tag}`. */
export const templated = (path: string): string => path.replaceAll(/[:*](\w+)/g, '{$1}');

const problem = {
  description: 'RFC 9457 problem',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const properties = (schema: unknown): [string, unknown][] =>
  isRecord(schema) && isRecord(schema['properties']) ? Object.entries(schema['properties']) : [];
const required = (schema: unknown): readonly unknown[] => (isRecord(schema) && Array.isArray(schema['required']) ? schema['required'] : []);

function parametersOf(route: Route): Json[] {
  const inPath = [...route.path.matchAll(/[:*](\w+)/g)].map((match) => match[1] ?? '');
  const schemas = new Map(properties(route.params));
  return [
    ...inPath.map((name) => ({ name, in: 'path', required: true, schema: schemas.get(name) ?? { type: 'string' } })),
    ...properties(route.query).map(([name, schema]) => ({ name, in: 'query', required: required(route.query).includes(name), schema })),
    ...(route.method === 'GET' || route.access === 'public'
      ? []
      : [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: false,
            schema: { type: 'string', maxLength: 128 },
            description: 'the same key gets the same answer for 24 h',
          },
        ]),
    ...(route.errors?.includes('IF_MATCH_MISSING') === true
      ? [{ name: 'If-Match', in: 'header', required: true, schema: { type: 'string' }, description: 'the ETag that was read' }]
      : []),
  ];
}

function answersOf(route: Route): Json {
  const status = route.status ?? 200;
  const content: Record<string, unknown> = {};
  if (route.response !== undefined) {
    content['application/json'] = {
      schema: closed(route.response),
      ...(route.example?.response === undefined ? {} : { example: route.example.response }),
    };
  }
  for (const type of route.produces ?? []) content[type] = { schema: { type: 'string' } };
  return {
    [String(status)]: { description: route.summary.en, ...(Object.keys(content).length > 0 ? { content } : {}) },
    ...(route.access === 'public' ? {} : { '401': problem, '403': problem }),
    default: {
      ...problem,
      description: `RFC 9457 problem${route.errors === undefined ? '' : `; codes to expect: ${route.errors.join(', ')}`}`,
    },
  };
}

function operationOf(module: string, name: string, route: Route): Json {
  const security = route.access === 'public' ? [] : route.access === 'runtime' ? [{ bearer: [] }] : [{ cookie: [] }, { bearer: [] }];
  return {
    operationId: `${module}.${name}`,
    tags: [module],
    summary: route.summary.en,
    description: route.summary.zh,
    'x-access': route.access,
    security,
    parameters: parametersOf(route),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: closed(route.body),
                ...(route.example?.body === undefined ? {} : { example: route.example.body }),
              },
            },
          },
        }),
    responses: answersOf(route),
  };
}

/** The OpenAPI 3.1 document of what is served; nothing in it is written twice. */
export function buildOpenApi(modules: readonly { readonly name: string; readonly contract: Contract }[], version: string): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { name: module, contract } of modules) {
    for (const [name, route] of Object.entries(contract)) {
      const path = templated(route.path);
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(module, name, route) };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Nuanliu 暖流', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: modules.map(({ name }) => ({ name })),
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => a.localeCompare(b))),
    components: {
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: 'nuanliu', description: 'the session; changes need the header x-nuanliu: 1 too' },
        bearer: { type: 'http', scheme: 'bearer', description: 'a service token: nuanliu token create' },
      },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            code: { type: 'string', description: 'stable; docs/reference/errors.md' },
            place: {
              type: 'object',
              properties: {
                path: { type: 'string' },
                file: { type: 'string' },
                element: { type: 'string' },
                line: { type: 'integer' },
                column: { type: 'integer' },
              },
            },
            requestId: { type: 'string' },
          },
        },
      },
    },
  };
}
