import { Problem } from '#domain/errors.ts';
import { DuplicateKey, type Doc, type Filter, type FindOptions, type NewDoc, type UpdateOps } from '../port.ts';
import { predicateOf } from '../filter.ts';
import { applyUpdate } from '../update.ts';
import { fieldSql, FilterTranslator } from './filter-sql.ts';
import { isUniqueViolation, type Database, type Row } from './sqlite.ts';

const isDoc = (value: unknown): value is Doc => typeof value === 'object' && value !== null && '_id' in value && 'ver' in value;

function docOf(row: Row): Doc {
  const value: unknown = JSON.parse(String(row['doc']));
  if (!isDoc(value)) throw new Problem('STORE_CORRUPT', 500, 'a stored row is not a document');
  return value;
}

const PAGE = 500;

/** One collection = one table `(id, ver, doc JSON)`. Everything here runs synchronously; writes only inside the group's transaction. */
export class Collection {
  readonly name: string;
  readonly #db: Database;
  readonly #table: string;
  #arrays = new Set<string>();
  readonly #translator: FilterTranslator;

  constructor(db: Database, name: string) {
    this.name = name;
    this.#db = db;
    this.#table = `"c:${name}"`;
    this.reload();
    this.#translator = new FilterTranslator((path) => this.#arrays.has(path));
  }

  /** Reads again which paths hold arrays; after a roll-back, which takes back what the operation had noted. */
  reload(): void {
    this.#arrays = new Set(this.#db.all('SELECT path FROM array_path WHERE collection = ?', this.name).map((r) => String(r['path'])));
  }

  create(): void {
    this.#db.exec(
      `CREATE TABLE IF NOT EXISTS ${this.#table} (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, ver INTEGER NOT NULL, doc TEXT NOT NULL)`,
    );
  }

  get(id: string): Doc | undefined {
    const row = this.#db.get(`SELECT doc FROM ${this.#table} WHERE id = ?`, id);
    return row ? docOf(row) : undefined;
  }

  all(filter: Filter, options: FindOptions = {}): Doc[] {
    const test = predicateOf(filter);
    const condition = this.#translator.translate(filter);
    const found: Doc[] = [];
    let skip = options.skip ?? 0;
    const limit = options.limit ?? Number.POSITIVE_INFINITY;
    if (limit <= 0) return found;
    for (const row of this.#db.iterate(
      `SELECT doc FROM ${this.#table} WHERE ${condition.sql} ORDER BY ${order(options.sort)}`,
      ...condition.values,
    )) {
      const doc = docOf(row);
      if (!test(doc)) continue;
      if (skip > 0) skip -= 1;
      else if (found.push(doc) >= limit) break;
    }
    return found;
  }

  /** Pages in the order of insertion, so that a long cursor holds neither the rows nor the statement. */
  *pages(filter: Filter): Generator<Doc[], void, void> {
    const test = predicateOf(filter);
    const condition = this.#translator.translate(filter);
    let after = 0;
    for (;;) {
      const rows = this.#db.all(
        `SELECT n, doc FROM ${this.#table} WHERE n > ? AND (${condition.sql}) ORDER BY n LIMIT ${PAGE}`,
        after,
        ...condition.values,
      );
      if (rows.length === 0) return;
      after = Number(rows.at(-1)?.['n']);
      yield rows.map(docOf).filter(test);
    }
  }

  count(filter: Filter): number {
    if (Object.keys(filter).length === 0) return Number(this.#db.get(`SELECT count(*) AS n FROM ${this.#table}`)?.['n']);
    const test = predicateOf(filter);
    const condition = this.#translator.translate(filter);
    let n = 0;
    for (const row of this.#db.iterate(`SELECT doc FROM ${this.#table} WHERE ${condition.sql}`, ...condition.values))
      if (test(docOf(row))) n += 1;
    return n;
  }

  /** Documents behind a position, in the order of insertion. */
  after(position: number, limit: number): { readonly position: number; readonly doc: Doc }[] {
    const rows = this.#db.all(`SELECT n, doc FROM ${this.#table} WHERE n > ? ORDER BY n LIMIT ?`, position, limit);
    return rows.map((row) => ({ position: Number(row['n']), doc: docOf(row) }));
  }

  /** Keys of the indices that `ensureIndex` made. */
  indices(): { readonly keys: readonly string[]; readonly unique: boolean }[] {
    const start = `i:${this.name}:`;
    const rows = this.#db.all("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", `c:${this.name}`);
    return rows.flatMap((row) => {
      const name = String(row['name']);
      if (!name.startsWith(start)) return [];
      const unique = name.endsWith(':u');
      return [{ keys: name.slice(start.length, unique ? -2 : undefined).split(','), unique }];
    });
  }

  /** Writes the document as it is, `ver` too. */
  put(doc: Doc): void {
    if (this.get(doc._id)) this.#replace(doc);
    else
      this.#guarded(doc._id, () =>
        this.#db.run(`INSERT INTO ${this.#table} (id, ver, doc) VALUES (?, ?, ?)`, doc._id, doc.ver, this.#text(doc)),
      );
  }

  insert(doc: NewDoc): void {
    this.#guarded(doc._id, () =>
      this.#db.run(`INSERT INTO ${this.#table} (id, ver, doc) VALUES (?, 1, ?)`, doc._id, this.#text({ ...doc, ver: 1 })),
    );
  }

  upsert(doc: NewDoc): void {
    const old = this.#db.get(`SELECT ver FROM ${this.#table} WHERE id = ?`, doc._id);
    if (!old) this.insert(doc);
    else this.#replace({ ...doc, ver: Number(old['ver']) + 1 });
  }

  update(key: { readonly _id: string; readonly ver?: number | undefined }, ops: UpdateOps): boolean {
    const doc = this.get(key._id);
    if (!doc || (key.ver !== undefined && key.ver !== doc.ver)) return false;
    this.#replace(applyUpdate(doc, ops));
    return true;
  }

  remove(id: string): boolean {
    return this.#db.run(`DELETE FROM ${this.#table} WHERE id = ?`, id) > 0;
  }

  removeAll(filter: Filter): number {
    const ids = this.all(filter).map((d) => d._id);
    for (const id of ids) this.remove(id);
    return ids.length;
  }

  ensureIndex(keys: readonly string[], unique: boolean): void {
    const fields = keys.map((k) => this.#field(k));
    const name = `"i:${this.name}:${keys.join(',')}${unique ? ':u' : ''}"`;
    this.#guarded(keys.join(','), () =>
      this.#db.exec(`CREATE ${unique ? 'UNIQUE ' : ''}INDEX IF NOT EXISTS ${name} ON ${this.#table} (${fields.join(', ')})`),
    );
  }

  #replace(doc: Doc): void {
    this.#guarded(doc._id, () =>
      this.#db.run(`UPDATE ${this.#table} SET ver = ?, doc = ? WHERE id = ?`, doc.ver, this.#text(doc), doc._id),
    );
  }

  #field(path: string): string {
    const sql = fieldSql(path);
    if (sql === undefined) throw new Problem('STORE_FILTER', 500, `no index on ${path}`, { place: { path } });
    return sql;
  }

  #guarded(key: string, write: () => unknown): void {
    try {
      write();
    } catch (error) {
      if (isUniqueViolation(error)) throw new DuplicateKey(this.name, key);
      throw error;
    }
  }

  /** JSON of the document; paths that hold arrays are learnt before the row is there, so that no filter misses it. */
  #text(doc: Doc): string {
    for (const path of arrayPaths(doc, '')) {
      if (this.#arrays.has(path)) continue;
      this.#db.run('INSERT OR IGNORE INTO array_path (collection, path) VALUES (?, ?)', this.name, path);
      this.#arrays.add(path);
    }
    return JSON.stringify(doc);
  }
}

function order(sort: FindOptions['sort']): string {
  const terms = Object.entries(sort ?? {}).map(([path, direction]) => {
    const sql = fieldSql(path);
    if (sql === undefined) throw new Problem('STORE_FILTER', 500, `no sort by ${path}`, { place: { path } });
    return `${sql} ${direction === 1 ? 'ASC' : 'DESC'}`;
  });
  return [...terms, 'n'].join(', ');
}

function* arrayPaths(value: unknown, path: string): Generator<string, void, void> {
  if (Array.isArray(value)) yield path;
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) yield* arrayPaths(inner, path === '' ? key : `${path}.${key}`);
}
