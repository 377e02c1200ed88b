import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { Millis } from '#domain/time.ts';
import type { EngineEvent, Variables } from '../port.ts';
import { graphFromJson, graphToJson } from './compile.ts';
import type { Graph } from './graph.ts';
import { instanceFromJson, instanceToJson } from './instance.ts';
import type { Instance, JobRow, SubscriptionRow, TimerRow } from './instance.ts';

const SCHEMA = `
create table if not exists meta (name text primary key, value text not null) without rowid;
create table if not exists definition (key integer primary key, id text not null, version integer not null, hash text not null, resource text not null, xml text not null, graph text not null, unique (id, version));
create table if not exists instance (key integer primary key, doc text not null);
create table if not exists business (process text not null, business text not null, key integer not null, primary key (process, business)) without rowid;
create table if not exists job (key integer primary key, instance integer not null, type text not null, active integer not null, notBefore integer not null);
create index if not exists job_type on job (type, active, key);
create index if not exists job_later on job (active, notBefore);
create table if not exists timer (key integer primary key, instance integer not null, due integer not null);
create index if not exists timer_due on timer (due, key);
create table if not exists subscription (key integer primary key, instance integer not null, name text not null, correlation text not null);
create index if not exists subscription_name on subscription (name, correlation, key);
create table if not exists message (key integer primary key, name text not null, correlation text not null, variables text not null, expires integer not null, id text, processes text not null);
create index if not exists message_name on message (name, correlation, key);
create table if not exists incident (key integer primary key, instance integer not null);
create table if not exists log (first integer primary key, last integer not null, at integer not null, command text not null, events text not null);
`;

export interface Definition {
  readonly key: number;
  readonly version: number;
  readonly resource: string;
  readonly graph: Graph;
}
export interface MessageRow {
  readonly key: number;
  readonly name: string;
  readonly correlation: string;
  readonly variables: Variables;
  readonly expires: Millis;
  readonly id?: string;
  processes: string[];
}
type Row = Record<string, unknown>;

const num = (value: unknown): number => {
  if (typeof value !== 'number') throw new Error('the workflow file is damaged: a number is missing');
  return value;
};
const str = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The engine's own file: state as rows, one log. Nothing here decides anything. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  readonly #definitions = new Map<number, Definition>();
  readonly #latest = new Map<string, Definition>();
  readonly #instances = new Map<number, Instance>();
  readonly #dirty = new Set<number>();

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000;');
    this.#db.exec(SCHEMA);
    this.#load();
  }

  #load(): void {
    this.#definitions.clear();
    this.#latest.clear();
    for (const row of this.all('select key, version, resource, graph from definition order by key'))
      this.#remember({
        key: num(row['key']),
        version: num(row['version']),
        resource: str(row['resource']),
        graph: graphFromJson(str(row['graph'])),
      });
  }

  #remember(definition: Definition): void {
    this.#definitions.set(definition.key, definition);
    this.#latest.set(definition.graph.id, definition);
  }

  #statement(sql: string): StatementSync {
    const known = this.#prepared.get(sql) ?? this.#db.prepare(sql);
    this.#prepared.set(sql, known);
    return known;
  }

  all(sql: string, ...values: (string | number | null)[]): Row[] {
    return this.#statement(sql).all(...values);
  }
  get(sql: string, ...values: (string | number | null)[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }
  run(sql: string, ...values: (string | number | null)[]): void {
    this.#statement(sql).run(...values);
  }

  /** Everything in `work` is durable when this returns, or nothing is and what was cached is forgotten. */
  transaction<T>(work: () => T): T {
    this.#db.exec('begin immediate');
    try {
      const result = work();
      for (const key of this.#dirty) {
        const instance = this.#instances.get(key);
        if (instance)
          this.run(
            'insert into instance (key, doc) values (?, ?) on conflict (key) do update set doc = excluded.doc',
            key,
            instanceToJson(instance),
          );
      }
      this.#dirty.clear();
      this.#db.exec('commit');
      if (this.#instances.size > 2000) this.#instances.clear();
      return result;
    } catch (error) {
      this.#dirty.clear();
      this.#instances.clear();
      if (this.#db.isTransaction) this.#db.exec('rollback');
      this.#load();
      throw error;
    }
  }

  meta(name: string): string | undefined {
    const row = this.get('select value from meta where name = ?', name);
    return row && str(row['value']);
  }
  setMeta(name: string, value: string): void {
    this.run('insert into meta (name, value) values (?, ?) on conflict (name) do update set value = excluded.value', name, value);
  }

  definition(key: number): Definition {
    const found = this.#definitions.get(key);
    if (!found) throw new Error(`process definition ${key} is not in the file`);
    return found;
  }
  latest(process: string): Definition | undefined {
    return this.#latest.get(process);
  }
  definitions(): readonly Definition[] {
    return [...this.#definitions.values()];
  }
  xml(key: number): string {
    return str(this.get('select xml from definition where key = ?', key)?.['xml']);
  }
  addDefinition(definition: Definition, xml: string): void {
    this.run(
      'insert into definition (key, id, version, hash, resource, xml, graph) values (?, ?, ?, ?, ?, ?, ?)',
      definition.key,
      definition.graph.id,
      definition.version,
      definition.graph.hash,
      definition.resource,
      xml,
      graphToJson(definition.graph),
    );
    this.#remember(definition);
  }

  instance(key: number): Instance | undefined {
    const cached = this.#instances.get(key);
    if (cached) return cached;
    const row = this.get('select doc from instance where key = ?', key);
    if (!row) return undefined;
    const loaded = instanceFromJson(str(row['doc']));
    this.#instances.set(key, loaded);
    return loaded;
  }
  /** Marks it to be written with the transaction. */
  touch(instance: Instance): void {
    this.#instances.set(instance.key, instance);
    this.#dirty.add(instance.key);
  }
  dropInstance(key: number): void {
    this.#instances.delete(key);
    this.#dirty.delete(key);
    this.run('delete from instance where key = ?', key);
  }

  /** Key of the instance that owns a row of a table. */
  ownerOf(table: 'job' | 'timer' | 'subscription' | 'incident', key: number): number | undefined {
    const row = this.get(`select instance from ${table} where key = ?`, key);
    return row && num(row['instance']);
  }
  drop(table: 'job' | 'timer' | 'subscription' | 'incident' | 'message', key: number): void {
    this.run(`delete from ${table} where key = ?`, key);
  }
  putJob(instance: number, job: JobRow): void {
    this.run(
      'insert into job (key, instance, type, active, notBefore) values (?, ?, ?, ?, ?) on conflict (key) do update set active = excluded.active, notBefore = excluded.notBefore',
      job.key,
      instance,
      job.type,
      job.state === 'activatable' ? 1 : 0,
      job.notBefore,
    );
  }
  putTimer(instance: number, timer: TimerRow): void {
    this.run(
      'insert into timer (key, instance, due) values (?, ?, ?) on conflict (key) do update set due = excluded.due',
      timer.key,
      instance,
      timer.due,
    );
  }
  putSubscription(instance: number, row: SubscriptionRow): void {
    this.run(
      'insert into subscription (key, instance, name, correlation) values (?, ?, ?, ?)',
      row.key,
      instance,
      row.name,
      row.correlation,
    );
  }
  putMessage(message: MessageRow): void {
    this.run(
      'insert into message (key, name, correlation, variables, expires, id, processes) values (?, ?, ?, ?, ?, ?, ?) on conflict (key) do update set processes = excluded.processes',
      message.key,
      message.name,
      message.correlation,
      JSON.stringify(message.variables),
      message.expires,
      message.id ?? null,
      JSON.stringify(message.processes),
    );
  }
  messages(name: string, correlation: string, now: Millis): MessageRow[] {
    return this.all('select * from message where name = ? and correlation = ? and expires > ? order by key', name, correlation, now).map(
      (row) => {
        const variables: Variables = JSON.parse(str(row['variables']));
        const processes: string[] = JSON.parse(str(row['processes']));
        return {
          key: num(row['key']),
          name,
          correlation,
          variables,
          expires: num(row['expires']),
          processes,
          ...(typeof row['id'] === 'string' ? { id: row['id'] } : {}),
        };
      },
    );
  }

  append(first: number, last: number, at: Millis, command: unknown, events: readonly EngineEvent[]): void {
    this.run(
      'insert into log (first, last, at, command, events) values (?, ?, ?, ?, ?)',
      first,
      last,
      at,
      JSON.stringify(command),
      JSON.stringify(events),
    );
  }
  /** Events after a position, at least one command's if there are any. */
  events(after: number, limit: number): EngineEvent[] {
    const found: EngineEvent[] = [];
    for (const row of this.all('select events from log where last > ? order by first limit ?', after, limit)) {
      const events: EngineEvent[] = JSON.parse(str(row['events']));
      found.push(...events.filter((event) => event.position > after));
      if (found.length >= limit) break;
    }
    return found;
  }

  close(): void {
    this.#db.close();
  }
}
