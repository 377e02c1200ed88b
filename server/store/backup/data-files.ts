import { closeSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SERVER_LOCK } from '../folder-lock.ts';

/** The folder of the data folder that holds what backups need themselves: no part of a backup. */
export const OWN_FOLDER = 'backup';

export interface DataFile {
  /** From the data folder, with slashes. */
  readonly path: string;
  readonly kind: 'sqlite' | 'plain';
  /** Size, time of change and place on the disk: as long as it is the same, the file is the same. */
  readonly stamp: string;
  /** Newest change, ms. */
  readonly changed: number;
}

/**
 * What is copied later may be newer: documents before the engine whose events they follow, the queue of samples before the history that
 * took them, the audit's end record before its entries. Everything else between them.
 */
const FIRST: readonly RegExp[] = [/^store\//, /^workflow\.db$/, /^runtime\//];
const LAST: readonly RegExp[] = [/^audit\/tip$/, /^audit\/heads\.log$/, /^audit\//];
function rank(path: string): number {
  const first = FIRST.findIndex((pattern) => pattern.test(path));
  return first === -1 ? FIRST.length + 1 + LAST.findIndex((pattern) => pattern.test(path)) : first;
}
const COMPANION = /-(?:wal|shm|journal)$/;

/** Files of a data folder in the order in which they are copied; `except` is the folder of the backups if it lies inside. */
export function dataFiles(dir: string, except: string): DataFile[] {
  const files: DataFile[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(dir, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (path === OWN_FOLDER || path === SERVER_LOCK || resolve(dir, path) === resolve(except)) continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile() && !COMPANION.test(path)) files.push(...ifThere(() => dataFile(dir, path)));
    }
  };
  visit('');
  return files.sort((a, b) => rank(a.path) - rank(b.path) || (a.path < b.path ? -1 : 1));
}

/** Nothing for a file that was deleted meanwhile. */
export function ifThere<T>(read: () => T): readonly T[] {
  try {
    return [read()];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function dataFile(dir: string, path: string): DataFile {
  const kind = isDatabase(join(dir, path)) ? 'sqlite' : 'plain';
  const stats = (kind === 'sqlite' ? [path, `${path}-wal`] : [path]).map((one) =>
    lstatSync(join(dir, one), { bigint: true, throwIfNoEntry: false }),
  );
  return {
    path,
    kind,
    stamp: stats.map((stat) => (stat ? `${stat.ino}:${stat.size}:${stat.mtimeNs}` : '-')).join(' '),
    changed: Math.max(...stats.map((stat) => (stat ? Number(stat.mtimeMs) : 0))),
  };
}

function isDatabase(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const start = Buffer.alloc(16);
    return readSync(fd, start, 0, 16, 0) === 16 && start.toString('latin1') === 'SQLite format 3\0';
  } finally {
    closeSync(fd);
  }
}
