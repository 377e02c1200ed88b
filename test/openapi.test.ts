import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isProblem } from '#domain/errors.ts';
import { resolveSettings } from '#server/config.ts';
import { buildOpenApi, templated } from '#server/http/openapi.ts';
import { checkerOf, isRecord } from '#server/http/schema.ts';
import { DEMO_USERS } from '#server/modules/users/first-users.ts';
import { startServer, type RunningServer } from '#server/start-server.ts';
import { allContracts, keyOf } from './contracts.ts';
import { ADMIN_PASSWORD } from './edge-kit.ts';

const contracts = await allContracts();
const routes = contracts.flatMap(({ name, contract }) => Object.entries(contract).map(([key, route]) => ({ id: `${name}.${key}`, route })));
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** What is wrong with a value under a schema, or undefined. */
const fault = (schema: unknown, value: unknown): string | undefined => {
  try {
    checkerOf(schema, 'EXAMPLE', 500)?.(value);
    return undefined;
  } catch (error) {
    if (isProblem(error)) return error.message;
    throw error;
  }
};

function operations(document: unknown): { readonly key: string; readonly path: string; readonly operation: Record<string, unknown> }[] {
  return Object.entries(record(at(document, 'paths'))).flatMap(([path, item]) =>
    Object.entries(record(item)).map(([method, operation]) => ({
      key: `${method.toUpperCase()} ${path}`,
      path,
      operation: record(operation),
    })),
  );
}

describe('the document', () => {
  const document = buildOpenApi(contracts, '0.0.0');

  it('has the structure of OpenAPI 3.1', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Nuanliu 暖流', version: '0.0.0' } });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    const ids = new Set<unknown>();
    for (const { key, path, operation } of operations(document)) {
      expect(METHODS).toContain(key.split(' ')[0]?.toLowerCase());
      expect([key, ids.has(operation['operationId'])]).toEqual([key, false]);
      ids.add(operation['operationId']);
      const parameters = list(operation['parameters']);
      const inPath = parameters.filter((one) => at(one, 'in') === 'path').map((one) => at(one, 'name'));
      expect([key, inPath]).toEqual([key, [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])]);
      for (const one of parameters) expect([key, typeof at(one, 'name'), isRecord(at(one, 'schema'))]).toEqual([key, 'string', true]);
      const statuses = Object.keys(record(operation['responses']));
      expect([key, statuses.some((status) => /^2\d\d$/.test(status)), statuses.includes('default')]).toEqual([key, true, true]);
      expect(/\p{Script=Han}/u.test(String(operation['description'])) && /[a-z]/.test(String(operation['summary']))).toBe(true);
    }
  });

  it('names only what it holds', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(refs.length).toBeGreaterThan(0);
    for (const ref of new Set(refs)) expect([ref, at(document, ...ref.replace('#/', '').split('/')) !== undefined]).toEqual([ref, true]);
    for (const { key, operation } of operations(document)) {
      for (const one of list(operation['security']))
        for (const scheme of Object.keys(record(one)))
          expect([key, at(document, 'components', 'securitySchemes', scheme) !== undefined]).toEqual([key, true]);
    }
  });
});

describe('contracts', () => {
  it('are each of one address and name the parameters of their path', () => {
    const keys = routes.map(({ route }) => keyOf(route));
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    for (const { id, route } of routes) {
      const wanted = [...route.path.matchAll(/[:*](\w+)/g)].map((match) => match[1]);
      expect([id, Object.keys(record(at(route.params, 'properties')))]).toEqual([id, wanted]);
    }
  });

  it('carry examples that fit their schemas', () => {
    const faults = routes.flatMap(({ id, route }) => {
      const { body, response } = route.example ?? {};
      return [
        ...(body === undefined ? [] : [fault(route.body, body)]),
        ...(response === undefined ? [] : [fault(route.response, response)]),
        route.body !== undefined && body === undefined ? 'has a body but no example of it' : undefined,
      ].flatMap((text) => (text === undefined ? [] : `${id}: ${text}`));
    });
    expect(faults).toEqual([]);
  });
});

describe('the running server', () => {
  let dir: string;
  let server: RunningServer;
  let cookie: string;
  const headers = { 'x-nuanliu': '1', 'content-type': 'application/json' };
  const cookieIn = (answer: Response): string => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nuanliu-openapi-'));
    const settings = resolveSettings({
      port: 0,
      editorPort: 0,
      demo: true,
      dataDir: dir,
      log: { level: 'silent' },
      mqtt: { port: 0 },
      runtime: { start: false },
    });
    server = await startServer({ settings, adminPassword: ADMIN_PASSWORD });
    const body = JSON.stringify({ user: 'admin', password: ADMIN_PASSWORD });
    cookie = cookieIn(await fetch(`${server.url}/api/session`, { method: 'POST', headers, body }));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });

  it('serves what the contracts name, and nothing else', async () => {
    const answer = await fetch(`${server.url}/api/openapi.json`, { headers: { cookie } });
    const served = operations(await answer.json()).map(({ key }) => key);
    expect(served.sort()).toEqual(routes.map(({ route }) => `${route.method} ${templated(route.path)}`).sort());
  });

  it('answers every list as its contract says', async () => {
    const plain = routes.filter(
      ({ route }) => route.method === 'GET' && !route.path.includes(':') && list(at(route.query, 'required')).length === 0,
    );
    expect(plain.length).toBeGreaterThan(20);
    const faults: string[] = [];
    const reached = new Set<string>();
    for (const { persona } of DEMO_USERS) {
      const become = await fetch(`${server.url}/api/demo/persona`, {
        method: 'POST',
        headers: { ...headers, cookie },
        body: JSON.stringify({ persona }),
      });
      cookie = cookieIn(become);
      for (const { id, route } of plain) {
        const answer = await fetch(server.url + route.path, { headers: { cookie } });
        const text = await answer.text();
        if (answer.status === 403) continue;
        reached.add(id);
        if (answer.status >= 400 && id !== 'health.ready') faults.push(`${id} as ${persona}: ${answer.status} ${text}`);
        else if (route.response !== undefined) {
          const wrong = fault(route.response, JSON.parse(text));
          if (wrong !== undefined) faults.push(`${id} as ${persona}: ${wrong}`);
        }
      }
    }
    expect(faults).toEqual([]);
    expect(plain.map(({ id }) => id).filter((id) => !reached.has(id))).toEqual([]);
  });
});
