import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Registry } from 'prom-client';
import type { ServedModule } from '../define-module.ts';
import type { Identity } from '../people.ts';
import type { Ambient, Caller } from '../services.ts';
import type { Store } from '../store/port.ts';

/** A path prefix that another part serves itself (the control channel of the flow runtimes); only the Host check stands before it. */
interface Mount {
  /** Without a slash at the end: `/runtime/v1`. */
  readonly prefix: string;
  request?(request: IncomingMessage, response: ServerResponse): void;
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Another origin on the same port, told apart by the Host header (the flow editor in one-port mode); it answers for all its paths. */
export interface VirtualHost {
  /** Without port: `flows.localhost`. */
  readonly host: string;
  request(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Calls `run` every `ms` until the returned function is called; tests pass their own. */
export type Every = (ms: number, run: () => void) => () => void;

export interface HttpOptions extends Ambient {
  /** Each is `{ name: alarms.name, contract: alarms.contract, ...running }`; what is not in a contract is not served. */
  readonly modules: readonly ServedModule[];
  readonly identity: Identity;
  readonly store: Store;
  readonly metrics: Registry;
  /** Bearer of a flow runtime, for routes with access `runtime`. */
  readonly runtimeCredential?: (secret: string) => Caller | undefined;
  readonly mounts?: readonly Mount[];
  readonly virtualHosts?: readonly VirtualHost[];
  /** The built editor; left out = no pages are served. */
  readonly staticDir?: string;
  /** Names in the Host header that are answered besides the loopback names (DNS rebinding); without port. */
  readonly allowedHosts?: readonly string[];
  /** Origins that may be framed for a page asked under `hostname` (the flow editor): `http://localhost:8081`. */
  readonly frameOrigins?: (hostname: string) => readonly string[];
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer };
  /** Trust `X-Forwarded-For` and `-Proto` of a reverse proxy on the loopback interface. */
  readonly trustProxy?: boolean;
  readonly version: string;
  /** Log-in tries a minute and address before 429; default 30. */
  readonly logInsPerMinute?: number;
  /** Tests: answers are checked against the contract too, a mismatch is RESPONSE_INVALID (500). */
  readonly validateResponses?: boolean;
  readonly every?: Every;
}

export interface Http {
  /** @returns the port that was taken (0 asks for any free one) */
  listen(port: number, host: string): Promise<number>;
  /** The generated OpenAPI 3.1 document. */
  readonly openapi: Readonly<Record<string, unknown>>;
  /** Stops the intake, lets running requests end (10 s at most), closes sockets with 1001. */
  close(): Promise<void>;
}
