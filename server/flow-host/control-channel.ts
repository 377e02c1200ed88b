import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { GateRule } from '#domain/command/types.ts';
import { isProblem, Problem } from '#domain/errors.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { Ambient, CommandOutcome } from '../services.ts';
import type { ControlAsk, ControlChannel, StopResult } from './control-wire.ts';
import type { DocumentName, FlowStorage, RuntimeDocuments } from './flow-storage.ts';
import { parseJson, readBody } from './json-body.ts';

export interface ControlChannelOptions extends Ambient {
  /** True if this is the runtime's own credential; answers from memory, so that the stop works without the store. */
  readonly verify: (runtime: string, credential: string) => boolean;
  readonly plant: () => { readonly tags: readonly TagDefinition[]; readonly gate: readonly GateRule[] };
  readonly flows: FlowStorage;
  readonly documents: RuntimeDocuments;
}

/** The server's end with its place in the HTTP server (`Mount` of http/options.ts). */
export interface ServedControlChannel extends ControlChannel, AsyncDisposable {
  readonly mount: {
    readonly prefix: string;
    request(request: IncomingMessage, response: ServerResponse): void;
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  };
}

const PREFIX = '/runtime/v1';
const PATH = /^\/runtime\/v1\/([a-z0-9][a-z0-9-]{0,39})(?:\/(plant|flows|credentials|settings|library))?$/;
const BODY_LIMIT = 8 * 1024 * 1024;
/** The runtime reports every 5 s. */
const SILENT_AFTER = 15_000;

const State = Type.Object({
  v: Type.Literal(1),
  kind: Type.Literal('state'),
  deployment: Type.Integer(),
  hashes: Type.Record(Type.String(), Type.String()),
  owns: Type.Array(Type.String()),
  stops: Type.Array(Type.String()),
  queued: Type.Integer(),
});
const Result = Type.Union([Type.Literal('done'), Type.Literal('failed'), Type.Literal('unknown')]);
const Stopped = Type.Object({
  v: Type.Literal(1),
  kind: Type.Literal('stopped'),
  id: Type.String(),
  results: Type.Array(Type.Object({ target: Type.String(), result: Result, detail: Type.String(), ms: Type.Number() })),
});
const Outcome = Type.Object({
  v: Type.Literal(1),
  kind: Type.Literal('outcome'),
  id: Type.String(),
  outcome: Type.Object({
    id: Type.String(),
    state: Type.Union([Type.Literal('confirmed'), Type.Literal('failed'), Type.Literal('unknown')]),
    at: Type.Number(),
    code: Type.Optional(Type.String()),
    detail: Type.Optional(Type.String()),
    readBack: Type.Optional(Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()])),
  }),
});
const SaveFlows = Type.Object({ user: Type.String({ minLength: 1, maxLength: 200 }), nodes: Type.Array(Type.Unknown()) });

interface Connection {
  readonly socket: WebSocket;
  readonly waiting: Map<string, { resolve(answer: unknown): void; reject(error: Error): void }>;
  state: Omit<Static<typeof State>, 'v' | 'kind'>;
  lastSeen: number;
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

class Channel implements ServedControlChannel {
  readonly #options: ControlChannelOptions;
  readonly #connections = new Map<string, Connection>();
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 1_048_576, perMessageDeflate: false });
  readonly #watch: NodeJS.Timeout;
  readonly mount: ServedControlChannel['mount'];

  constructor(options: ControlChannelOptions) {
    this.#options = options;
    this.mount = {
      prefix: PREFIX,
      request: (request, response) => void this.#request(request, response),
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    };
    this.#watch = setInterval(() => this.#dropSilent(), 5000);
    this.#watch.unref();
  }

  #dropSilent(): void {
    for (const connection of this.#connections.values())
      if (this.#options.clock.now() - connection.lastSeen > SILENT_AFTER) connection.socket.terminate();
  }

  /** Runtime and document of a request, only with the runtime's own credential. */
  #authorised(request: IncomingMessage): { readonly runtime: string; readonly document: string | undefined } {
    const [path = ''] = (request.url ?? '').split('?');
    const [, runtime, document] = PATH.exec(path) ?? [];
    const [scheme, credential] = (request.headers.authorization ?? '').split(' ');
    if (scheme !== 'Bearer' || !credential || !runtime || !this.#options.verify(runtime, credential))
      throw new Problem('RUNTIME_CREDENTIAL', 401, 'not the credential of this runtime');
    return { runtime, document };
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: unknown, type = 'application/json'): void => {
      response
        .writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
        .end(JSON.stringify(body));
    };
    try {
      const { runtime, document } = this.#authorised(request);
      send(200, await this.#answer(request, runtime, document));
    } catch (error) {
      const problem = isProblem(error) ? error : new Problem('INTERNAL', 500, 'the request failed', { cause: error });
      if (problem.status >= 500) this.#options.log.error({ error }, 'control channel');
      send(
        problem.status,
        {
          type: 'about:blank',
          title: problem.code,
          status: problem.status,
          code: problem.code,
          detail: problem.message,
          ...(problem.place ? { place: problem.place } : {}),
        },
        'application/problem+json',
      );
    }
  }

  async #answer(request: IncomingMessage, runtime: string, document: string | undefined): Promise<unknown> {
    const { flows, documents, plant } = this.#options;
    if (document === undefined) throw new Problem('NOT_FOUND', 404, 'no such document');
    if (request.method === 'GET') {
      if (document === 'plant') return plant();
      return document === 'flows' ? flows.load() : documents.load(runtime, nameOf(document));
    }
    if (request.method !== 'PUT' || document === 'plant')
      throw new Problem('METHOD_NOT_ALLOWED', 405, `${request.method ?? ''} ${document}`);
    const body = parseJson(await readBody(request, BODY_LIMIT));
    if (document !== 'flows') {
      await documents.save(runtime, nameOf(document), body);
      return {};
    }
    if (!Check(SaveFlows, body)) throw new Problem('BODY_INVALID', 400, 'needs { user, nodes }');
    return flows.save(body.nodes, body.user);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    try {
      const { runtime, document } = this.#authorised(request);
      // A browser always sends an Origin; a runtime never does.
      if (document !== undefined || request.headers.origin !== undefined) throw new Problem('NOT_FOUND', 404, 'no such socket');
      this.#server.handleUpgrade(request, socket, head, (opened) => this.#opened(runtime, opened));
    } catch {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
    }
  }

  #opened(runtime: string, socket: WebSocket): void {
    this.#connections.get(runtime)?.socket.terminate();
    const connection: Connection = {
      socket,
      waiting: new Map(),
      state: { deployment: 0, hashes: {}, owns: [], stops: [], queued: 0 },
      lastSeen: this.#options.clock.now(),
    };
    this.#connections.set(runtime, connection);
    socket.on('message', (data) => this.#receive(connection, textOf(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      if (this.#connections.get(runtime) === connection) this.#connections.delete(runtime);
      for (const waiting of connection.waiting.values())
        waiting.reject(new Problem('RUNTIME_LOST', 503, `the runtime ${runtime} went away`));
    });
  }

  #receive(connection: Connection, text: string): void {
    const frame = parse(text);
    connection.lastSeen = this.#options.clock.now();
    if (Check(State, frame)) connection.state = frame;
    else if (Check(Stopped, frame) || Check(Outcome, frame)) connection.waiting.get(frame.id)?.resolve(frame);
    else this.#options.log.warn({}, 'control channel: unreadable frame');
  }

  /** Sends and waits for the answer with the same id. */
  async #ask(runtime: string, id: string, message: ControlAsk, signal: AbortSignal | undefined): Promise<unknown> {
    const connection = this.#connections.get(runtime);
    if (!connection) throw new Problem('RUNTIME_OFFLINE', 503, `the runtime ${runtime} is not connected`);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const abort = (): void => reject(new Problem('RUNTIME_SILENT', 504, `no answer of ${runtime}`));
    connection.waiting.set(id, { resolve, reject });
    signal?.addEventListener('abort', abort);
    try {
      connection.socket.send(JSON.stringify(message));
      return await promise;
    } finally {
      connection.waiting.delete(id);
      signal?.removeEventListener('abort', abort);
    }
  }

  online(runtime: string): boolean {
    return this.#connections.has(runtime);
  }

  runtimes(): ReturnType<ControlChannel['runtimes']> {
    return [...this.#connections].map(([runtime, { state, lastSeen }]) => ({
      runtime,
      lastSeen,
      deployment: state.deployment,
      owns: state.owns,
      stops: state.stops,
      queued: state.queued,
    }));
  }

  async sendCommand(runtime: string, command: Parameters<ControlChannel['sendCommand']>[1], signal?: AbortSignal): Promise<CommandOutcome> {
    const answer = await this.#ask(runtime, command.id, { v: 1, kind: 'command', id: command.id, command }, signal);
    if (!Check(Outcome, answer)) throw new Problem('RUNTIME_ANSWER', 502, 'not an outcome');
    return answer.outcome;
  }

  async stop(runtime: string, targets: readonly string[], action: 'stop' | 'reset', signal: AbortSignal): Promise<readonly StopResult[]> {
    const id = this.#options.ids.next();
    try {
      const answer = await this.#ask(runtime, id, { v: 1, kind: 'stop', id, action, targets }, signal);
      if (Check(Stopped, answer)) return answer.results;
      throw new Problem('RUNTIME_ANSWER', 502, 'not a result of a stop');
    } catch (error) {
      if (isProblem(error) && error.code === 'RUNTIME_OFFLINE') throw error;
      return targets.map((target) => ({
        target,
        result: 'unknown',
        detail: error instanceof Error ? error.message : String(error),
        ms: 0,
      }));
    }
  }

  announce(n: number): void {
    const message: ControlAsk = { v: 1, kind: 'deployment', n };
    for (const { socket } of this.#connections.values()) socket.send(JSON.stringify(message));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#watch);
    for (const { socket } of this.#connections.values()) socket.close(1001);
    this.#server.close();
  }
}

const textOf = (data: RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data)).toString('utf8');

function nameOf(document: string): DocumentName {
  if (document === 'credentials' || document === 'settings' || document === 'library') return document;
  throw new Problem('NOT_FOUND', 404, 'no such document');
}

/** Storage, stop and pointer for the flow runtimes at `/runtime/v1/{runtime}`. */
export const createControlChannel = (options: ControlChannelOptions): ServedControlChannel => new Channel(options);
