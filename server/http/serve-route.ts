import type { Request as HttpRequest, Response as HttpResponse } from 'express';
import type { Route } from '#domain/contract.ts';
import { Problem } from '#domain/errors.ts';
import { Reply, type AnyRequest, type ServedModule } from '../define-module.ts';
import { readJson } from './body.ts';
import { languageOf } from './errors.ts';
import { askerOf, authorise, checkForgery, type Asker, type AskerOptions } from './guard.ts';
import type { Answer, IdempotentAnswers } from './idempotency.ts';
import { compileRoute, isRecord, parseParams, parseQuery, type RouteChecks } from './schema.ts';

export interface ServeOptions extends AskerOptions {
  readonly answers: IdempotentAnswers;
  readonly validateResponses: boolean;
  /** @throws Problem LOGIN_RATE (429) */
  readonly logInRate: (ip: string | undefined) => void;
}

type Handle = ServedModule['handlers'][string];
type Parsed = Pick<AnyRequest, 'params' | 'query' | 'body'>;

const header = (request: HttpRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

async function parse(request: HttpRequest, route: Route, checks: RouteChecks): Promise<Parsed> {
  const params = parseParams(request.params, route.params);
  checks.params?.(params);
  const at = request.originalUrl.indexOf('?');
  const query = parseQuery(new URLSearchParams(at < 0 ? '' : request.originalUrl.slice(at + 1)), route.query);
  checks.query?.(query);
  const sent = request.method === 'GET' || request.method === 'HEAD' ? undefined : await readJson(request, route.bodyLimit);
  if (checks.body) checks.body(sent ?? {});
  else if (sent !== undefined && sent !== null && !(isRecord(sent) && Object.keys(sent).length === 0))
    throw new Problem('BODY_INVALID', 400, 'this route takes no body');
  return {
    params: checks.params ? params : undefined,
    query: route.query === undefined ? undefined : query,
    body: checks.body ? (sent ?? {}) : undefined,
  };
}

async function sendStream(response: HttpResponse, reply: Reply, signal: AbortSignal): Promise<void> {
  if (!reply.stream) return;
  for await (const chunk of reply.stream) {
    if (signal.aborted) return;
    if (!response.write(chunk))
      await Promise.race([
        new Promise((resolve) => response.once('drain', resolve)),
        new Promise((resolve) => response.once('close', resolve)),
      ]);
  }
  response.end();
}

function send(request: HttpRequest, response: HttpResponse, answer: Answer): void {
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  const tag = answer.headers['etag'];
  if (request.method === 'GET' && tag !== undefined && header(request, 'if-none-match') === tag) {
    response.status(304).end();
    return;
  }
  response.status(answer.status);
  if (answer.body === undefined || answer.body === null || answer.status === 204) response.end();
  else if (typeof answer.body === 'string' && answer.headers['content-type'] !== undefined) response.end(answer.body);
  else response.setHeader('content-type', 'application/json; charset=utf-8').end(JSON.stringify(answer.body));
}

/** What Express calls for one route of a contract: rights, forgery, shape, then the handler. */
export function serveRoute(
  route: Route,
  handle: Handle,
  options: ServeOptions,
): (request: HttpRequest, response: HttpResponse) => Promise<void> {
  const checks = compileRoute(route, options.validateResponses);
  const isLogIn = route.method === 'POST' && route.path === '/api/session';

  const admit = async (request: HttpRequest): Promise<Asker> => {
    const asker = await askerOf(request, options);
    authorise(asker, route.access, route.path);
    if (asker.by !== 'bearer') checkForgery(request);
    if (isLogIn) options.logInRate(asker.caller.ip);
    return asker;
  };

  return async (request, response) => {
    const requestId = String(response.getHeader('x-request-id') ?? '');
    const asker = await admit(request);
    response.locals['caller'] = asker.caller.id;
    const parsed = await parse(request, route, checks);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const ifMatch = header(request, 'if-match');
    const idempotencyKey = header(request, 'idempotency-key');
    const accept = header(request, 'accept-language');
    const call: AnyRequest = {
      ...parsed,
      caller: asker.caller,
      requestId,
      language: accept === undefined && asker.state ? asker.state.language : languageOf(accept),
      accept: header(request, 'accept') ?? '*/*',
      signal: gone.signal,
      ...(ifMatch === undefined ? {} : { ifMatch }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    };
    const run = async (): Promise<Answer | Reply> => {
      const result = await handle(call);
      const reply = result instanceof Reply ? result : new Reply(result);
      if (reply.stream) return reply;
      if (reply.body !== undefined && typeof reply.body !== 'string') checks.response?.(reply.body);
      return {
        status: reply.status ?? route.status ?? (reply.body === undefined ? 204 : 200),
        headers: { ...reply.headers },
        body: reply.body,
      };
    };
    const mayRepeat = idempotencyKey !== undefined && route.method !== 'GET' && route.access !== 'public';
    if (mayRepeat) {
      const key = { key: idempotencyKey, caller: asker.caller.id, route: `${route.method} ${request.path}`, body: parsed.body };
      const { replayed, ...answer } = await options.answers.once(key, async () => {
        const result = await run();
        if (result instanceof Reply) throw new Problem('IDEMPOTENCY_KEY', 400, 'this route answers with a stream');
        return result;
      });
      if (replayed) response.setHeader('idempotency-replayed', 'true');
      send(request, response, answer);
      return;
    }
    const result = await run();
    if (!(result instanceof Reply)) {
      send(request, response, result);
      return;
    }
    for (const [name, value] of Object.entries(result.headers)) response.setHeader(name, value);
    response.status(result.status ?? route.status ?? 200);
    await sendStream(response, result, gone.signal);
  };
}
