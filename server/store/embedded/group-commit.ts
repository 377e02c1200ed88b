import { Problem } from '#domain/errors.ts';
import { isFull, type Database } from './sqlite.ts';

interface Waiting {
  readonly run: () => unknown;
  /** Called when the operation alone was rolled back. */
  readonly undone: () => void;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes of one turn of the event loop share one transaction and one fsync. Each promise resolves after COMMIT; an operation that
 * throws is rolled back alone. When the commit itself fails all fail; unless the disk was only full, nothing is known of it
 * then, and every later write is refused.
 */
export class GroupCommit {
  readonly #db: Database;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #refusal: Problem | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  write<T>(run: () => T, undone: () => void = () => undefined): Promise<T> {
    const refusal = this.#refusal;
    if (refusal) return Promise.reject(refusal);
    return new Promise<T>((resolve, reject) => {
      let result: { readonly value: T } | undefined;
      this.#waiting.push({
        run: () => {
          result = { value: run() };
        },
        undone,
        resolve: () => {
          if (result) resolve(result.value);
        },
        reject,
      });
      this.#schedule();
    });
  }

  /** Commits what waits, at once, and refuses everything later. */
  close(): void {
    this.#flush();
    this.#refusal ??= new Problem('STORE_CLOSED', 503, 'the store is closed');
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0) return;
    const failed = new Map<Waiting, unknown>();
    try {
      this.#db.exec('BEGIN IMMEDIATE');
    } catch (error) {
      // Nothing has happened yet (another program holds the file): these fail, later ones may pass.
      for (const one of group) one.reject(failure('begin', error));
      return;
    }
    try {
      for (const one of group) this.#one(one, failed);
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#fail(error, group);
      return;
    }
    for (const one of group) {
      if (failed.has(one)) one.reject(failed.get(one));
      else one.resolve(undefined);
    }
  }

  #one(one: Waiting, failed: Map<Waiting, unknown>): void {
    this.#db.exec('SAVEPOINT one');
    try {
      one.run();
    } catch (error) {
      // Disk full and I/O errors end the whole transaction by themselves; then the group has failed.
      if (!this.#db.inTransaction) throw error;
      this.#db.exec('ROLLBACK TO one');
      one.undone();
      failed.set(one, error);
    }
    this.#db.exec('RELEASE one');
  }

  #fail(error: unknown, group: readonly Waiting[]): void {
    const problem = failure('commit', error);
    try {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      // A full disk took nothing: as soon as there is room again, writes pass again. After anything else nothing is known of the disk.
      if (isFull(error)) for (const one of group) one.undone();
      else this.#refusal = problem;
    } catch (rollback) {
      problem.cause = new AggregateError([error, rollback], 'commit and roll-back failed');
      this.#refusal = problem;
    }
    for (const one of group) one.reject(problem);
  }
}

function failure(what: 'begin' | 'commit', error: unknown): Problem {
  const detail = `the store could not ${what}: ${error instanceof Error ? error.message : String(error)}`;
  return isFull(error)
    ? new Problem('STORE_FULL', 507, `${detail}; nothing was written, reading goes on`, { cause: error })
    : new Problem('STORE_FAILED', 503, detail, { cause: error });
}
