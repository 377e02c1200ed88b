import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { WebSocketServer, type WebSocket } from 'ws';
import { isProblem } from '#domain/errors.ts';
import type { LiveTopic } from '../define-module.ts';
import type { Ambient, Caller } from '../services.ts';
import { parseJson } from './body.ts';
import { askerOf, bearerOf, sameOrigin, type AskerOptions } from './guard.ts';
import { LiveClient } from './live-client.ts';
import type { Every } from './options.ts';

const names = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 5000 });
const inbound = Compile(
  Type.Object(
    { subscribe: Type.Optional(names), unsubscribe: Type.Optional(names), resume: Type.Optional(Type.Integer()) },
    { additionalProperties: false },
  ),
);

const MAX_IN = 64 * 1024;
const FLUSH = 250;
const SWEEP = 3000;
const PING = 30_000;
/** A browser does not see pings: this tells it that the connection lives. */
const BEAT = 1000;
const PARKED = 60_000;
/** Close codes of our own: the log-in ended; the rights changed (come back). */
const LOGGED_OUT = 4401;
const RIGHTS_CHANGED = 4403;

export interface LiveOptions extends Ambient, AskerOptions {
  readonly topics: readonly LiveTopic[];
  readonly every: Every;
}

interface Connection {
  readonly socket: WebSocket;
  readonly token: string | undefined;
  client: LiveClient;
  answered: boolean;
}

const sameRights = (a: Caller, b: Caller): boolean =>
  a.rights.size === b.rights.size && [...a.rights].every((right) => b.rights.has(right));
const refuse = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};

/** `/api/live`: one connection a browser, topics of the modules, the session looked at every few seconds. */
export class LiveServer {
  readonly #options: LiveOptions;
  readonly #topics: ReadonlyMap<string, LiveTopic>;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_IN, perMessageDeflate: false, clientTracking: false });
  readonly #connections = new Set<Connection>();
  readonly #parked = new Map<LiveClient, number>();
  readonly #stops: (() => void)[];
  #seq: number;
  #lastTokens = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#topics = new Map(options.topics.map((topic) => [topic.name, topic]));
    // Above every number of an earlier run: what a browser remembers from before a restart matches nobody.
    this.#seq = options.clock.now() * 1000;
    this.#stops = [
      options.every(FLUSH, () => {
        for (const { client } of this.#connections) client.flush();
      }),
      options.every(BEAT, () => {
        for (const { client } of this.#connections) client.attached?.send(JSON.stringify({ beat: options.clock.now() }));
      }),
      options.every(SWEEP, () => this.#sweep()),
      options.every(PING, () => this.#ping()),
    ];
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', (error) => this.#options.log.debug({ err: error }, 'live socket error'));
    if (!sameOrigin(request)) {
      refuse(socket, '403 Forbidden');
      return;
    }
    askerOf(request, this.#options, false)
      .then(({ caller, state }) => {
        if (caller.kind === 'anonymous') refuse(socket, '401 Unauthorized');
        else if (state?.mustChangePassword === true || caller.kind === 'runtime') refuse(socket, '403 Forbidden');
        else this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#connected(webSocket, caller, bearerOf(request)));
      })
      .catch((error: unknown) => {
        this.#options.log.error({ err: error }, 'live socket refused by a fault');
        refuse(socket, '500 Internal Server Error');
      });
  }

  close(): void {
    for (const stop of this.#stops) stop();
    for (const { socket, client } of this.#connections) {
      client.end();
      socket.close(1001, 'server stops');
    }
    for (const client of this.#parked.keys()) client.end();
    this.#connections.clear();
    this.#parked.clear();
  }

  #connected(socket: WebSocket, caller: Caller, token: string | undefined): void {
    const client = new LiveClient(caller, this.#topics, () => (this.#seq += 1), this.#options.log);
    const connection: Connection = { socket, token, client, answered: true };
    this.#connections.add(connection);
    socket.on('pong', () => {
      connection.answered = true;
    });
    socket.on('error', (error) => this.#options.log.debug({ err: error }, 'live socket error'));
    socket.on('message', (data, isBinary) => {
      const text = Array.isArray(data)
        ? Buffer.concat(data).toString()
        : Buffer.isBuffer(data)
          ? data.toString()
          : Buffer.from(data).toString();
      this.#received(connection, isBinary ? '' : text).catch((error: unknown) =>
        this.#options.log.error({ err: error }, 'live message failed'),
      );
    });
    socket.on('close', () => this.#closed(connection));
    client.attach(socket);
  }

  #closed(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    if (connection.client.detach(connection.socket)) this.#parked.set(connection.client, this.#options.clock.monotonic() + PARKED);
  }

  async #received(connection: Connection, text: string): Promise<void> {
    let message: unknown;
    try {
      message = parseJson(text);
    } catch (error) {
      if (!isProblem(error)) throw error;
      connection.socket.send(JSON.stringify({ problem: { code: error.code, detail: error.message } }));
      return;
    }
    if (!inbound.Check(message)) {
      connection.socket.send(
        JSON.stringify({
          problem: { code: 'LIVE_MESSAGE', detail: 'known are subscribe, unsubscribe (lists of topics) and resume (a number)' },
        }),
      );
      return;
    }
    if (message.resume !== undefined) this.#resume(connection, message.resume);
    connection.client.unsubscribe(message.unsubscribe ?? []);
    await connection.client.subscribe(message.subscribe ?? []);
  }

  /** The old client of the same session, parked or on a socket that is half dead, goes on here. */
  #resume(connection: Connection, seq: number): void {
    const mine = (client: LiveClient): boolean =>
      client !== connection.client &&
      client.caller.id === connection.client.caller.id &&
      client.caller.session === connection.client.caller.session &&
      client.remembers(seq);
    const parked = [...this.#parked.keys()].find(mine);
    const half = [...this.#connections].find(({ client }) => mine(client));
    const old = parked ?? half?.client;
    if (!old) {
      connection.socket.send(JSON.stringify({ resumed: false }));
      return;
    }
    this.#parked.delete(old);
    if (half && half.client === old) {
      this.#connections.delete(half);
      half.socket.terminate();
    }
    connection.client.end();
    connection.client = old;
    old.resume(connection.socket, seq);
  }

  #sweep(): void {
    const now = this.#options.clock.monotonic();
    for (const [client, until] of this.#parked) {
      if (until > now && this.#standing(client) === undefined) continue;
      client.end();
      this.#parked.delete(client);
    }
    const tokensToo = now - this.#lastTokens >= 60_000;
    if (tokensToo) this.#lastTokens = now;
    for (const connection of this.#connections) {
      const code = this.#standing(connection.client);
      if (code !== undefined) this.#drop(connection, code);
      else if (tokensToo && connection.token !== undefined) this.#checkToken(connection, connection.token);
    }
  }

  /** The code to close with, or undefined while all is well. */
  #standing(client: LiveClient): number | undefined {
    if (client.caller.session === undefined) return undefined;
    const state = this.#options.identity.state(client.caller.session);
    if (!state) return LOGGED_OUT;
    return state.mustChangePassword || !sameRights(state.caller, client.caller) ? RIGHTS_CHANGED : undefined;
  }

  #checkToken(connection: Connection, token: string): void {
    this.#options.identity
      .token(token)
      .then((caller) => {
        if (!caller) this.#drop(connection, LOGGED_OUT);
      })
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'a token could not be checked'));
  }

  #drop(connection: Connection, code: number): void {
    this.#connections.delete(connection);
    connection.client.end();
    connection.socket.close(code, code === LOGGED_OUT ? 'logged out' : 'rights changed');
  }

  #ping(): void {
    for (const connection of this.#connections) {
      if (!connection.answered) {
        connection.socket.terminate();
        continue;
      }
      connection.answered = false;
      connection.socket.ping();
    }
  }
}
