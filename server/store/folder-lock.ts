import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '#domain/errors.ts';
import { Database } from './embedded/sqlite.ts';

/**
 * One program at a time on a folder. The lock is SQLite's own lock on a small file, which the system takes back however the program ends.
 * @throws Problem FOLDER_BUSY if another program holds it
 */
export function lockFolder(dir: string, name: string, detail: string): Disposable {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  let db: Database | undefined;
  try {
    db = new Database(join(dir, name), { exclusive: true });
    db.exec('BEGIN EXCLUSIVE');
    const held = db;
    return { [Symbol.dispose]: () => held.close() };
  } catch (error) {
    db?.close();
    throw new Problem('FOLDER_BUSY', 409, `${dir}: ${detail}`, { place: { file: dir }, cause: error });
  }
}

/** The name of the lock that a server holds on its data folder. */
export const SERVER_LOCK = 'server.lock';
