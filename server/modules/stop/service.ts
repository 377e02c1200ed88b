import { join } from 'node:path';
import { Problem } from '#domain/errors.ts';
import type { Ambient, Audit, AuditEntry, Caller, RuntimeLink, TagDictionary } from '../../services.ts';
import { appendLine, readLines, replaceFile } from './append-file.ts';
import { AuditSpool } from './audit-spool.ts';
import { fill, parseStop } from './record.ts';
import type { DeviceResult, StopRecord } from './record.ts';
import { preload } from './stop-list.ts';
import type { StopList } from './stop-list.ts';

export interface StopNeeds {
  readonly link: Pick<RuntimeLink, 'stop'>;
  /** Folder of the stop's own files; the store is not asked for anything. */
  readonly dataFolder: string;
  /** Missing if its store is down at the start: then the list of the last start is used. */
  readonly dictionary?: TagDictionary;
  /** Aborts after `ms`; the host's clock without it. */
  readonly deadline?: (ms: number) => AbortSignal;
}

const SECOND_PERSON = {
  zh: '第二次复位须由另一人在其本人会话中完成',
  en: 'the second person is another one than the first, in a session of their own',
};

/** Every result is known at most this long after the order (security.md 4.4), ms. */
const KNOWN_WITHIN = 10_000;
/** The first person's reset waits this long for the second, ms. */
const RESET_WAITS = 600_000;
const KEPT = 200;

/** 一键关停: memory, two files and the control channel; nothing else has to be alive. */
export class StopService {
  readonly spool: AuditSpool;
  readonly #parts: Ambient & { readonly audit: Audit } & StopNeeds;
  readonly #records = new Map<string, StopRecord>();
  readonly #listeners = new Set<(record: StopRecord) => void>();
  readonly #path: string;
  #list: StopList = { v: 1, scopes: [] };
  #files: Promise<unknown> = Promise.resolve();

  constructor(parts: Ambient & { readonly audit: Audit } & StopNeeds) {
    this.#parts = parts;
    this.#path = join(parts.dataFolder, 'stop', 'stops.jsonl');
    const { audit, ids, log } = parts;
    this.spool = new AuditSpool({
      path: join(parts.dataFolder, 'stop', 'audit-spool.jsonl'),
      audit,
      ids,
      log,
      changed: () => {
        for (const record of this.#records.values()) if (record.state !== 'released') this.#tell(record);
      },
    });
  }

  async open(): Promise<void> {
    this.#list = await preload(join(this.#parts.dataFolder, 'stop', 'stop-list.json'), this.#parts.dictionary);
    for (const line of await readLines(this.#path)) {
      const record = parseStop(line);
      if (record) this.#records.set(record.id, record);
      else this.#parts.log.error({ file: this.#path }, 'a damaged line of the stop journal is left out');
    }
    for (const record of this.#records.values()) this.#records.set(record.id, interrupted(record));
    const kept = [...this.#records.values()].filter((record, index, all) => record.state !== 'released' || index >= all.length - KEPT);
    await replaceFile(this.#path, kept.map((record) => `${JSON.stringify(record)}\n`).join(''));
    await this.spool.open();
  }

  /** Waits until everything that was told is on the disk. */
  async close(): Promise<void> {
    await this.#files;
    await this.spool.close();
  }

  get scopes(): StopList['scopes'] {
    return this.#list.scopes;
  }

  /** Newest first. */
  list(): StopRecord[] {
    return [...this.#records.values()].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  }

  get(id: string): StopRecord | undefined {
    return this.#records.get(id);
  }

  /** True from the order to the reset by two persons: the gate lets no command through to that station. */
  readonly latched = (asset: string): boolean =>
    [...this.#records.values()].some((record) => record.state !== 'released' && record.targets.includes(asset));

  onChange(listener: (record: StopRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Orders the stop and comes back at once; results follow. Ordered again while it is latched it is sent again: that is never wrong.
   * @throws Problem STOP_SCOPE_UNKNOWN, STOP_NOT_CONFIRMED
   */
  stop(scope: string, confirm: string, caller: Caller): { readonly record: StopRecord; readonly finished: Promise<void> } {
    const found = this.#list.scopes.find((one) => one.scope === scope);
    if (!found)
      throw new Problem('STOP_SCOPE_UNKNOWN', 404, `there is no scope ${scope} that can be stopped`, { place: { path: 'scope' } });
    if (confirm !== scope) throw new Problem('STOP_NOT_CONFIRMED', 422, `confirm must be "${scope}"`, { place: { path: 'confirm' } });
    const open = this.list().find((record) => record.scope === scope && record.state !== 'released');
    const { firstReset: _first, ...earlier } = open ?? { id: this.#parts.ids.next() };
    const record: StopRecord = {
      ...earlier,
      scope,
      label: found.label,
      targets: found.targets,
      state: 'stopping',
      at: this.#parts.clock.now(),
      by: caller.id,
      results: found.targets.map((target) => ({ target, result: 'pending', detail: '', ms: 0 })),
    };
    // The order goes out before the disk has answered: nothing may hold up a stop.
    const results = this.#order(record.targets, 'stop');
    const written = this.#keep(record);
    this.#note(caller, record, 'stop.ordered', 'done', {});
    return { record, finished: this.#stopped(record.id, caller, results, written) };
  }

  async #stopped(id: string, caller: Caller, results: Promise<DeviceResult[]>, written: Promise<void>): Promise<void> {
    const known = await results;
    const record = this.#records.get(id);
    if (!record) return;
    const next: StopRecord = { ...record, state: record.state === 'stopping' ? 'stopped' : record.state, results: known };
    await written;
    await this.#keep(next);
    this.#note(caller, next, 'stop.result', known.every((one) => one.result === 'done') ? 'done' : 'failed', { results: known });
  }

  /**
   * The first call registers, the second by another person executes. The latch is released only when every device has answered `done`.
   * @throws Problem STOP_UNKNOWN, STATE_REFUSED, STOP_SECOND_PERSON
   */
  async reset(id: string, caller: Caller): Promise<StopRecord> {
    const record = this.#records.get(id);
    if (!record) throw new Problem('STOP_UNKNOWN', 404, `there is no stop ${id}`);
    if (record.state !== 'stopped')
      throw new Problem('STATE_REFUSED', 409, `stop ${id} is ${record.state}`, { context: { state: record.state } });
    if (caller.kind !== 'user') throw new Problem('STOP_SECOND_PERSON', 403, 'only persons reset a stop');
    const now = this.#parts.clock.now();
    const first = record.firstReset && now - record.firstReset.at <= RESET_WAITS ? record.firstReset : undefined;
    if (!first) {
      const { session } = caller;
      const next: StopRecord = { ...record, firstReset: { by: caller.id, at: now, ...(session === undefined ? {} : { session }) } };
      await this.#keep(next);
      this.#note(caller, next, 'stop.reset-registered', 'done', {});
      return next;
    }
    if (first.by === caller.id || (first.session !== undefined && first.session === caller.session)) {
      this.#note(caller, record, 'stop.reset', 'refused', {});
      throw new Problem('STOP_SECOND_PERSON', 403, SECOND_PERSON.en, { context: { text: SECOND_PERSON } });
    }
    return this.#release({ ...record, state: 'resetting' }, first.by, caller);
  }

  async #release(record: StopRecord, first: string, caller: Caller): Promise<StopRecord> {
    await this.#keep(record);
    const known = await this.#order(record.targets, 'reset');
    const all = known.every((one) => one.result === 'done');
    const { firstReset: _first, ...rest } = this.#records.get(record.id) ?? record;
    // Stopped again meanwhile: the newer order wins.
    if (rest.state !== 'resetting') return { ...rest };
    const next: StopRecord = {
      ...rest,
      state: all ? 'released' : 'stopped',
      resetResults: known,
      ...(all ? { releasedBy: [first, caller.id], releasedAt: this.#parts.clock.now() } : {}),
    };
    await this.#keep(next);
    this.#note(caller, next, 'stop.reset', all ? 'done' : 'failed', { first, results: known });
    return next;
  }

  async #order(targets: readonly string[], action: 'stop' | 'reset'): Promise<DeviceResult[]> {
    const { clock, link, log } = this.#parts;
    const since = clock.monotonic();
    const signal = this.#parts.deadline?.(KNOWN_WITHIN) ?? AbortSignal.timeout(KNOWN_WITHIN);
    const late = new Promise<readonly DeviceResult[]>((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve([]);
        },
        { once: true },
      );
    });
    try {
      const answered = await Promise.race([link.stop(targets, action, signal), late]);
      return fill(targets, [...answered], clock.monotonic() - since);
    } catch (error) {
      log.error({ err: error, targets, action }, 'the one-key stop could not reach its devices');
      const ms = Math.round(clock.monotonic() - since);
      return targets.map((target) => ({ target, result: 'failed', detail: error instanceof Error ? error.message : String(error), ms }));
    }
  }

  /** In memory at once; on the disk in order. A disk that fails is told, and stops nothing. */
  #keep(record: StopRecord): Promise<void> {
    this.#records.set(record.id, record);
    this.#tell(record);
    const turn = this.#files
      .then(() => appendLine(this.#path, JSON.stringify(record)))
      .catch((error: unknown) => {
        this.#parts.log.error({ err: error, stop: record.id }, 'the stop journal could not be written');
      });
    this.#files = turn;
    return turn;
  }

  #tell(record: StopRecord): void {
    for (const listener of this.#listeners) listener(record);
  }

  #note(caller: Caller, record: StopRecord, action: string, result: AuditEntry['result'], more: Readonly<Record<string, unknown>>): void {
    const { session, ip } = caller;
    void this.spool.append(
      {
        actor: caller.id,
        actorName: caller.name,
        roles: caller.roles,
        event: 'stop',
        object: record.scope,
        action,
        result,
        after: { stop: record.id, state: record.state, ...more },
        ...(session === undefined ? {} : { session }),
        ...(ip === undefined ? {} : { ip }),
      },
      this.#parts.clock.now(),
    );
  }
}

/** After a crash: what was under way is not known; the latch stays, and nothing is sent by itself. */
function interrupted(record: StopRecord): StopRecord {
  if (record.state !== 'stopping' && record.state !== 'resetting') return record;
  const results = record.results.map((one) =>
    one.result === 'pending' ? { ...one, result: 'unknown' as const, detail: 'the platform was restarted' } : one,
  );
  const { firstReset: _first, ...rest } = record;
  return { ...rest, state: 'stopped', results };
}
