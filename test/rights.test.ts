import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES } from '#domain/role.ts';
import type { ServedModule } from '#server/define-module.ts';
import { allContracts, keyOf } from './contracts.ts';
import { ADMIN_PASSWORD, startKit, type Kit } from './edge-kit.ts';

type Expected = 'public' | 'everyone' | 'runtime' | readonly string[];
const { routes: expected }: { routes: Readonly<Record<string, Expected>> } = JSON.parse(
  await readFile(join(import.meta.dirname, 'fixtures', 'rights.json'), 'utf8'),
);
const contracts = await allContracts();
const routes = contracts.flatMap(({ contract }) => Object.values(contract));

/** These are served with their real handlers by the kit; the others get one that does nothing: only who may pass is looked at. */
const REAL = new Set(['http', 'users', 'session', 'health', 'persona']);
const standIns: ServedModule[] = contracts
  .filter(({ name }) => !REAL.has(name))
  .map(({ name, contract }) => ({
    name,
    contract,
    handlers: Object.fromEntries(Object.keys(contract).map((key) => [key, async () => undefined])),
  }));

let kit: Kit;
beforeAll(async () => {
  kit = await startKit({ modules: standIns });
});
afterAll(() => kit[Symbol.asyncDispose]());

/** True if the rights let the call pass, whatever the handler then says of it; the body is one that no contract takes. */
async function passes(key: string, cookie: string | undefined): Promise<boolean> {
  const [method = '', path = ''] = key.split(' ');
  const body = method === 'GET' ? undefined : { 'refused by every contract': true };
  const answer = await kit.call(method, path.replaceAll(/:\w+/g, 'none'), { body, ...(cookie === undefined ? {} : { as: cookie }) });
  const code = answer.body['code'];
  expect([key, answer.status, code]).not.toEqual([key, 404, 'ROUTE_UNKNOWN']);
  return code !== 'RIGHT_MISSING' && code !== 'LOGIN_NEEDED' && code !== 'RUNTIME_ONLY';
}

it('the table names every route of the contracts and no other', () => {
  expect(routes.map(keyOf).sort()).toEqual(Object.keys(expected).sort());
});

it('nobody passes without a log-in, but to what is public', async () => {
  const passed: string[] = [];
  for (const key of Object.keys(expected)) if (await passes(key, undefined)) passed.push(key);
  expect(passed.sort()).toEqual(
    Object.keys(expected)
      .filter((key) => expected[key] === 'public')
      .sort(),
  );
});

describe.each(ROLES.map((role) => role.id))('%s', (role) => {
  let cookie: string;
  beforeAll(async () => {
    await kit.context.store.upsert('users', {
      _id: `only-${role}`,
      name: role,
      roles: [role],
      hash: null,
      history: [],
      passwordAt: kit.clock.now(),
      mustChange: false,
      disabled: false,
      language: 'zh',
      created: 0,
    });
    // The account exists only in the store: a log-in, refused as it must be, takes it into the directory; then the bar's way in.
    await kit.logIn(`only-${role}`, ADMIN_PASSWORD);
    cookie = await kit.sessionOf(`only-${role}`);
  });

  it('passes exactly where the table says', async () => {
    const passed: string[] = [];
    for (const key of Object.keys(expected)) if (await passes(key, cookie)) passed.push(key);
    const wanted = Object.keys(expected).filter((key) => {
      const who = expected[key];
      return who === 'public' || who === 'everyone' || (Array.isArray(who) && who.includes(role));
    });
    expect(passed.sort()).toEqual(wanted.sort());
  });
});
