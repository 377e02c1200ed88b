import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToken, revokeToken } from '#server/modules/users/tokens.ts';
import { breakGlass } from '#server/modules/users/first-users.ts';
import { ADMIN_PASSWORD, startKit, type Kit } from './edge-kit.ts';

const MINUTE = 60_000;
let kit: Kit;
beforeAll(async () => {
  kit = await startKit();
});
afterAll(() => kit[Symbol.asyncDispose]());

const me = async (cookie: string): Promise<unknown> =>
  (await kit.call('GET', '/api/session', { as: cookie, headers: { 'x-nuanliu-background': '1' } })).body['user'];

describe('log-in', () => {
  it('sets an HttpOnly, strict cookie and tells who it is', async () => {
    const answer = await kit.logIn('admin', ADMIN_PASSWORD);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toMatch(/^nuanliu=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(answer.body).toMatchObject({ demo: true, user: { id: 'admin', mustChangePassword: false, language: 'zh' } });
    expect(await me(answer.cookie)).toMatchObject({ id: 'admin' });
    expect(kit.audit.at(-1)).toMatchObject({ event: 'session', action: 'log-in', result: 'done', actor: 'admin' });
  });

  it('sets a __Host- cookie for TLS', async () => {
    await using own = await startKit({ secureCookie: true });
    const { headers, cookie } = await own.logIn('admin', ADMIN_PASSWORD);
    expect(headers.get('set-cookie')).toMatch(/^__Host-nuanliu=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    expect((await own.call('GET', '/api/users', { as: cookie })).status).toBe(200);
    expect((await own.call('GET', '/api/users', { as: cookie.replace('__Host-', '') })).status).toBe(401);
  });

  it('answers the same to a wrong password, an unknown user and a person of the demo, and stores no secret', async () => {
    const answers = [await kit.logIn('admin', 'wrong'), await kit.logIn('nobody', 'wrong'), await kit.logIn('wang.jianjun', '')];
    expect(answers.slice(0, 2).map(({ status, body }) => [status, body['code'], body['detail']])).toEqual(
      Array.from({ length: 2 }, () => [401, 'LOGIN_FAILED', 'the user or the password is wrong']),
    );
    expect((await kit.logIn('wang.jianjun', 'anything-At-1')).status).toBe(401);
    expect(JSON.stringify(await kit.context.store.all('sessions', {}))).not.toContain(
      (await kit.logIn('admin', ADMIN_PASSWORD)).cookie.slice(8),
    );
  });

  it('outlives a restart, but not its time', async () => {
    const { cookie } = await kit.logIn('admin', ADMIN_PASSWORD);
    const value = cookie.split('=')[1] ?? '';
    const touch = { ip: undefined, touch: false };
    expect(await (await kit.restarted()).session(value, touch)).toMatchObject({ caller: { id: 'admin' } });
    kit.clock.advance(15 * MINUTE);
    expect(await (await kit.restarted()).session(value, touch)).toBeUndefined();
  });

  it('logs out at once', async () => {
    const { cookie } = await kit.logIn('admin', ADMIN_PASSWORD);
    const answer = await kit.call('DELETE', '/api/session', { as: cookie });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('set-cookie')).toContain('Max-Age=0');
    expect(await me(cookie)).toBeNull();
    expect((await kit.call('GET', '/api/users', { as: cookie })).status).toBe(401);
  });

  it('ends after 15 idle minutes; background requests do not prolong it', async () => {
    const { cookie } = await kit.logIn('admin', ADMIN_PASSWORD);
    kit.clock.advance(14 * MINUTE);
    expect((await kit.call('GET', '/api/users', { as: cookie })).status).toBe(200);
    kit.clock.advance(14 * MINUTE);
    expect(await me(cookie)).not.toBeNull();
    kit.clock.advance(MINUTE);
    expect(await me(cookie)).toBeNull();
    expect(kit.audit.at(-1)).toMatchObject({ action: 'end', reason: 'idle' });
  });

  it('ends after twelve hours in any case, also when the wall clock is set back', async () => {
    const { cookie } = await kit.logIn('admin', ADMIN_PASSWORD);
    for (let minutes = 10; minutes < 12 * 60; minutes += 10) {
      kit.clock.advance(10 * MINUTE);
      if (minutes === 360) kit.clock.setWall(kit.clock.now() - 7_200_000);
      expect((await kit.call('GET', '/api/users', { as: cookie })).status).toBe(200);
    }
    kit.clock.advance(10 * MINUTE);
    expect((await kit.call('GET', '/api/users', { as: cookie })).status).toBe(401);
  });

  it('keeps three sessions of a person, the oldest ends', async () => {
    const cookies: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      kit.clock.advance(1000);
      cookies.push((await kit.logIn('admin', ADMIN_PASSWORD)).cookie);
    }
    expect(await me(cookies[0] ?? '')).toBeNull();
    for (const cookie of cookies.slice(1)) expect(await me(cookie)).not.toBeNull();
  });

  it('counts tries of an address', async () => {
    await using slow = await startKit({ http: { logInsPerMinute: 2 } });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await slow.logIn('nobody', 'x')).status);
    expect(statuses).toEqual([401, 401, 429]);
    slow.clock.advance(61_000);
    expect((await slow.logIn('admin', ADMIN_PASSWORD)).status).toBe(200);
  });
});

describe('lock-out', () => {
  it.each([['admin'], ['nobody-at-all']])('locks %s after five failures for 15 minutes, also for the right password', async (user) => {
    await using own = await startKit();
    for (let n = 0; n < 5; n += 1) expect((await own.logIn(user, `wrong-${n}`)).status).toBe(401);
    const sixth = await own.logIn(user, ADMIN_PASSWORD);
    expect([sixth.status, sixth.body['code']]).toEqual([423, 'LOGIN_LOCKED']);
    own.clock.advance(15 * MINUTE);
    expect((await own.logIn(user, ADMIN_PASSWORD)).status).toBe(user === 'admin' ? 200 : 401);
  });

  it('is not slipped under by tries at the same time', async () => {
    await using own = await startKit();
    const tries = await Promise.all(Array.from({ length: 12 }, (_, n) => own.logIn('admin', `wrong-${n}`)));
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(tries.filter(({ status }) => status === 423)).toHaveLength(7);
  });

  it('forgets failures outside the window', async () => {
    await using own = await startKit();
    for (let n = 0; n < 4; n += 1) await own.logIn('admin', 'wrong');
    own.clock.advance(15 * MINUTE);
    await own.logIn('admin', 'wrong');
    expect((await own.logIn('admin', ADMIN_PASSWORD)).status).toBe(200);
  });

  it('opens for the local command line', async () => {
    await using own = await startKit();
    for (let n = 0; n < 5; n += 1) await own.logIn('admin', 'wrong');
    const { oneTimePassword } = await breakGlass(own.context, 'admin');
    expect((await own.logIn('admin', oneTimePassword)).body).toMatchObject({ user: { mustChangePassword: true } });
    expect(own.audit.some(({ action, actor }) => action === 'break-glass' && actor === 'local command line')).toBe(true);
  });
});

describe('demo bar', () => {
  it('becomes another person without a password, in a session of its own', async () => {
    const { cookie } = await kit.logIn('admin', ADMIN_PASSWORD);
    const answer = await kit.call('POST', '/api/demo/persona', { as: cookie, body: { persona: 'dispatcher' } });
    expect(answer.body).toMatchObject({ user: 'wang.jianjun', name: '王建军' });
    const next = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(await me(next)).toMatchObject({ id: 'wang.jianjun' });
    expect(await me(cookie)).toBeNull();
    expect(kit.audit.some(({ action, object }) => action === 'become' && object === 'user/wang.jianjun')).toBe(true);
    expect((await kit.call('POST', '/api/demo/persona', { as: next, body: { persona: 'king' } })).body['code']).toBe('PERSONA_UNKNOWN');
  });

  it('does not exist outside the demo, and nobody becomes anybody before a log-in', async () => {
    await using real = await startKit({ demo: false });
    const { cookie } = await real.logIn('admin', ADMIN_PASSWORD);
    expect((await real.call('POST', '/api/demo/persona', { as: cookie, body: { persona: 'manager' } })).status).toBe(404);
    expect((await kit.call('POST', '/api/demo/persona', { body: { persona: 'manager' } })).status).toBe(401);
  });
});

describe('service tokens', () => {
  it('carry rights, not roles, until they expire or are revoked', async () => {
    const { secret } = await createToken(kit.context, { name: 'reporter', rights: ['user.manage'], expiresIn: 60 * MINUTE, by: 'cli' });
    const bearer = { authorization: `Bearer ${secret}`, 'x-nuanliu': '' };
    expect((await kit.call('GET', '/api/users', { headers: bearer })).status).toBe(200);
    expect((await kit.call('POST', '/api/users', { headers: bearer, body: { id: 'by.token', name: 'T' } })).status).toBe(201);
    expect((await kit.call('POST', '/api/role-changes/x/approve', { headers: bearer })).body['code']).toBe('RIGHT_MISSING');
    expect(JSON.stringify(await kit.context.store.all('tokens', {}))).not.toContain(secret);
    kit.clock.advance(60 * MINUTE);
    expect((await kit.call('GET', '/api/users', { headers: bearer })).status).toBe(401);
    const other = await createToken(kit.context, { name: 'other', rights: ['user.manage'], expiresIn: 60 * MINUTE, by: 'cli' });
    expect(await revokeToken(kit.context, 'other', 'cli')).toBe(true);
    expect((await kit.call('GET', '/api/users', { headers: { authorization: `Bearer ${other.secret}` } })).status).toBe(401);
  });

  it('are refused with a clear code when they name no right or a taken name', async () => {
    await expect(createToken(kit.context, { name: 'x', rights: ['everything'], expiresIn: 1, by: 'cli' })).rejects.toMatchObject({
      code: 'RIGHT_UNKNOWN',
    });
    await createToken(kit.context, { name: 'twice', rights: ['live.read'], expiresIn: 1, by: 'cli' });
    await expect(createToken(kit.context, { name: 'twice', rights: ['live.read'], expiresIn: 1, by: 'cli' })).rejects.toMatchObject({
      code: 'TOKEN_EXISTS',
    });
  });
});
