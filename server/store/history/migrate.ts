import type { Log } from '../../services.ts';
import type { Database } from '../embedded/sqlite.ts';
import { bytesOf } from './hot-table.ts';
import { BOOLEAN, NULL, QUALITY_BITS, TEXT } from './columns.ts';
import { Batch, packBatch } from './wal-blob.ts';

/** Chunks that one commit moves. */
const STEP = 2000;

/*
 * The first version kept everything in `hist.db`, the chunks by tag (table `chunk`). They move to the table of the days that are not
 * compacted yet; the next compaction puts them into the files of their months. Every step is one commit, so a crash loses nothing.
 */
export function migrate(db: Database, log: Log): void {
  if (!db.get("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'chunk'")) return;
  atomically(db, () => migrateLog(db));
  let moved = 0;
  for (;;) {
    const last = db.get('SELECT max(id) AS id, count(*) AS n FROM (SELECT id FROM chunk ORDER BY id LIMIT ?)', STEP);
    if (Number(last?.['n'] ?? 0) === 0) break;
    const upTo = Number(last?.['id']);
    atomically(db, () => {
      // Old id: tag * 2^33 + second. New id: window of 2^13 seconds, tag, second of the window.
      db.run(
        `INSERT OR REPLACE INTO hot (id, t1, n, w, v, b)
         SELECT (((id & 8589934591) >> 13) << 33) | ((id >> 33) << 13) | (id & 8191), t1, n, w, w, b FROM chunk WHERE id <= ?`,
        upTo,
      );
      db.run('DELETE FROM chunk WHERE id <= ?', upTo);
    });
    moved += Number(last?.['n']);
  }
  db.exec('DROP TABLE chunk');
  log.info({ chunks: moved }, 'history of the first version taken over');
}

function migrateLog(db: Database): void {
  if (Number(db.get('PRAGMA user_version')?.['user_version']) > 0) return;
  db.exec('ALTER TABLE late ADD COLUMN v INTEGER NOT NULL DEFAULT 0');
  const batch = new Batch();
  for (const row of db.all('SELECT seq FROM wal')) {
    const seq = Number(row['seq']);
    batch.clear();
    unpackFirst(bytesOf(db.get('SELECT b FROM wal WHERE seq = ?', seq)?.['b']), batch);
    db.run('UPDATE wal SET b = ? WHERE seq = ?', packBatch(batch), seq);
  }
  db.run(
    `INSERT OR REPLACE INTO state (name, n) SELECT 'group', max((SELECT coalesce(max(seq), 0) FROM wal), (SELECT coalesce(max(w), 0) FROM chunk))`,
  );
  db.exec('PRAGMA user_version = 1');
}

/** A batch as the first version wrote it: two 8-byte columns (time, value), tags, status, texts as JSON. */
function unpackFirst(bytes: Uint8Array, into: Batch): void {
  const buffer = new Uint8Array(bytes).buffer;
  const [n = 0, textLength = 0] = new Uint32Array(buffer, 0, 2);
  const at = new Float64Array(buffer, 8, n);
  const values = new Float64Array(buffer, 8 + 8 * n, n);
  const tags = new Uint32Array(buffer, 8 + 16 * n, n);
  const flags = new Uint8Array(buffer, 8 + 20 * n, n);
  const table: unknown = textLength > 0 ? JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8 + 21 * n, textLength))) : [];
  const texts: readonly unknown[] = Array.isArray(table) ? table : [];
  for (let i = 0; i < n; i += 1) {
    const status = (flags[i] ?? 0) & (QUALITY_BITS | NULL | BOOLEAN | TEXT);
    const value = values[i] ?? 0;
    into.push(tags[i] ?? 0, at[i] ?? 0, value, status, status & TEXT ? texts[value] : undefined);
  }
}

function atomically(db: Database, run: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    run();
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}
