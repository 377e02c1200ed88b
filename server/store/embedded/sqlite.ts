import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { backup, DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';

export type Row = Record<string, SQLOutputValue>;
export type Bind = SQLInputValue;

/**
 * The one place that knows node:sqlite. WAL with synchronous=FULL: a commit is durable when `COMMIT` returns (storage.md 6, D11).
 * Statements are kept by their text.
 */
export class Database {
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(
    path: string,
    options: {
      readonly pageSize?: number;
      readonly readOnly?: boolean;
      readonly secureDelete?: boolean;
      readonly exclusive?: boolean;
    } = {},
  ) {
    this.path = path;
    if (!options.readOnly) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      // SQLite gives its log and index files the mode of the main file. One that is there stays closed: closing it would take the
      // locks of this process's other connections off it (POSIX).
      if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
    }
    this.#db = new DatabaseSync(path, { readOnly: options.readOnly ?? false, timeout: options.exclusive ? 0 : 2000 });
    // A lock needs no log; only the classic journal locks the file itself.
    if (options.exclusive) return;
    if (!options.readOnly) {
      // The page size counts only before the first table.
      if (options.pageSize !== undefined) this.#db.exec(`PRAGMA page_size=${options.pageSize}`);
      this.#db.exec('PRAGMA journal_mode=WAL');
      this.#db.exec('PRAGMA synchronous=FULL');
      // What was deleted leaves the file too; off where nothing personal is kept.
      if (options.secureDelete !== false) this.#db.exec('PRAGMA secure_delete=ON');
    }
  }

  get inTransaction(): boolean {
    return this.#db.isTransaction;
  }

  get version(): string {
    return String(this.get('SELECT sqlite_version() AS v')?.['v']);
  }

  exec(sql: string): void {
    this.#db.exec(sql);
  }

  run(sql: string, ...values: Bind[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  get(sql: string, ...values: Bind[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  all(sql: string, ...values: Bind[]): Row[] {
    return this.#prepare(sql).all(...values);
  }

  /** Rows one by one; the statement is its own, so that several may run at once. Nothing may be written before it ends. */
  iterate(sql: string, ...values: Bind[]): IterableIterator<Row> {
    return this.#db.prepare(sql).iterate(...values);
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    const kept = this.#statements.get(sql);
    if (kept) return kept;
    if (this.#statements.size > 500) this.#statements.clear();
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Copies a database that may be in use, as it is at one moment, page by page: unchanged pages stay where they were. */
export async function snapshotDatabase(path: string, to: string): Promise<void> {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  try {
    // All pages in one step: a copy in steps begins again whenever the database is written.
    await backup(db, to, { rate: 1_000_000_000 });
  } finally {
    db.close();
  }
}

/** What SQLite finds wrong in a file that nobody uses, undefined if it is whole. */
export function databaseFault(path: string): string | undefined {
  const url = pathToFileURL(path);
  // No log is made beside it.
  url.searchParams.set('immutable', '1');
  const db = new DatabaseSync(url, { readOnly: true });
  try {
    const found = String(db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
    return found === 'ok' ? undefined : found;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    db.close();
  }
}

/** Result code of an SQLite error (`errcode`), or undefined for other errors. */
const sqliteCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;

/** SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY and _ROWID. */
export const isUniqueViolation = (error: unknown): boolean => [2067, 1555, 2579].includes(sqliteCode(error) ?? 0);

/** SQLITE_FULL, and SQLITE_IOERR_SHMSIZE, by which a full disk shows in the index of the log. What was begun can be rolled back. */
export const isFull = (error: unknown): boolean => [13, 4874].includes(sqliteCode(error) ?? 0);
