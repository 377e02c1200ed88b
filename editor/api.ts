import type { Static, TSchema } from 'typebox';
import type { Route } from '#domain/contract.ts';
import type { Place } from '#domain/errors.ts';

type Of<S> = S extends TSchema ? Static<S> : undefined;
type Part<K extends string, S, Optional extends boolean = false> = S extends TSchema
  ? Optional extends true
    ? Partial<Record<K, Static<S>>>
    : Record<K, Static<S>>
  : Partial<Record<K, undefined>>;

interface CallOptions {
  readonly signal?: AbortSignal;
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
}
export type CallArgs<P, Q, B> = CallOptions & Part<'params', P> & Part<'query', Q, true> & Part<'body', B>;

/** A refusal or fault that the server told (RFC 9457), or `NETWORK` when it did not answer. */
export class ApiProblem extends Error {
  readonly code: string;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly place: Place | undefined;
  /** What it says besides, in English, where `message` is the short text of the reader's language. */
  readonly detail: string | undefined;
  constructor(code: string, status: number, message: string, requestId?: string, place?: Place, detail?: string) {
    super(message);
    this.detail = detail === message ? undefined : detail;
    this.name = 'ApiProblem';
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.place = place;
  }
}

/** So long without a pointer or a key, ms, and what the page asks by itself does not keep the session. */
const UNATTENDED_AFTER = 60_000;
let lastInput = Date.now();
const onInput = (): void => {
  lastInput = Date.now();
};
if (typeof addEventListener === 'function')
  for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'])
    addEventListener(kind, onInput, { passive: true, capture: true });
const isUnattended = (): boolean => Date.now() - lastInput > UNATTENDED_AFTER;

let language = 'zh-CN';
export function setApiLanguage(next: string): void {
  language = next;
}

/** Called when the server says that nobody is logged in (session ended elsewhere or too old). */
let onLoggedOut: () => void = () => undefined;
export function setLoggedOutHandler(handler: () => void): void {
  onLoggedOut = handler;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function placeOf(value: unknown): Place | undefined {
  if (!isRecord(value)) return undefined;
  const path = text(value['path']);
  const element = text(value['element']);
  return { ...(path === undefined ? {} : { path }), ...(element === undefined ? {} : { element }) };
}

/** Titles are in the reader's language; details say more but are English, save those that come translated. */
export function wordsFor(lang: string, title: string | undefined, detail: string | undefined): string | undefined {
  const readable = detail !== undefined && (!lang.startsWith('zh') || /\p{Script=Han}/u.test(detail));
  return readable ? detail : (title ?? detail);
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const raw = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch {
    body = undefined;
  }
  const requestId = response.headers.get('x-request-id') ?? undefined;
  if (!isRecord(body)) return new ApiProblem(`HTTP_${response.status}`, response.status, response.statusText, requestId);
  const [title, detail] = [text(body['title']), text(body['detail'])];
  return new ApiProblem(
    text(body['code']) ?? `HTTP_${response.status}`,
    response.status,
    wordsFor(language, title, detail) ?? response.statusText,
    text(body['requestId']) ?? requestId,
    placeOf(body['place']),
    detail,
  );
}

const scalar = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);

/** The address of a route with its parameters filled in; `query` values that are undefined are left out. */
export function addressOf(path: string, params: unknown, query: unknown): string {
  const filled = path.replace(/:(\w+)|\*(\w+)/g, (_, name: string | undefined, rest: string | undefined) => {
    const value = isRecord(params) ? params[name ?? rest ?? ''] : undefined;
    const written = scalar(value ?? '');
    return rest === undefined ? encodeURIComponent(written) : written.split('/').map(encodeURIComponent).join('/');
  });
  if (!isRecord(query)) return filled;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') search.set(name, scalar(value));
  const written = search.toString();
  return written === '' ? filled : `${filled}?${written}`;
}

interface Loose {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/**
 * Calls a route of a module's contract: `call(contract.list, { query })`.
 * @throws ApiProblem with the server's stable code, or `NETWORK`.
 */
export async function call<P, Q, B, R>(route: Route<P, Q, B, R>, args: CallArgs<P, Q, B>): Promise<Of<R>> {
  const loose: Loose = args;
  const headers: Record<string, string> = { accept: 'application/json', 'accept-language': language, 'x-nuanliu': '1' };
  if (loose.body !== undefined) headers['content-type'] = 'application/json';
  if (args.ifMatch !== undefined) headers['if-match'] = args.ifMatch;
  if (isUnattended()) headers['x-nuanliu-background'] = '1';
  if (args.idempotencyKey !== undefined) headers['idempotency-key'] = args.idempotencyKey;
  let response: Response;
  try {
    response = await fetch(addressOf(route.path, loose.params, loose.query), {
      method: route.method,
      headers,
      credentials: 'same-origin',
      ...(loose.body === undefined ? {} : { body: JSON.stringify(loose.body) }),
      ...(args.signal ? { signal: args.signal } : {}),
    });
  } catch (error) {
    if (args.signal?.aborted === true) throw error;
    throw new ApiProblem('NETWORK', 0, error instanceof Error ? error.message : String(error));
  }
  if (response.status === 401) onLoggedOut();
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? JSON.parse('null') : response.json();
}

/** A key that makes a repeated send of one intention one effect. */
export const newKey = (): string =>
  typeof crypto.randomUUID === 'function'
    ? crypto.randomUUID()
    : Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
