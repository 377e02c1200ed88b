import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { Problem } from '#domain/errors.ts';
import type { Clock } from '#domain/time.ts';
import type { Audit, AuditEntry, Log } from '../../services.ts';
import { bounded, canonicalJson } from './canonical.ts';
import { chainHash, GENESIS, HASH_LENGTH, lineOf, readTip, signHead, TIP_SLOT, tipText } from './chain.ts';
import { auditDir, headsPath, linesBackward, monthPath, months, readIfThere, tipPath } from './files.ts';
import { ensureKeys, type AuditKeys } from './keys.ts';
import { verifyAudit, type AuditVerdict } from './verify.ts';

/** An entry as it is stored. */
interface AuditRecord extends AuditEntry {
  readonly seq: number;
  readonly at: string;
}

export interface AuditLog extends Audit, AsyncDisposable {
  /** Entries below `before`, newest first, that pass `test`, at most `limit`. */
  newest(options: {
    readonly before?: number;
    readonly limit: number;
    readonly test?: (record: AuditRecord) => boolean;
  }): Promise<AuditRecord[]>;
  verify(): Promise<AuditVerdict>;
}

interface Waiting {
  readonly entry: AuditEntry;
  readonly resolve: (seq: number) => void;
  readonly reject: (error: unknown) => void;
}

const HEAD_ROWS = 1000;
const HEAD_MILLIS = 60_000;

/** Opens the hash-chained log of a data folder and makes its keys if it is new (security.md 1.3, D9). */
export async function openAudit(options: { readonly dir: string; readonly clock: Clock; readonly log: Log }): Promise<AuditLog> {
  await mkdir(auditDir(options.dir), { recursive: true, mode: 0o700 });
  const keys = await ensureKeys(options.dir);
  const log = new ChainedLog(options.dir, keys, options.clock, options.log);
  await log.start();
  return log;
}

class ChainedLog implements AuditLog {
  readonly #dir: string;
  readonly #keys: AuditKeys;
  readonly #clock: Clock;
  readonly #log: Log;
  #seq = 0;
  #hash: Buffer = GENESIS;
  #signed = 0;
  #month = '';
  #file: FileHandle | undefined;
  #size = 0;
  #tip: FileHandle | undefined;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #refusal: Problem | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(dir: string, keys: AuditKeys, clock: Clock, log: Log) {
    this.#dir = dir;
    this.#keys = keys;
    this.#clock = clock;
    this.#log = log;
  }

  async start(): Promise<void> {
    const month = (await months(this.#dir)).at(-1);
    const tipBefore = await readIfThere(tipPath(this.#dir));
    const tip = readTip(this.#keys.chain, tipBefore);
    if (month !== undefined) {
      await this.#openMonth(month);
      const dropped = await this.#dropTornTail(month);
      if (dropped > 0) this.#log.warn({ bytes: dropped }, 'audit: the last line was torn by a crash and never acknowledged; removed');
      await this.#findEnd(month);
    }
    if (tip && tip.seq > this.#seq) {
      // Going on from the recorded end keeps the gap visible: verify names the first missing entry.
      this.#log.error({ ends: this.#seq, recorded: tip.seq }, 'audit: entries are missing at the end of the log');
      this.#seq = tip.seq;
      this.#hash = Buffer.from(tip.hash, 'base64url');
    }
    this.#tip = await open(tipPath(this.#dir), tipBefore === '' ? 'wx+' : 'r+', 0o600);
    if (tipBefore === '' && this.#seq === 0) await this.#writeTip();
    this.#timer = setInterval(() => void this.#signIfNew(), HEAD_MILLIS);
    this.#timer.unref();
  }

  append(entry: AuditEntry): Promise<number> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  async newest(options: {
    readonly before?: number;
    readonly limit: number;
    readonly test?: (record: AuditRecord) => boolean;
  }): Promise<AuditRecord[]> {
    const found: AuditRecord[] = [];
    for (const month of (await months(this.#dir)).toReversed()) {
      for await (const line of linesBackward(monthPath(this.#dir, month))) {
        const record = recordOf(line);
        if (!record || record.seq >= (options.before ?? Number.POSITIVE_INFINITY) || options.test?.(record) === false) continue;
        if (found.push(record) >= options.limit) return found;
      }
    }
    return found;
  }

  async verify(): Promise<AuditVerdict> {
    await this.#draining;
    return verifyAudit(this.#dir);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#refusal ??= new Problem('AUDIT_CLOSED', 503, 'the audit log is closed');
    clearInterval(this.#timer);
    await this.#draining;
    await this.#signIfNew();
    await this.#file?.close();
    await this.#tip?.close();
  }

  async #drain(): Promise<void> {
    // One turn, so that entries of the same moment share one fsync.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#writeGroup(this.#waiting.splice(0, 1000));
    this.#draining = undefined;
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const at = new Date(this.#clock.now()).toISOString();
    let { hash, text, seq } = { hash: this.#hash, text: '', seq: this.#seq };
    try {
      for (const { entry } of group) {
        seq += 1;
        const record = canonicalJson({ ...entry, before: bounded(entry.before), after: bounded(entry.after), seq, at });
        hash = chainHash(this.#keys.chain, hash, record);
        text += lineOf(hash, record);
      }
      await this.#roll(at.slice(0, 7));
      await this.#file?.appendFile(text);
      await this.#file?.datasync();
    } catch (error) {
      await this.#undo(error, group);
      return;
    }
    this.#size += Buffer.byteLength(text);
    const first = this.#seq + 1;
    this.#seq = seq;
    this.#hash = hash;
    group.forEach((one, i) => one.resolve(first + i));
    await this.#writeTip();
    if (this.#seq - this.#signed >= HEAD_ROWS) await this.#signIfNew();
  }

  /** Nothing of a failed group may stay in the file; if that cannot be reached the log refuses everything. */
  async #undo(error: unknown, group: readonly Waiting[]): Promise<void> {
    const problem = new Problem(
      'AUDIT_FAILED',
      503,
      `the audit log cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
    this.#log.error({ error: problem.message }, 'audit: write failed');
    try {
      await this.#file?.truncate(this.#size);
    } catch (second) {
      this.#refusal = problem;
      this.#log.error({ error: String(second) }, 'audit: roll-back failed, the log refuses entries until a restart');
    }
    for (const one of group) one.reject(problem);
  }

  async #roll(month: string): Promise<void> {
    // A clock that was set back does not write into an older file.
    if (this.#file && month <= this.#month) return;
    await this.#openMonth(month);
  }

  async #openMonth(month: string): Promise<void> {
    const file = await open(monthPath(this.#dir, month), 'a', 0o600);
    await this.#file?.close();
    this.#file = file;
    this.#month = month;
    this.#size = (await file.stat()).size;
  }

  async #dropTornTail(month: string): Promise<number> {
    const bytes = await open(monthPath(this.#dir, month), 'r');
    try {
      const length = Math.min(this.#size, 1024 * 1024);
      const { buffer } = await bytes.read(Buffer.alloc(length), 0, length, this.#size - length);
      const torn = length - (buffer.lastIndexOf(10) + 1);
      if (torn > 0) await this.#file?.truncate(this.#size - torn);
      this.#size -= torn;
      return torn;
    } finally {
      await bytes.close();
    }
  }

  async #findEnd(month: string): Promise<void> {
    for await (const line of linesBackward(monthPath(this.#dir, month))) {
      const record = recordOf(line);
      if (!record) continue;
      this.#seq = record.seq;
      this.#hash = Buffer.from(line.subarray(0, HASH_LENGTH).toString('latin1'), 'base64url');
      this.#signed = record.seq;
      return;
    }
  }

  async #writeTip(): Promise<void> {
    const tip = { seq: this.#seq, hash: this.#hash.toString('base64url') };
    await this.#tip?.write(tipText(this.#keys.chain, tip), (this.#seq % 2) * TIP_SLOT, 'latin1');
  }

  async #signIfNew(): Promise<void> {
    if (this.#seq === this.#signed) return;
    const head = { seq: this.#seq, hash: this.#hash.toString('base64url'), at: new Date(this.#clock.now()).toISOString() };
    this.#signed = head.seq;
    try {
      const file = await open(headsPath(this.#dir), 'a', 0o600);
      await file.appendFile(signHead(this.#keys.sign, head));
      await file.datasync();
      await file.close();
    } catch (error) {
      this.#log.error({ error: String(error) }, 'audit: the signed head could not be written');
    }
  }
}

const isRecord = (value: unknown): value is AuditRecord =>
  typeof value === 'object' && value !== null && 'seq' in value && typeof value.seq === 'number';

/** The entry of a line; undefined where the line is damaged (verify names it). */
function recordOf(line: Buffer): AuditRecord | undefined {
  try {
    const value: unknown = JSON.parse(line.subarray(HASH_LENGTH + 1).toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
