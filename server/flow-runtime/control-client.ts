import { setTimeout as sleep } from 'node:timers/promises';
import Type, { type TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { WebSocket, type RawData } from 'ws';
import { Problem } from '#domain/errors.ts';
import type { ControlAnswer } from '../flow-host/control-wire.ts';
import type { CommandOutcome } from '../services.ts';
import type { StopResult } from '../flow-host/control-wire.ts';
import type { CommandMessage } from '../link/wire.ts';
import { isCommand } from './link-client.ts';

const Frame = Type.Object({ v: Type.Literal(1), kind: Type.String() });
const Stop = Type.Object({
  kind: Type.Literal('stop'),
  id: Type.String(),
  action: Type.Union([Type.Literal('stop'), Type.Literal('reset')]),
  targets: Type.Array(Type.String()),
});
const Command = Type.Object({ kind: Type.Literal('command'), id: Type.String(), command: Type.Unknown() });
const Deployment = Type.Object({ kind: Type.Literal('deployment'), n: Type.Integer() });

export interface ControlOptions {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly runtime: string;
  readonly credential: string;
  readonly onStop: (targets: readonly string[], action: 'stop' | 'reset') => Promise<readonly StopResult[]>;
  readonly onCommand: (command: CommandMessage) => Promise<CommandOutcome | undefined>;
  readonly onDeployment: (n: number) => void;
  /** The socket is open: what was announced while it was not has to be asked for. */
  readonly onOpen: () => void;
  readonly state: () => Omit<Extract<ControlAnswer, { kind: 'state' }>, 'v' | 'kind'>;
  readonly signal: AbortSignal;
}

/** The runtime's end of the control channel: storage over HTTP, the stop and the pointer over a web socket. Needs no broker. */
export class ControlClient {
  readonly #options: ControlOptions;
  #socket: WebSocket | undefined;

  constructor(options: ControlOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#socket?.terminate());
  }

  /** Keeps the web socket open until the signal ends. */
  async run(): Promise<void> {
    while (!this.#options.signal.aborted) {
      await this.#session();
      await sleep(1000, undefined, { signal: this.#options.signal }).catch(() => undefined);
    }
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#options.credential}` };
  }

  /** @throws Problem with the server's code, or CONTROL_UNREACHABLE. */
  async request(method: 'GET' | 'PUT', path: string, body?: unknown): Promise<unknown> {
    const { url, runtime } = this.#options;
    const response = await fetch(`${url}/runtime/v1/${runtime}/${path}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
      headers: { ...this.#headers(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new Problem(
        'CONTROL_UNREACHABLE',
        503,
        `the platform does not answer: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer;
    const problem = Check(Type.Object({ code: Type.String(), detail: Type.String() }), answer)
      ? answer
      : { code: 'CONTROL_REFUSED', detail: `status ${response.status}` };
    throw new Problem(problem.code, response.status, problem.detail);
  }

  /** Sends what the runtime runs now; also after each change. */
  report(): void {
    this.#send({ v: 1, kind: 'state', ...this.#options.state() });
  }

  #send(answer: ControlAnswer): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(answer));
  }

  #session(): Promise<void> {
    const { url, runtime } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/runtime/v1/${runtime}`, {
      headers: this.#headers(),
      maxPayload: 1_048_576,
      handshakeTimeout: 5000,
    });
    this.#socket = socket;
    const beat = setInterval(() => this.report(), 5000);
    socket.on('open', () => {
      this.report();
      this.#options.onOpen();
    });
    socket.on('message', (data) => void this.#receive(textOf(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearInterval(beat);
      resolve();
    });
    return promise;
  }

  async #receive(text: string): Promise<void> {
    const frame = parse(text);
    if (!is(Frame, frame)) return;
    if (is(Stop, frame))
      this.#send({ v: 1, kind: 'stopped', id: frame.id, results: await this.#options.onStop(frame.targets, frame.action) });
    else if (is(Deployment, frame)) this.#options.onDeployment(frame.n);
    else if (is(Command, frame) && isCommand(frame.command)) {
      const outcome = await this.#options.onCommand(frame.command);
      if (outcome) this.#send({ v: 1, kind: 'outcome', id: frame.id, outcome });
    }
  }
}

const is = <S extends TSchema>(schema: S, value: unknown): value is Type.Static<S> => Check(schema, value);

const textOf = (data: RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data)).toString('utf8');

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
