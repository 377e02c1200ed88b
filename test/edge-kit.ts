import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { Bus } from '#server/bus.ts';
import type { ServedModule } from '#server/define-module.ts';
import health, { type ReadyCheck } from '#server/modules/health/module.ts';
import persona from '#server/modules/persona/module.ts';
import session from '#server/modules/session/module.ts';
import { DEMO_USERS, ensureFirstUsers } from '#server/modules/users/first-users.ts';
import users from '#server/modules/users/module.ts';
import type { Accounts, Identity } from '#server/people.ts';
import type { AuditEntry, Log } from '#server/services.ts';
import { openEmbeddedStore } from '#server/store/embedded/store.ts';
import { createHttp } from '#server/http/app.ts';
import type { Every, HttpOptions } from '#server/http/options.ts';

export const ADMIN_PASSWORD = 'Kettle-Forest-42';

/** Both clocks, moved by hand; `passed` of `every` run when due. */
class HandClock {
  #now = Date.UTC(2026, 0, 12, 8);
  #mono = 5000;
  readonly #due = new Set<{ readonly ms: number; next: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#mono;
  }

  setWall(at: number): void {
    this.#now = at;
  }

  readonly every: Every = (ms, run) => {
    const timer = { ms, next: this.#mono + ms, run };
    this.#due.add(timer);
    return () => this.#due.delete(timer);
  };

  advance(ms: number): void {
    this.#now += ms;
    this.#mono += ms;
    for (const timer of this.#due) {
      if (timer.next > this.#mono) continue;
      timer.next = this.#mono + timer.ms;
      timer.run();
    }
  }
}

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface Kit extends AsyncDisposable {
  /** Drains the edge, as at a stop. */
  close(): Promise<void>;
  readonly base: string;
  readonly clock: HandClock;
  readonly audit: AuditEntry[];
  readonly logged: { level: string; fields: object; text: string }[];
  /** JSON in, JSON out; `as` is a cookie header from `logIn`. */
  call(method: string, path: string, more?: CallOptions): Promise<Answer>;
  logIn(user: string, password: string): Promise<Answer & { readonly cookie: string }>;
  /** Logs in as the admin and becomes the person of the demo. */
  become(role: string): Promise<string>;
  /** A session of any account, without its password: for what comes after the log-in. */
  sessionOf(user: string): Promise<string>;
  readonly context: Parameters<typeof ensureFirstUsers>[0];
  /** The log-in as it comes up again on the same store. */
  restarted(): Promise<Identity>;
}
interface CallOptions {
  readonly body?: unknown;
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function recordOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** The real edge with the real modules of the log-in on a store in a temporary folder, on any free port. */
export async function startKit(
  more: {
    readonly modules?: readonly ServedModule[];
    readonly demo?: boolean;
    readonly secureCookie?: boolean;
    readonly checks?: readonly ReadyCheck[];
    readonly http?: Partial<HttpOptions>;
  } = {},
): Promise<Kit> {
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-http-'));
  const clock = new HandClock();
  const store = await openEmbeddedStore({ dir });
  const entries: AuditEntry[] = [];
  const logged: Kit['logged'] = [];
  const audit = { append: async (entry: AuditEntry) => entries.push(entry) };
  let serial = 0;
  const ids = {
    next: () => `id-${String((serial += 1)).padStart(6, '0')}`,
    secret: (bytes: number) => crypto.getRandomValues(Buffer.alloc(bytes)).toString('base64url'),
  };
  const note = (level: string) => (fields: object, text: string) => logged.push({ level, fields, text });
  const log: Log = { ...quiet, info: note('info'), warn: note('warn'), error: note('error') };
  const demo = more.demo ?? true;
  const bus = new Bus((error) => logged.push({ level: 'error', fields: { err: error }, text: 'bus' }));
  const context = { store, audit, clock, ids, log, bus, demo, adminPassword: ADMIN_PASSWORD };
  await ensureFirstUsers(context);
  const minute = 60_000;
  const accountRules = { failures: 5, window: 15 * minute, lock: 15 * minute, passwordMaxAge: 90 * 24 * 60 * minute };
  const runningUsers = await users.start({ ...context, accountRules });
  const startSession = (accounts: Accounts) =>
    session.start({
      ...context,
      accounts,
      sessionRules: { idle: 15 * minute, absolute: 12 * 60 * minute, perUser: 3 },
      secureCookie: more.secureCookie ?? false,
    });

  const runningSession = await startSession(runningUsers.accounts);
  const runningPersona = await persona.start({
    ...context,
    directory: runningUsers.directory,
    sessions: runningSession.sessions,
    personas: DEMO_USERS,
  });
  const runningHealth = await health.start({
    ...context,
    checks: more.checks ?? [],
    history: () => Promise.resolve({ tags: 1, samples: 8640, bytes: 4000, files: [{ kind: 'hot', samples: 8640, bytes: 4000 }] }),
  });
  const http = createHttp({
    clock,
    ids,
    log,
    store,
    identity: runningSession.identity,
    metrics: new Registry(),
    version: '0.0.0',
    validateResponses: true,
    every: clock.every,
    logInsPerMinute: 1000,
    ...more.http,
    modules: [
      { name: users.name, contract: users.contract, ...runningUsers },
      { name: session.name, contract: session.contract, ...runningSession },
      { name: health.name, contract: health.contract, ...runningHealth },
      ...(demo ? [{ name: persona.name, contract: persona.contract, ...runningPersona }] : []),
      ...(more.modules ?? []),
    ],
  });
  const base = `http://127.0.0.1:${await http.listen(0, '127.0.0.1')}`;

  const call: Kit['call'] = async (method, path, options = {}) => {
    const response = await fetch(base + path, {
      method,
      headers: {
        'x-nuanliu': '1',
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.as === undefined ? {} : { cookie: options.as }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: recordOf(text), text };
  };
  const cookieIn = (answer: Answer): string => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const logIn: Kit['logIn'] = async (user, password) => {
    const answer = await call('POST', '/api/session', { body: { user, password } });
    return { ...answer, cookie: cookieIn(answer) };
  };
  return {
    base,
    clock,
    audit: entries,
    logged,
    call,
    logIn,
    context,
    close: () => http.close(),
    become: async (role) => {
      const { cookie } = await logIn('admin', ADMIN_PASSWORD);
      return cookieIn(await call('POST', '/api/demo/persona', { as: cookie, body: { persona: role } }));
    },
    restarted: async () => (await startSession((await users.start({ ...context, accountRules })).accounts)).identity,
    sessionOf: async (user) => {
      const { cookie } = await logIn('admin', ADMIN_PASSWORD);
      const state = await runningSession.identity.session(cookie.split('=')[1] ?? '', { ip: undefined, touch: true });
      if (!state) throw new Error('the log-in failed');
      return (await runningSession.sessions.replace(state.caller, user)).split(';')[0] ?? '';
    },
    [Symbol.asyncDispose]: async () => {
      await http.close();
      await store[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
