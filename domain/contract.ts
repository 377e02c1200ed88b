import type { Right } from './role.ts';
import type { Text } from './text.ts';

/** Who may call a route: anyone, anyone logged in, a flow runtime's own credential, the holder of a right, or of any one of several. */
export type Access = 'public' | 'session' | 'runtime' | Right | readonly Right[];

/**
 * One HTTP route, written once in a module's `contract.ts`; server, editor, OpenAPI and the rights test read it.
 * `P`, `Q`, `B`, `R` are schemas (TypeBox) of path parameters, query, body and answer.
 */
export interface Route<P = unknown, Q = unknown, B = unknown, R = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Express style: `/api/alarms/:id/acknowledge`. */
  readonly path: string;
  readonly summary: Text;
  readonly access: Access;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Bytes of the largest body where files are sent; 1 MiB when left out. */
  readonly bodyLimit?: number;
  readonly response?: R;
  /** Status of success; 200 when left out. */
  readonly status?: number;
  /** Media types other than JSON that the route answers (`text/csv`). */
  readonly produces?: readonly string[];
  /** Error codes that callers should expect besides the general ones. */
  readonly errors?: readonly string[];
  readonly example?: { readonly body?: unknown; readonly response?: unknown };
}

export type Contract = Readonly<Record<string, Route>>;

/** Keeps the exact schema types of a route. */
export const route = <P = undefined, Q = undefined, B = undefined, R = undefined>(definition: Route<P, Q, B, R>): Route<P, Q, B, R> =>
  definition;
