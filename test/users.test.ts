import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_USERS, ensureFirstUsers } from '#server/modules/users/first-users.ts';
import { ADMIN_PASSWORD, startKit, type Kit } from './edge-kit.ts';

let kit: Kit;
let admin: string;
beforeAll(async () => {
  kit = await startKit();
  ({ cookie: admin } = await kit.logIn('admin', ADMIN_PASSWORD));
});
afterAll(() => kit[Symbol.asyncDispose]());

const create = (id: string, roles?: string[]) =>
  kit.call('POST', '/api/users', { as: admin, body: { id, name: id, ...(roles ? { roles } : {}) } });

describe('users', () => {
  it('gets a one-time password, may do nothing but change it, then logs in with it', async () => {
    const answer = await create('li.na');
    expect(answer.status).toBe(201);
    const password = String(answer.body['oneTimePassword']);
    const first = await kit.logIn('li.na', password);
    expect(first.body).toMatchObject({ user: { id: 'li.na', mustChangePassword: true, rights: [] } });
    expect((await kit.call('GET', '/api/roles', { as: first.cookie })).body['code']).toBe('PASSWORD_CHANGE_REQUIRED');
    const weak = await kit.call('POST', '/api/session/password', {
      as: first.cookie,
      body: { current: password, next: 'li.na-1234-A' },
      headers: { 'accept-language': 'zh-CN' },
    });
    expect([weak.status, weak.body['code'], weak.body['detail']]).toEqual([422, 'PASSWORD_WEAK', '密码不得包含用户名']);
    const wrong = await kit.call('POST', '/api/session/password', {
      as: first.cookie,
      body: { current: 'wrong', next: 'Lantern-Bridge-7' },
    });
    expect([wrong.status, wrong.body['code']]).toEqual([422, 'PASSWORD_WRONG']);
    const changed = await kit.call('POST', '/api/session/password', {
      as: first.cookie,
      body: { current: password, next: 'Lantern-Bridge-7' },
    });
    expect(changed.body).toMatchObject({ user: { mustChangePassword: false } });
    expect((await kit.call('GET', '/api/roles', { as: first.cookie })).status).toBe(200);
    expect((await kit.logIn('li.na', password)).status).toBe(401);
    expect((await kit.logIn('li.na', 'Lantern-Bridge-7')).status).toBe(200);
  });

  it('refuses an old password again, ends the other sessions at a change, and asks for a new one after 90 days', async () => {
    await using own = await startKit();
    const boss = (await own.logIn('admin', ADMIN_PASSWORD)).cookie;
    const { body } = await own.call('POST', '/api/users', { as: boss, body: { id: 'history', name: 'H' } });
    let current = String(body['oneTimePassword']);
    let { cookie } = await own.logIn('history', current);
    const other = (await own.logIn('history', current)).cookie;
    for (const next of ['Lantern-Bridge-1', 'Lantern-Bridge-2']) {
      expect((await own.call('POST', '/api/session/password', { as: cookie, body: { current, next } })).status).toBe(200);
      current = next;
    }
    expect((await own.call('GET', '/api/roles', { as: other })).status).toBe(401);
    expect(
      (await own.call('POST', '/api/session/password', { as: cookie, body: { current, next: 'Lantern-Bridge-1' } })).body['code'],
    ).toBe('PASSWORD_WEAK');
    own.clock.advance(91 * 86_400_000);
    ({ cookie } = await own.logIn('history', current));
    expect((await own.call('GET', '/api/roles', { as: cookie })).body['code']).toBe('PASSWORD_CHANGE_REQUIRED');
  });
});

describe('roles', () => {
  it('are proposed by the system administrator and approved by the security administrator', async () => {
    await using own = await startKit();
    const approver = await own.become('security-administrator');
    const { cookie } = await own.logIn('admin', ADMIN_PASSWORD);
    const created = await own.call('POST', '/api/users', { as: cookie, body: { id: 'sun.lei', name: '孙磊', roles: ['dispatcher'] } });
    expect(created.body).toMatchObject({
      user: { roles: [] },
      roleChange: { state: 'waiting', after: ['dispatcher'], proposedBy: 'admin' },
    });
    const waiting = await own.call('GET', '/api/role-changes?state=waiting', { as: approver });
    const [change] = Array.isArray(waiting.body['items']) ? waiting.body['items'] : [];
    const id = String(Reflect.get(Object(change), 'id'));
    expect((await own.call('POST', `/api/role-changes/${id}/approve`, { as: cookie })).body['code']).toBe('RIGHT_MISSING');
    expect((await own.call('POST', `/api/role-changes/${id}/approve`, { as: approver })).body).toMatchObject({
      state: 'applied',
      decidedBy: 'he.jing',
    });
    expect((await own.call('GET', '/api/users/sun.lei', { as: cookie })).body['roles']).toEqual(['dispatcher']);
    expect((await own.call('POST', `/api/role-changes/${id}/reject`, { as: approver })).body['code']).toBe('ROLE_CHANGE_DECIDED');
    expect(own.audit.filter(({ event }) => event === 'role').map(({ action, actor }) => [action, actor])).toEqual([
      ['propose', 'admin'],
      ['approve', 'he.jing'],
    ]);
  });

  it('of the three administrators exclude each other and every other role', async () => {
    const propose = (roles: string[]) => kit.call('POST', '/api/users/wang.jianjun/roles', { as: admin, body: { roles, reason: 'test' } });
    for (const roles of [
      ['system-administrator', 'audit-administrator'],
      ['security-administrator', 'audit-administrator'],
      ['system-administrator', 'dispatcher'],
    ]) {
      const answer = await propose(roles);
      expect([answer.status, answer.body['code']]).toEqual([409, 'ROLES_EXCLUDE']);
    }
    expect((await propose(['king'])).body['code']).toBe('ROLE_UNKNOWN');
  });

  it('leave the last system administrator alone', async () => {
    expect((await kit.call('POST', '/api/users/admin/roles', { as: admin, body: { roles: [], reason: 'test' } })).body['code']).toBe(
      'USER_LAST_ADMIN',
    );
    const { headers } = await kit.call('GET', '/api/users/admin', { as: admin });
    const disabled = await kit.call('PATCH', '/api/users/admin', {
      as: admin,
      body: { disabled: true },
      headers: { 'if-match': headers.get('etag') ?? '' },
    });
    expect(disabled.body['code']).toBe('USER_LAST_ADMIN');
  });

  it('cannot be taken over by a reset of another administrator', async () => {
    expect((await kit.call('POST', '/api/users/he.jing/password', { as: admin })).body['code']).toBe('ROLES_EXCLUDE');
    expect((await kit.call('POST', '/api/users/wang.jianjun/password', { as: admin })).status).toBe(200);
  });
});

describe('a user', () => {
  it('is changed only with the version that was read, and a disabled one is out at once', async () => {
    const password = String((await create('gone')).body['oneTimePassword']);
    const { cookie } = await kit.logIn('gone', password);
    expect((await kit.call('PATCH', '/api/users/gone', { as: admin, body: { disabled: true } })).status).toBe(428);
    expect(
      (await kit.call('PATCH', '/api/users/gone', { as: admin, body: { disabled: true }, headers: { 'if-match': '"99"' } })).status,
    ).toBe(412);
    const tag = (await kit.call('GET', '/api/users/gone', { as: admin })).headers.get('etag') ?? '';
    expect(
      (await kit.call('PATCH', '/api/users/gone', { as: admin, body: { disabled: true }, headers: { 'if-match': tag } })).body,
    ).toMatchObject({ disabled: true });
    expect((await kit.call('GET', '/api/session', { as: cookie })).body['user']).toBeNull();
    expect((await kit.logIn('gone', password)).status).toBe(401);
  });

  it('has a name that nobody else has', async () => {
    expect((await create('twin')).status).toBe(201);
    expect((await create('twin')).body['code']).toBe('USER_EXISTS');
    expect((await create('Twin')).body['code']).toBe('BODY_INVALID');
    expect((await kit.call('GET', '/api/users/none', { as: admin })).body['code']).toBe('USER_UNKNOWN');
  });
});

describe('the first start', () => {
  it('prints a one-time password, to be changed outside the demo, and later starts change nothing', async () => {
    await using real = await startKit({ demo: false });
    await real.context.store.remove('users', {});
    const first = await ensureFirstUsers({ ...real.context, adminPassword: undefined });
    expect(first.adminPassword).toMatch(/^(?:[\w]{4}-){4}7q$/);
    expect(await real.context.store.all('users', {})).toMatchObject([{ _id: 'admin', mustChange: true, roles: ['system-administrator'] }]);
    expect(await ensureFirstUsers({ ...real.context, adminPassword: undefined })).toEqual({});
  });

  it('refuses a weak NUANLIU_ADMIN_PASSWORD', async () => {
    await using real = await startKit({ demo: false });
    await real.context.store.remove('users', {});
    await expect(ensureFirstUsers({ ...real.context, adminPassword: 'admin' })).rejects.toMatchObject({
      code: 'PASSWORD_WEAK',
      place: { path: 'NUANLIU_ADMIN_PASSWORD' },
    });
  });

  it('gives the people of the demo no password', async () => {
    await using own = await startKit();
    const people = DEMO_USERS.filter((person) => person.user !== 'admin').map((person) => person.user);
    const docs = await own.context.store.all('users', { _id: { $in: people } });
    expect(docs.map((doc) => doc['hash'])).toEqual(people.map(() => null));
  });

  it('lets the first administrator name the first who approves, at once, and nobody else', async () => {
    await using real = await startKit({ demo: false });
    const { cookie } = await real.logIn('admin', ADMIN_PASSWORD);
    const post = (id: string, roles: string[]) => real.call('POST', '/api/users', { as: cookie, body: { id, name: id, roles } });
    expect((await post('first', ['security-administrator'])).body).toMatchObject({
      roleChange: { state: 'applied' },
      user: { roles: ['security-administrator'] },
    });
    expect((await post('second', ['security-administrator'])).body).toMatchObject({ roleChange: { state: 'waiting' } });
    expect((await post('third', ['dispatcher'])).body).toMatchObject({ roleChange: { state: 'waiting' } });
  });
});
