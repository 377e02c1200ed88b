import { createHash, randomBytes, type Hash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Millis } from '#domain/time.ts';
import { snapshotDatabase } from '../embedded/sqlite.ts';
import { lockFolder } from '../folder-lock.ts';
import { dataFiles, ifThere, OWN_FOLDER, type DataFile } from './data-files.ts';
import { writeManifest, type Manifest, type StoredFile } from './manifest.ts';
import { loadIndex, saveIndex, type PartIndex } from './part-index.ts';
import { checkRecipients } from './recipients.ts';
import { SealedWriter } from './sealed-file.ts';

export interface BackupOrder {
  readonly dataDir: string;
  readonly folder: string;
  /** Public keys, two at least. */
  readonly recipients: readonly string[];
  readonly now: Millis;
}

export interface BackupResult {
  readonly file: string;
  readonly bytes: number;
  readonly files: number;
  /** Bytes of the data folder, and how many of them this backup had to store. */
  readonly held: number;
  readonly stored: number;
  /** Earlier backups that it needs. */
  readonly needs: number;
}

/** A change in the middle of a database moves no other page: parts of this size stay as they are. */
const PART = 128 * 1024;
/** Two changes within one tick of a file system's clock look like one: a younger file is read again the next time. */
const SETTLED_MILLIS = 2000;
const ABANDONED_MILLIS = 24 * 60 * 60_000;

/**
 * Backs up a data folder, whether a server runs on it or not: databases as of one moment each, other files as they are. Only what no
 * earlier backup of the chain holds is stored. Call it in a process that has no database of the folder open (`backup-process.ts`).
 * @throws Problem BACKUP_KEY; FOLDER_BUSY while another backup runs
 */
export async function createBackup(order: BackupOrder): Promise<BackupResult> {
  checkRecipients(order.recipients);
  const own = join(order.dataDir, OWN_FOLDER);
  const folder = resolve(order.folder);
  using _lock = lockFolder(own, 'backup.lock', 'another backup is running');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  dropUnfinished(folder, order.now);
  const id = randomBytes(8).toString('hex');
  const at = new Date(order.now).toISOString();
  const name = `nuanliu-${at.replaceAll(/[-:]|\.\d+/g, '')}-${id}.nlb`;
  const index = loadIndex(own, folder, order.recipients, order.now);
  const unfinished = join(folder, `${name}.part`);
  const writer = new SealedWriter(unfinished, { id, at }, order.recipients);
  try {
    const run = new BackupRun(order, own, index, writer);
    const files = await run.all();
    writeManifest(writer, { format: 1, at, ...run.named(id, files) });
    writer.finish();
  } catch (error) {
    writer.abandon();
    rmSync(unfinished, { force: true });
    throw error;
  }
  renameSync(unfinished, join(folder, name));
  syncFolder(folder);
  const bytes = statSync(join(folder, name)).size;
  index.sources.push({ id, seal: writer.seal, file: name, size: bytes });
  saveIndex(own, index);
  const held = Object.values(index.files).reduce((sum, file) => sum + file.size, 0);
  return {
    file: join(folder, name),
    bytes,
    files: Object.keys(index.files).length,
    held,
    stored: writer.position,
    needs: index.sources.length - 1,
  };
}

/** What killed backups left behind; one of another installation may still be at work on a younger one. */
function dropUnfinished(folder: string, now: Millis): void {
  for (const name of readdirSync(folder)) {
    if (!/^nuanliu-.*\.nlb\.part$/.test(name)) continue;
    const path = join(folder, name);
    if (now - statSync(path).mtimeMs > ABANDONED_MILLIS) rmSync(path);
  }
}

type Indexed = PartIndex['files'][string];

class BackupRun {
  readonly #order: BackupOrder;
  readonly #own: string;
  readonly #index: PartIndex;
  readonly #writer: SealedWriter;
  /** Number that this backup has among the sources of its chain. */
  readonly #mine: number;

  constructor(order: BackupOrder, own: string, index: PartIndex, writer: SealedWriter) {
    this.#order = order;
    this.#own = own;
    this.#index = index;
    this.#writer = writer;
    this.#mine = index.sources.length;
  }

  /** Copies what is new; the index then tells of exactly the files that are there now. */
  async all(): Promise<ReadonlyMap<string, Indexed>> {
    const files = new Map<string, Indexed>();
    for (const file of dataFiles(this.#order.dataDir, this.#order.folder)) {
      const before = this.#index.files[file.path];
      const same = before?.stamp === file.stamp && before.kind === file.kind;
      const stored = same ? before : await this.#copied(file);
      if (stored) files.set(file.path, stored);
    }
    this.#index.files = Object.fromEntries(files);
    return files;
  }

  /** The manifest's part of it: this backup is source 0, of the earlier ones only those that are needed. */
  named(id: string, files: ReadonlyMap<string, Indexed>): Pick<Manifest, 'sources' | 'files'> {
    const numbers = new Map([[this.#mine, 0]]);
    const sources = [{ id, seal: this.#writer.seal }];
    const named = [...files].map(([path, { kind, size, sha256, parts }]): StoredFile => {
      const places = parts.map((hash) => {
        const [source, offset, length] = this.#index.parts[hash] ?? [0, 0, 0];
        const known = numbers.get(source) ?? sources.length;
        const earlier = this.#index.sources[source];
        if (!numbers.has(source) && earlier) sources.push({ id: earlier.id, seal: earlier.seal });
        numbers.set(source, known);
        return { source: known, offset, length, sha256: hash };
      });
      return { path, kind, size, sha256, parts: places };
    });
    return { sources, files: named };
  }

  async #copied(file: DataFile): Promise<Indexed | undefined> {
    const path = join(this.#order.dataDir, file.path);
    const settled = this.#order.now - file.changed > SETTLED_MILLIS;
    const stamp = settled ? file.stamp : '';
    if (file.kind === 'plain') return ifThere(() => this.#stored(path, { stamp, kind: 'plain' }))[0];
    const copy = join(this.#own, 'snapshot.db');
    try {
      rmSync(copy, { force: true });
      await snapshotDatabase(path, copy);
      return this.#stored(copy, { stamp, kind: 'sqlite' });
    } finally {
      rmSync(copy, { force: true });
    }
  }

  #stored(path: string, about: Pick<Indexed, 'stamp' | 'kind'>): Indexed {
    const fd = openSync(path, 'r');
    try {
      const whole = createHash('sha256');
      const parts: string[] = [];
      let size = 0;
      for (;;) {
        const part = readPart(fd, size);
        if (part.length === 0) break;
        whole.update(part);
        parts.push(this.#part(part));
        size += part.length;
      }
      return { ...about, size, sha256: hex(whole), parts };
    } finally {
      closeSync(fd);
    }
  }

  #part(bytes: Buffer): string {
    const hash = hex(createHash('sha256').update(bytes));
    if (!this.#index.parts[hash]) {
      this.#index.parts[hash] = [this.#mine, this.#writer.position, bytes.length];
      this.#writer.write(bytes);
    }
    return hash;
  }
}

const hex = (hash: Hash): string => hash.digest('hex');

function readPart(fd: number, at: number): Buffer {
  const buffer = Buffer.allocUnsafe(PART);
  let length = 0;
  for (;;) {
    const more = readSync(fd, buffer, length, PART - length, at + length);
    length += more;
    if (more === 0 || length === PART) return buffer.subarray(0, length);
  }
}

/** A new name is on the disk only when its folder is. */
export function syncFolder(folder: string): void {
  // Windows opens no folders.
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  fsyncSync(fd);
  closeSync(fd);
}
