import type { IncomingMessage } from 'node:http';
import type { Access } from '#domain/contract.ts';
import { Problem } from '#domain/errors.ts';
import type { Right } from '#domain/role.ts';
import type { Identity, SessionState } from '../people.ts';
import type { Caller } from '../services.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** The name in a Host header without its port, in small letters; undefined if it is none. */
export function hostName(host: string | undefined): string | undefined {
  const match = /^(\[[0-9a-f:]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/.exec((host ?? '').toLowerCase());
  return match?.[1];
}

/** Only names that this installation is known by: a page of another name that resolves to this address may not talk to it (DNS rebinding). */
export function hostCheck(allowed: readonly string[]): (request: IncomingMessage) => boolean {
  const names = new Set([...LOOPBACK, ...allowed.map((name) => name.toLowerCase())]);
  return (request) => {
    const name = hostName(request.headers.host);
    return name !== undefined && names.has(name);
  };
}

/** True if the Origin, where there is one, is the page that this server sent. */
export function sameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  const url = URL.parse(origin);
  return (
    url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.host === host?.toLowerCase().replace(/:(?:80|443)$/, '')
  );
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Against forged requests of other pages: SameSite=Strict keeps the cookie away, this refuses the rest.
 * @throws Problem CSRF_REFUSED (403)
 */
export function checkForgery(request: IncomingMessage): void {
  if (SAFE.has(request.method ?? '')) return;
  const site = request.headers['sec-fetch-site'];
  const foreign = !sameOrigin(request) || (site !== undefined && site !== 'same-origin' && site !== 'none');
  if (foreign) throw new Problem('CSRF_REFUSED', 403, 'the request comes from another origin');
  if (request.headers['x-nuanliu'] !== '1')
    throw new Problem('CSRF_REFUSED', 403, 'a change needs the header x-nuanliu: 1 (or a bearer token)');
}

function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name && value !== undefined && value !== '') return value;
  }
  return undefined;
}

export function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer ([\w.~+/-]{1,512}=*)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** The address of the other side; behind a trusted proxy on this machine what that one adds last. */
function addressOf(request: IncomingMessage, trustProxy: boolean): string | undefined {
  const remote = request.socket.remoteAddress?.replace(/^::ffff:/, '');
  if (!trustProxy || !(remote === '127.0.0.1' || remote === '::1')) return remote;
  const forwarded = request.headers['x-forwarded-for'];
  const last = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '')).split(',').at(-1)?.trim();
  return last === undefined || last === '' ? remote : last;
}

/** Who asks, and how: a bearer cannot be sent by a foreign page, a cookie could. */
export interface Asker {
  readonly caller: Caller;
  readonly by: 'cookie' | 'bearer' | 'nobody';
  readonly state?: SessionState;
}

export interface AskerOptions {
  readonly identity: Identity;
  readonly runtimeCredential?: ((secret: string) => Caller | undefined) | undefined;
  readonly trustProxy?: boolean | undefined;
}

/** Polling of a page left open says so, or it would hold the session open for ever. */
const BACKGROUND = 'x-nuanliu-background';

export async function askerOf(request: IncomingMessage, options: AskerOptions, touch = true): Promise<Asker> {
  const ip = addressOf(request, options.trustProxy ?? false);
  const here = ip === undefined ? {} : { ip };
  const bearer = bearerOf(request);
  if (bearer !== undefined) {
    const caller = options.runtimeCredential?.(bearer) ?? (await options.identity.token(bearer));
    if (caller) return { caller: { ...caller, ...here }, by: 'bearer' };
  } else {
    const cookie = cookieOf(request, options.identity.cookieName);
    const page = touch && request.headers[BACKGROUND] === undefined;
    const state = cookie === undefined ? undefined : await options.identity.session(cookie, { ip, touch: page });
    if (state) return { caller: state.caller, by: 'cookie', state };
  }
  return { caller: { kind: 'anonymous', id: '', name: '', roles: [], rights: new Set<Right>(), ...here }, by: 'nobody' };
}

/** What is open while the password has to be changed first. */
const LOG_IN_ROUTES = new Set(['/api/session', '/api/session/password', '/api/session/language']);

/**
 * The one table of rights is the `access` of the contracts; what is not allowed is refused.
 * @throws Problem LOGIN_NEEDED (401), RIGHT_MISSING, RUNTIME_ONLY, PASSWORD_CHANGE_REQUIRED (403)
 */
export function authorise(asker: Asker, access: Access, path: string): void {
  if (access === 'public') return;
  const { caller } = asker;
  if (caller.kind === 'anonymous') throw new Problem('LOGIN_NEEDED', 401, 'this needs a log-in or a token');
  if (access === 'runtime') {
    if (caller.kind !== 'runtime') throw new Problem('RUNTIME_ONLY', 403, 'this is for flow runtimes only');
    return;
  }
  if (caller.kind === 'runtime') throw new Problem('RIGHT_MISSING', 403, 'a flow runtime may not do this');
  if (asker.state?.mustChangePassword === true && !LOG_IN_ROUTES.has(path)) {
    throw new Problem('PASSWORD_CHANGE_REQUIRED', 403, 'the password has to be changed first');
  }
  if (access === 'session') return;
  const wanted = typeof access === 'string' ? [access] : access;
  if (!wanted.some((right) => caller.rights.has(right))) {
    throw new Problem('RIGHT_MISSING', 403, `this needs the right ${wanted.join(' or ')}`, { context: { rights: wanted } });
  }
}
