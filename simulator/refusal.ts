/** A refusal with a stable code; the API renders it as RFC 9457 problem+json. `path` is a JSON pointer into the request. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  readonly path: string | undefined;

  constructor(code: string, status: number, detail: string, path?: string) {
    super(detail);
    this.name = 'Refusal';
    this.code = code;
    this.status = status;
    this.path = path;
  }
}
