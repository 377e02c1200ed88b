import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { parseDuration } from '#domain/time.ts';
import { FAULT_KINDS } from './faults.ts';
import { isRecord, numberField, onlyFields, textField } from './fields.ts';
import type { Plant } from './plant.ts';
import { Refusal } from './refusal.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenario.ts';

/** What the API steers. */
export interface Controls {
  readonly plant: Plant;
  readonly scenario: Scenario;
  speed: number;
  readonly now: () => number;
}

export const SPEED_MIN = 1;
export const SPEED_MAX = 600;
const BODY_MAX = 16_384;
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

type Handler = (controls: Controls, body: unknown, id: string) => { status: number; body?: unknown };

const state = ({ plant, scenario, speed, now }: Controls): unknown => ({
  time: { wall: now(), plant: plant.time, age: Math.round(plant.age), speed },
  scenario: scenario.name ?? null,
  faults: plant.faults.list(),
  tags: Object.fromEntries(plant.tags),
  kinds: FAULT_KINDS,
  scenarios: Object.keys(SCENARIOS),
});

function addFault(controls: Controls, body: unknown): { status: number; body: unknown } {
  const fields = onlyFields(body, ['kind', 'target', 'size', 'for']);
  const size = numberField(fields, 'size');
  const lasting = fields.for === undefined ? undefined : textField(fields, 'for');
  const millis = lasting === undefined ? undefined : parseDuration(lasting);
  if (lasting !== undefined && (millis === undefined || millis <= 0)) {
    throw new Refusal('SIM_DURATION_INVALID', 422, `"${lasting}" is no duration like "30s" or "PT5M"`, '/for');
  }
  const fault = controls.plant.faults.add(
    {
      kind: textField(fields, 'kind'),
      target: textField(fields, 'target'),
      ...(size === undefined ? {} : { size }),
      ...(millis === undefined ? {} : { seconds: millis / 1000 }),
    },
    controls.plant.age,
  );
  return { status: 201, body: fault };
}

function setTime(controls: Controls, body: unknown): { status: number; body: unknown } {
  const speed = numberField(onlyFields(body, ['speed']), 'speed');
  if (speed === undefined || speed < SPEED_MIN || speed > SPEED_MAX) {
    throw new Refusal('SIM_SPEED_RANGE', 422, `speed must be ${SPEED_MIN} to ${SPEED_MAX}`, '/speed');
  }
  controls.speed = speed;
  return { status: 200, body: { speed } };
}

function startScenario(controls: Controls, body: unknown): { status: number; body: unknown } {
  const name = textField(onlyFields(body, ['name']), 'name');
  controls.scenario.start(name);
  return { status: 200, body: { name } };
}

const ROUTES: readonly { readonly method: string; readonly path: RegExp; readonly handle: Handler }[] = [
  { method: 'GET', path: /^\/plant$/, handle: (controls) => ({ status: 200, body: state(controls) }) },
  { method: 'POST', path: /^\/faults$/, handle: addFault },
  {
    method: 'DELETE',
    path: /^\/faults\/(\w+)$/,
    handle: (controls, _body, id) => {
      controls.plant.faults.remove(id);
      return { status: 204 };
    },
  },
  { method: 'POST', path: /^\/time$/, handle: setTime },
  { method: 'POST', path: /^\/scenario$/, handle: startScenario },
];

async function readBody(request: IncomingMessage): Promise<unknown> {
  if (request.method !== 'POST') return undefined;
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new Refusal('SIM_CONTENT_TYPE', 415, 'the body must be application/json');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > BODY_MAX) throw new Refusal('SIM_BODY_TOO_LARGE', 413, `the body must be at most ${BODY_MAX} bytes`);
    chunks.push(bytes);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (isRecord(body)) return body;
  } catch {
    throw new Refusal('SIM_BODY_INVALID', 400, 'the body is no JSON');
  }
  throw new Refusal('SIM_BODY_INVALID', 400, 'the body must be an object');
}

/** Only programs of this machine: no web page of another origin, no name that was pointed at loopback. */
function checkCaller(request: IncomingMessage): void {
  const origin = request.headers.origin;
  if (!LOOPBACK.test(request.headers.host ?? ''))
    throw new Refusal('SIM_HOST_REFUSED', 403, 'the simulator answers to loopback names only');
  if (origin !== undefined && !LOOPBACK.test(origin.replace(/^https?:\/\//, ''))) {
    throw new Refusal('SIM_ORIGIN_REFUSED', 403, 'the simulator does not answer to web pages of other origins');
  }
}

async function handle(controls: Controls, request: IncomingMessage): Promise<{ status: number; body?: unknown }> {
  checkCaller(request);
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const known = ROUTES.filter((route) => route.path.test(pathname));
  if (known.length === 0) throw new Refusal('SIM_NOT_FOUND', 404, `there is no ${pathname}`);
  const route = known.find((one) => one.method === request.method);
  if (!route) throw new Refusal('SIM_METHOD_NOT_ALLOWED', 405, `${pathname} takes ${known.map((one) => one.method).join(', ')}`);
  const body = await readBody(request);
  return route.handle(controls, body, route.path.exec(pathname)?.[1] ?? '');
}

function send(response: ServerResponse, status: number, type: string, body: unknown): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(body === undefined ? {} : { 'content-type': type }),
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function sendProblem(response: ServerResponse, error: unknown): void {
  const refusal =
    error instanceof Refusal ? error : new Refusal('SIM_INTERNAL', 500, error instanceof Error ? error.message : 'internal error');
  send(response, refusal.status, 'application/problem+json', {
    type: 'about:blank',
    title: refusal.code,
    status: refusal.status,
    code: refusal.code,
    detail: refusal.message,
    ...(refusal.path === undefined ? {} : { place: { path: refusal.path } }),
  });
}

/** The simulator's own HTTP API, loopback only: state, faults, speed of time, scenarios. */
export class Api {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(controls: Controls, port: number): Promise<Api> {
    const server = createServer((request, response) => {
      handle(controls, request).then(
        ({ status, body }) => send(response, status, 'application/json', body),
        (error: unknown) => sendProblem(response, error),
      );
    });
    server.requestTimeout = 10_000;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new Api(server);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
