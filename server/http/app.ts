import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { Histogram, type Registry } from 'prom-client';
import type { Contract, Route } from '#domain/contract.ts';
import { Problem } from '#domain/errors.ts';
import type { Clock } from '#domain/time.ts';
import { Reply, type ServedModule } from '../define-module.ts';
import { httpContract } from './contract.ts';
import { documentOf, languageOf, toProblem } from './errors.ts';
import { hostCheck, hostName } from './guard.ts';
import { securityHeaders } from './headers.ts';
import { IdempotentAnswers } from './idempotency.ts';
import { LiveServer } from './live-server.ts';
import { buildOpenApi } from './openapi.ts';
import type { Every, Http, HttpOptions, VirtualHost } from './options.ts';
import { pages } from './pages.ts';
import { serveRoute } from './serve-route.ts';

const DRAIN = 3000;

const everyInterval: Every = (ms, run) => {
  const timer = setInterval(run, ms).unref();
  return () => clearInterval(timer);
};

/** Literal segments before parameters, so that `/api/alarms/occurrences` is not taken for an alarm's id. */
function bySpecificity(a: Route, b: Route): number {
  const [left, right] = [a.path.split('/'), b.path.split('/')];
  for (const [index, segment] of left.entries()) {
    const rank = (text: string | undefined): number => (text === undefined ? 3 : text.startsWith('*') ? 2 : text.startsWith(':') ? 1 : 0);
    const difference = rank(segment) - rank(right[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rateLimit(clock: Clock, perMinute: number): (ip: string | undefined) => void {
  let tries = new Map<string, number[]>();
  let swept = clock.monotonic();
  return (ip = '') => {
    const now = clock.monotonic();
    if (now - swept > 60_000) {
      tries = new Map([...tries].filter(([, times]) => times.some((at) => at > now - 60_000)));
      swept = now;
    }
    const recent = (tries.get(ip) ?? []).filter((at) => at > now - 60_000);
    if (recent.length >= perMinute)
      throw new Problem('LOGIN_RATE', 429, 'too many log-ins from this address: wait a minute', { context: { retryAfter: 60 } });
    tries.set(ip, [...recent, now]);
  };
}

function accessLog(options: HttpOptions, seconds: Histogram): RequestHandler {
  const { log, clock, ids } = options;
  return (request, response, next) => {
    const begun = clock.monotonic();
    const requestId = ids.next();
    // Kept now: after the other side has hung up the socket is gone.
    const ip = request.socket.remoteAddress;
    response.setHeader('x-request-id', requestId);
    response.once('finish', () => {
      const ms = Math.round((clock.monotonic() - begun) * 10) / 10;
      const route: unknown = request.route;
      const path = typeof route === 'object' && route !== null && 'path' in route && typeof route.path === 'string' ? route.path : 'page';
      const { method } = request;
      const { statusCode: status } = response;
      seconds.observe({ method, route: path, status }, ms / 1000);
      const caller: unknown = response.locals['caller'];
      // Neither query nor body: they may hold what people typed.
      log[status >= 500 ? 'error' : path === 'page' ? 'debug' : 'info'](
        { method, path: request.path, status, ms, caller, requestId, ip },
        'request',
      );
    });
    next();
  };
}

function problems(options: HttpOptions): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    const problem = toProblem(error);
    const requestId = String(response.getHeader('x-request-id') ?? '');
    if (problem.status >= 500) options.log.error({ err: problem.cause ?? problem, code: problem.code, requestId }, 'request failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const language = languageOf(request.headers['accept-language']);
    const retry = problem.context['retryAfter'];
    if (typeof retry === 'number') response.setHeader('retry-after', String(retry));
    if (problem.status === 401) response.setHeader('www-authenticate', 'Bearer');
    // What is left of an unread body must not be taken for the next request.
    if (!request.complete) response.setHeader('connection', 'close');
    response.status(problem.status).setHeader('cache-control', 'no-store').setHeader('content-language', language);
    response
      .setHeader('content-type', 'application/problem+json; charset=utf-8')
      .end(JSON.stringify(documentOf(problem, language, requestId)));
  };
}

function edgeModule(openapi: () => Readonly<Record<string, unknown>>, metrics: Registry): ServedModule {
  return {
    name: 'http',
    contract: httpContract,
    handlers: {
      openapi: async () => openapi(),
      metrics: async () => new Reply(await metrics.metrics(), { headers: { 'content-type': metrics.contentType } }),
    },
  };
}

function mountRoutes(app: Express, modules: readonly ServedModule[], options: HttpOptions): IdempotentAnswers {
  const answers = new IdempotentAnswers(options.store, options.clock);
  const routes = modules.flatMap(({ name, contract, handlers }) =>
    Object.entries(contract).map(([key, route]) => {
      const handle = handlers[key];
      if (!handle) throw new Problem('ROUTE_UNSERVED', 500, `module '${name}' has no handler for '${key}' of its contract`);
      return { route, handle };
    }),
  );
  const serve = {
    identity: options.identity,
    runtimeCredential: options.runtimeCredential,
    trustProxy: options.trustProxy,
    answers,
    validateResponses: options.validateResponses ?? false,
    logInRate: rateLimit(options.clock, options.logInsPerMinute ?? 30),
  };
  const taken = new Set<string>();
  for (const { route, handle } of routes.sort((a, b) => bySpecificity(a.route, b.route))) {
    const key = `${route.method} ${route.path.replaceAll(/:\w+/g, ':')}`;
    if (taken.has(key)) throw new Problem('ROUTE_TWICE', 500, `${route.method} ${route.path} is in two contracts`);
    taken.add(key);
    const method = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;
    app[method[route.method]](route.path, serveRoute(route, handle, serve));
  }
  return answers;
}

const refuseUpgrade = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};

/** The HTTP edge: routes only from contracts, rights before everything, problem+json, the live socket, the pages. */
export function createHttp(options: HttpOptions): Http {
  const every = options.every ?? everyInterval;
  const seconds = new Histogram({
    name: 'nuanliu_http_request_seconds',
    help: 'Time of an HTTP request',
    labelNames: ['method', 'route', 'status'],
    registers: [options.metrics],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
  });
  const named: { readonly name: string; readonly contract: Contract }[] = [...options.modules, { name: 'http', contract: httpContract }];
  const openapi = buildOpenApi(named, options.version);
  const modules = [...options.modules, edgeModule(() => openapi, options.metrics)];
  const knownHost = hostCheck(options.allowedHosts ?? []);
  const mounts = options.mounts ?? [];
  const mountOf = (request: IncomingMessage) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    return mounts.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
  };

  const app = express();
  app.disable('x-powered-by').disable('etag').set('case sensitive routing', true);
  app.use(accessLog(options, seconds));
  app.use(securityHeaders({ tls: options.tls !== undefined, frameOrigins: options.frameOrigins ?? (() => []) }));
  app.use((request, response, next) => {
    if (!knownHost(request)) throw new Problem('HOST_REFUSED', 421, 'this server is not known by that host name (setting allowedHosts)');
    const mount = mountOf(request);
    if (mount?.request) mount.request(request, response);
    else next();
  });
  app.use('/api', (_request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    next();
  });
  const answers = mountRoutes(app, modules, options);
  if (options.staticDir !== undefined) app.use(...pages(options.staticDir));
  app.use(() => {
    throw new Problem('ROUTE_UNKNOWN', 404, 'there is nothing at this address');
  });
  app.use(problems(options));

  const live = new LiveServer({ ...options, every, topics: options.modules.flatMap((module) => module.topics ?? []) });
  const virtual = (request: IncomingMessage): VirtualHost | undefined =>
    options.virtualHosts?.find(({ host }) => host === hostName(request.headers.host ?? ''));
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const other = virtual(request);
    if (other) other.request(request, response);
    else app(request, response);
  };
  const server: Server = options.tls ? createTlsServer({ ...options.tls, minVersion: 'TLSv1.2' }, answer) : createServer(answer);
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  // Node forgets a socket once it is upgraded: those of the control channel would keep the server from closing.
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    const mount = mountOf(request);
    const other = virtual(request);
    if (other) other.upgrade(request, socket, head);
    else if (!knownHost(request)) refuseUpgrade(socket, '421 Misdirected Request');
    else if (mount?.upgrade) mount.upgrade(request, socket, head);
    else if ((request.url ?? '').split('?')[0] === '/api/live') live.upgrade(request, socket, head);
    else refuseUpgrade(socket, '404 Not Found');
  });
  const stopPurge = every(3_600_000, () => {
    answers.purge().catch((error: unknown) => options.log.error({ err: error }, 'old answers could not be removed'));
  });

  return {
    openapi,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', (error) =>
          reject(
            new Problem('PORT_REFUSED', 500, `cannot listen on ${host}:${port}: ${error.message}`, {
              cause: error,
              context: { port, host },
            }),
          ),
        );
        server.listen(port, host, () => {
          const address = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : port);
        });
      }),
    close: async () => {
      stopPurge();
      live.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      for (const socket of upgraded) socket.end();
      const late = setTimeout(() => {
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }, DRAIN);
      await closed;
      clearTimeout(late);
    },
  };
}
