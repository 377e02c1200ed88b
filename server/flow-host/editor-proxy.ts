import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { isProblem, Problem } from '#domain/errors.ts';
import type { FlowFault } from '#nodes/flow-file.ts';
import { EDITOR_TOKEN_HEADER, signEditorToken } from '../link/editor-token.ts';
import type { Ambient, Caller } from '../services.ts';
import { EDITOR_COOKIE, mayEdit, scopesOf, type EditorSessions } from './editor-sessions.ts';
import { parseJson, readBody } from './json-body.ts';

export interface EditorProxyOptions extends Ambient {
  readonly sessions: EditorSessions;
  /** Loopback port of Node-RED; undefined while it is not running. */
  readonly target: () => number | undefined;
  readonly credential: string;
  /** Names in the Host header that are answered, without port. */
  readonly allowedHosts: readonly string[];
  /** Origins that may frame the editor: the platform's pages. */
  readonly frameAncestors: () => readonly string[];
  readonly check: (flows: unknown) => readonly FlowFault[];
  /** The platform's own certificate: a page that came over TLS cannot frame one that does not. */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer };
}

const BODY_LIMIT = 5 * 1024 * 1024;
/** What the editor may change at all; every other unsafe request is refused before Node-RED sees it. */
const UNSAFE: readonly (readonly [string, RegExp])[] = [
  ['POST', /^\/flows$/],
  ['POST', /^\/settings\/user$/],
  ['POST', /^\/inject\/[\w.-]+$/],
  ['POST', /^\/debug\/[\w.-]+\/(enable|disable)$/],
  ['POST', /^\/library\/local\/[\w-]+\/[^?]*$/],
];
const CLOSED = /^\/(auth\/(?!login$)|projects|diagnostics|settings\/user\/keys|credentials\/.*__proto__)/;
const HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'content-length',
]);
/** Never handed on: the runtime gets no log-in of a person. */
const PRIVATE = new Set([
  'cookie',
  'authorization',
  'origin',
  'referer',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'forwarded',
  EDITOR_TOKEN_HEADER,
]);
const UNWANTED = new Set(['set-cookie', 'server', 'x-powered-by', 'access-control-allow-origin', 'access-control-allow-credentials']);
/** The editor's default language is Chinese, whatever the browser says; a person's own choice stays. */
const LANGUAGE = "<script>if(!localStorage.getItem('editor-language'))localStorage.setItem('editor-language','zh-CN')</script>";

function cookieOf(headers: IncomingHttpHeaders): string | undefined {
  const pair = (headers.cookie ?? '').split(';').find((part) => part.trim().startsWith(`${EDITOR_COOKIE}=`));
  return pair?.trim().slice(EDITOR_COOKIE.length + 1);
}

/** The path without anything that could be read as another one further on. */
function safePath(url: string): { readonly path: string; readonly query: string } {
  const [raw = '/', query = ''] = url.split('?', 2);
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch {
    throw new Problem('PATH_INVALID', 400, 'the path is not decodable');
  }
  // oxlint-disable-next-line no-control-regex -- exactly those must not pass
  if (/(^|[/\\])\.\.([/\\]|$)|\\|[\u0000-\u001f]|%2e|%2f|%5c/i.test(path) || !raw.startsWith('/') || path.startsWith('//'))
    throw new Problem('PATH_INVALID', 400, 'the path leaves its folder');
  return { path, query };
}

/** The editor's own origin: checks who asks and what, then hands on to Node-RED. */
export class EditorProxy {
  readonly server: Server;
  readonly #options: EditorProxyOptions;
  readonly #sockets = new Set<Duplex>();

  constructor(options: EditorProxyOptions) {
    this.#options = options;
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#request(request, response);
    this.server = options.tls ? createTlsServer({ ...options.tls, minVersion: 'TLSv1.2' }, answer) : createServer(answer);
    this.server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
  }

  /** DNS rebinding: only known names; and an unsafe request must come from our own page. */
  #checkOrigin(request: IncomingMessage, unsafe: boolean): void {
    const host = request.headers.host ?? '';
    const name = host.replace(/:\d+$/, '');
    if (!this.#options.allowedHosts.includes(name)) throw new Problem('HOST_REFUSED', 421, `the host ${name} is not served`);
    if (!unsafe) return;
    const { origin } = request.headers;
    const site = request.headers['sec-fetch-site'];
    if (origin !== `http://${host}` && origin !== `https://${host}`)
      throw new Problem('ORIGIN_REFUSED', 403, 'the request does not come from the editor');
    if (site !== undefined && site !== 'same-origin') throw new Problem('ORIGIN_REFUSED', 403, `sec-fetch-site ${site}`);
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const unsafe = request.method !== 'GET' && request.method !== 'HEAD';
      this.#checkOrigin(request, unsafe);
      const { path, query } = safePath(request.url ?? '/');
      const entry = new URLSearchParams(query);
      const ticket = entry.get('ticket');
      if (path === '/' && ticket !== null && !unsafe) return this.#enter(ticket, entry.get('lng'), response);
      const caller = await this.#options.sessions.caller(cookieOf(request.headers));
      if (!caller) throw new Problem('SESSION_REQUIRED', 401, 'open the editor from the platform / 请从平台打开编排编辑器');
      if (CLOSED.test(path)) throw new Problem('NOT_FOUND', 404, 'not served');
      const body = unsafe ? await this.#checkUnsafe(request, path, caller) : undefined;
      this.#forward(request, response, caller, path, body);
    } catch (error) {
      this.#refuse(response, error);
    }
  }

  /** The ticket becomes a cookie; the fragment of the URL survives the redirect. */
  #enter(ticket: string, language: string | null, response: ServerResponse): void {
    const cookie = this.#options.sessions.redeem(ticket);
    if (!cookie)
      throw new Problem('TICKET_INVALID', 401, 'this entry was used or is too old; open the editor again / 入口已失效，请重新打开');
    response
      .writeHead(302, {
        location: language === 'zh-CN' || language === 'en-US' ? `/?lng=${language}` : '/',
        'set-cookie': `${EDITOR_COOKIE}=${cookie}; Path=/; HttpOnly; SameSite=Lax${this.#options.tls ? '; Secure' : ''}`,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      })
      .end();
  }

  async #checkUnsafe(request: IncomingMessage, path: string, caller: Caller): Promise<Buffer> {
    if (!UNSAFE.some(([method, pattern]) => method === request.method && pattern.test(path)))
      throw new Problem('FLOW_ROUTE_REFUSED', 403, `${request.method ?? ''} ${path} is switched off`);
    if (!mayEdit(caller) && path !== '/settings/user')
      throw new Problem('RIGHT_MISSING', 403, 'this account may look at flows, not change them / 只读权限');
    const body = await readBody(request, BODY_LIMIT);
    if (body.length > 0 && !(request.headers['content-type'] ?? '').startsWith('application/json'))
      throw new Problem('BODY_INVALID', 415, 'only JSON');
    const value = parseJson(body);
    if (path === '/flows') this.#checkDeploy(request, value);
    return body;
  }

  /** Refused types never reach Node-RED: with one of them it would stop the whole set of flows. */
  #checkDeploy(request: IncomingMessage, value: unknown): void {
    if (request.headers['node-red-deployment-type'] === 'reload')
      throw new Problem('FLOW_ROUTE_REFUSED', 403, 'a restart of all flows is not offered; deploy what you changed');
    const flows: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'flows') : undefined;
    const [first] = this.#options.check(flows);
    if (first) throw new Problem(first.code, first.status, `${first.node}: ${first.detail}`, { place: { element: first.node } });
  }

  #headersFor(request: IncomingMessage, caller: Caller): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(request.headers))
      if (value !== undefined && !HOP.has(name) && !PRIVATE.has(name)) headers[name] = value;
    const token = signEditorToken(
      { user: caller.id, name: caller.name, session: '', scopes: scopesOf(caller), expires: this.#options.clock.now() + 60_000 },
      this.#options.credential,
    );
    // Whatever the editor's menu says: only nodes that changed restart.
    if (request.method === 'POST' && request.url?.startsWith('/flows'))
      Object.assign(headers, { 'node-red-deployment-type': 'nodes', 'node-red-api-version': 'v2' });
    return { ...headers, [EDITOR_TOKEN_HEADER]: token };
  }

  #secure(headers: IncomingHttpHeaders): Record<string, string | string[]> {
    const kept: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined && !HOP.has(name) && !UNWANTED.has(name)) kept[name] = value;
    const ancestors = this.#options.frameAncestors();
    return {
      ...kept,
      // Node-RED's own templates hold inline scripts, hence a separate origin that cannot act on the control API (security.md 2.4).
      'content-security-policy': `default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors ${ancestors.length > 0 ? ancestors.join(' ') : "'none'"}`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    };
  }

  #forward(request: IncomingMessage, response: ServerResponse, caller: Caller, path: string, body: Buffer | undefined): void {
    const port = this.#options.target();
    if (port === undefined) throw new Problem('FLOW_EDITOR_DOWN', 503, 'the flow runtime is starting / 编排运行时正在启动');
    const page = path === '/' && request.method === 'GET';
    const headers = this.#headersFor(request, caller);
    if (page) delete headers['accept-encoding'];
    if (body) headers['content-length'] = String(body.length);
    const onward = httpRequest({ host: '127.0.0.1', port, method: request.method, path: request.url, headers }, (answer) => {
      const secured = this.#secure(answer.headers);
      if (!page) {
        if (answer.headers['content-length']) secured['content-length'] = answer.headers['content-length'];
        response.writeHead(answer.statusCode ?? 502, secured);
        answer.pipe(response);
        return;
      }
      delete secured['etag'];
      readBody(answer, BODY_LIMIT).then(
        (html) => response.writeHead(answer.statusCode ?? 502, secured).end(html.toString('utf8').replace('<head>', `<head>${LANGUAGE}`)),
        (error: unknown) => this.#refuse(response, error),
      );
    });
    onward.on('error', () => this.#refuse(response, new Problem('FLOW_EDITOR_DOWN', 503, 'the flow runtime does not answer')));
    response.on('close', () => onward.destroy());
    onward.end(body);
  }

  #refuse(response: ServerResponse, error: unknown): void {
    const problem = isProblem(error) ? error : new Problem('INTERNAL', 500, 'the request failed', { cause: error });
    if (problem.status >= 500 && problem.code === 'INTERNAL') this.#options.log.error({ error }, 'editor proxy');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // Plain text: Node-RED's editor shows the body of a refused deploy as it is.
    response
      .writeHead(problem.status, {
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-problem-code': problem.code,
      })
      .end(problem.message);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      this.#checkOrigin(request, true);
      if (safePath(request.url ?? '/').path !== '/comms') throw new Problem('NOT_FOUND', 404, 'no such socket');
      const cookie = cookieOf(request.headers);
      const caller = await this.#options.sessions.caller(cookie);
      const port = this.#options.target();
      if (!caller) throw new Problem('SESSION_REQUIRED', 401, 'no session');
      if (port === undefined) throw new Problem('FLOW_EDITOR_DOWN', 503, 'starting');
      this.#tunnel(request, socket, head, caller, cookie, port);
    } catch (error) {
      socket.end(`HTTP/1.1 ${isProblem(error) ? error.status : 500} Refused\r\nConnection: close\r\n\r\n`);
    }
  }

  #tunnel(request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller, cookie: string | undefined, port: number): void {
    const headers = { ...this.#headersFor(request, caller), connection: 'Upgrade', upgrade: 'websocket' };
    const onward = httpRequest({ host: '127.0.0.1', port, path: '/comms', headers });
    onward.on('upgrade', (answer, target, targetHead) => {
      const lines = Object.entries(answer.headers).flatMap(([name, value]) =>
        value === undefined || UNWANTED.has(name) ? [] : [`${name}: ${String(value)}`],
      );
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      socket.write(targetHead);
      target.write(head);
      socket.pipe(target).pipe(socket);
      this.#sockets.add(socket);
      const watch = setInterval(() => void this.#options.sessions.caller(cookie).then((alive) => alive ?? socket.destroy()), 5000);
      const end = (): void => {
        clearInterval(watch);
        this.#sockets.delete(socket);
        socket.destroy();
        target.destroy();
      };
      socket.on('close', end);
      target.on('close', end).on('error', end);
    });
    onward.on('response', () => socket.end('HTTP/1.1 502 Refused\r\nConnection: close\r\n\r\n'));
    onward.on('error', () => socket.destroy());
    onward.end();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.server.close(() => resolve());
    await promise;
  }
}
