/** Where in the input the fault is: a JSON path, a file with line and column, or an element id. */
export interface Place {
  readonly path?: string;
  readonly file?: string;
  readonly element?: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * A refusal or fault with a stable code; the HTTP edge renders it as RFC 9457 problem+json.
 * `code` is listed in `docs/reference/errors.md`.
 */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly place: Place | undefined;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    status: number,
    detail: string,
    more: { place?: Place; context?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'Problem';
    this.code = code;
    this.status = status;
    this.place = more.place;
    this.context = more.context ?? {};
  }
}

export const isProblem = (error: unknown): error is Problem => error instanceof Problem;
