import Type from 'typebox';
import Value from 'typebox/value';
import type { Audit, AuditEntry, Ids, Log } from '../../services.ts';
import { appendLine, readLines, replaceFile } from './append-file.ts';

const lineSchema = Type.Object({
  id: Type.String(),
  at: Type.Number(),
  entry: Type.Object({
    actor: Type.String(),
    actorName: Type.String(),
    roles: Type.Array(Type.String()),
    event: Type.String(),
    object: Type.String(),
    action: Type.String(),
    result: Type.Union([Type.Literal('done'), Type.Literal('refused'), Type.Literal('failed')]),
    after: Type.Optional(Type.Unknown()),
    reason: Type.Optional(Type.String()),
    session: Type.Optional(Type.String()),
    ip: Type.Optional(Type.String()),
  }),
});

export interface SpoolParts {
  readonly path: string;
  readonly audit: Audit;
  readonly ids: Ids;
  readonly log: Log;
  /** Called when the number of waiting entries changes. */
  readonly changed: () => void;
}

interface Waiting {
  readonly id: string;
  readonly line: string;
  readonly entry: AuditEntry;
}

/**
 * Audit entries of the stop: first on the disk in an append-only file, then handed to the audit log in order, whenever it is there.
 * An entry whose acknowledgement a crash swallowed is handed over again; it carries its `spool` id.
 */
export class AuditSpool {
  readonly #parts: SpoolParts;
  #waiting: Waiting[] = [];
  #files: Promise<unknown> = Promise.resolve();
  #draining: Promise<boolean> | undefined;
  #closed = false;
  #stuck = false;

  constructor(parts: SpoolParts) {
    this.#parts = parts;
  }

  get pending(): number {
    return this.#waiting.length;
  }

  async open(): Promise<void> {
    for (const line of await readLines(this.#parts.path)) this.#take(line);
  }

  #take(line: string): void {
    const parsed = parse(line);
    if (parsed) this.#waiting.push({ id: parsed.id, line, entry: parsed.entry });
    else this.#parts.log.error({ file: this.#parts.path }, 'a damaged line of the audit spool is left out');
  }

  /** The audit log refused: entries wait until it is there again. */
  get stuck(): boolean {
    return this.#stuck && this.pending > 0;
  }

  /** Resolves when the entry is on the disk; a disk that fails is logged, the entry waits in memory. */
  async append(entry: AuditEntry, at: number): Promise<void> {
    const id = this.#parts.ids.next();
    const marked = { ...entry, after: { at, spool: id, ...(typeof entry.after === 'object' ? entry.after : {}) } };
    const line = JSON.stringify({ id, at, entry: marked });
    this.#waiting.push({ id, line, entry: marked });
    this.#parts.changed();
    await this.#file('append', () => appendLine(this.#parts.path, line));
    void this.drain();
  }

  /** Hands over what waits, in order, until the audit log refuses. True if nothing is left. */
  drain(): Promise<boolean> {
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  /** Waits for the disk, not for the audit log: what it has not taken stays in the spool. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#files;
  }

  async #drain(): Promise<boolean> {
    for (let first = this.#waiting[0]; first && !this.#closed; first = this.#waiting[0]) {
      try {
        await this.#parts.audit.append(first.entry);
        this.#stuck = false;
      } catch (error) {
        this.#stuck = true;
        this.#parts.changed();
        this.#parts.log.warn({ err: error, waiting: this.pending }, 'audit of the stop waits in the spool');
        return false;
      }
      this.#waiting = this.#waiting.filter((one) => one !== first);
      await this.#file('shorten', () => replaceFile(this.#parts.path, this.#waiting.map((one) => `${one.line}\n`).join('')));
      this.#parts.changed();
    }
    return this.pending === 0;
  }

  #file(what: string, run: () => Promise<void>): Promise<void> {
    const turn = this.#files.then(run).catch((error: unknown) => {
      this.#parts.log.error({ err: error, what }, 'the audit spool could not be written');
    });
    this.#files = turn;
    return turn;
  }
}

function parse(line: string): { readonly id: string; readonly entry: AuditEntry } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return Value.Check(lineSchema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}
