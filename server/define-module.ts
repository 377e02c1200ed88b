import type { Static, TSchema } from 'typebox';
import type { Contract, Route } from '#domain/contract.ts';
import { Problem } from '#domain/errors.ts';
import type { Bus } from './bus.ts';
import type { Ambient, Audit, Caller } from './services.ts';
import type { Store } from './store/port.ts';

/** The optional `?` of a route's part is taken off, or every `params` would be possibly undefined. */
type Of<S> = [Exclude<S, undefined>] extends [never]
  ? undefined
  : [Exclude<S, undefined>] extends [infer T extends TSchema]
    ? Static<T>
    : undefined;

/** A parsed request: everything in it has passed the contract's schemas and the rights table. */
export interface Request<R extends Route> {
  readonly params: Of<R['params']>;
  readonly query: Of<R['query']>;
  readonly body: Of<R['body']>;
  readonly caller: Caller;
  readonly requestId: string;
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
  readonly language: 'zh' | 'en';
  readonly accept: string;
  readonly signal: AbortSignal;
}

/** An answer with more than a body. `stream` is for CSV and long exports. */
export class Reply<T = unknown> {
  readonly body: T;
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly stream: AsyncIterable<string | Uint8Array> | undefined;
  constructor(
    body: T,
    more: { status?: number; headers?: Readonly<Record<string, string>>; stream?: AsyncIterable<string | Uint8Array> } = {},
  ) {
    this.body = body;
    this.status = more.status;
    this.headers = more.headers ?? {};
    this.stream = more.stream;
  }
}

type Handler<R extends Route> = (request: Request<R>) => Promise<Of<R['response']> | Reply<Of<R['response']>>>;
type Handlers<C extends Contract> = { readonly [K in keyof C]: Handler<C[K]> };

/** A topic of the web socket that a module serves: `alarms`, `tasks`, `instance:123`. */
export interface LiveTopic {
  /** Name or prefix before the colon. */
  readonly name: string;
  allowed(caller: Caller, argument: string): boolean;
  /** First message after subscribing. */
  snapshot(caller: Caller, argument: string): unknown;
  /** Calls `push` at each change until the returned function is called. */
  subscribe(caller: Caller, argument: string, push: (message: unknown) => void): () => void;
}

export interface ModuleContext extends Ambient {
  readonly store: Store;
  readonly bus: Bus;
  readonly audit: Audit;
}

export interface RunningModule<C extends Contract> {
  readonly handlers: Handlers<C>;
  readonly topics?: readonly LiveTopic[];
  [Symbol.asyncDispose]?(): Promise<void>;
}

/**
 * A vertical slice. `Needs` are the services that it takes from others (see `services.ts`), given by `main.ts`;
 * `Gives` are those that it offers.
 */
export interface ModuleDefinition<C extends Contract, Needs, Gives> {
  readonly name: string;
  readonly contract: C;
  start(context: ModuleContext & Needs): Promise<RunningModule<C> & Gives>;
}

export const defineModule = <C extends Contract, Needs = object, Gives = object>(
  definition: ModuleDefinition<C, Needs, Gives>,
): ModuleDefinition<C, Needs, Gives> => definition;

/** The entity tag of a versioned document: send it as header `etag`. */
export const etag = (ver: number): string => `"${ver}"`;

/**
 * The version that the caller saw, for a compare-and-set.
 * @throws Problem IF_MATCH_MISSING (428), IF_MATCH_STALE (412)
 */
export function requireMatch(request: { readonly ifMatch?: string }, ver: number): number {
  if (request.ifMatch === undefined)
    throw new Problem('IF_MATCH_MISSING', 428, 'the header If-Match with the ETag that was read is required');
  if (request.ifMatch.replace(/^W\//, '') !== etag(ver))
    throw new Problem('IF_MATCH_STALE', 412, `it was changed meanwhile: version ${ver} is current`, { context: { current: ver } });
  return ver;
}

/** A parsed request whose schemas are not known to the compiler: what the HTTP edge hands over. */
export type AnyRequest = Omit<Request<Route>, 'params' | 'query' | 'body'> & {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
};
interface Erased {
  handle(request: AnyRequest): Promise<unknown>;
}

/** What the HTTP edge serves: `{ name: alarms.name, contract: alarms.contract, ...running }`. */
export interface ServedModule {
  readonly name: string;
  readonly contract: Contract;
  readonly handlers: Readonly<Record<string, Erased['handle']>>;
  readonly topics?: readonly LiveTopic[];
}
