import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { STATIONS } from './plant.ts';
import { SampleSource } from './samples.ts';

/** The peer of ingest: the same samples as rows of one SQLite table, one durable commit a batch; no network, no JSON, no alarms. */
export function measureRowInserts(seconds: number): number {
  const dir = mkdtempSync(join(tmpdir(), 'nuanliu-peer-'));
  const db = new DatabaseSync(join(dir, 'rows.db'));
  try {
    db.exec('PRAGMA journal_mode=WAL');
    db.exec('PRAGMA synchronous=FULL');
    db.exec('CREATE TABLE sample (tag INTEGER, at INTEGER, value REAL, quality INTEGER, PRIMARY KEY (tag, at)) WITHOUT ROWID');
    const insert = db.prepare('INSERT OR IGNORE INTO sample VALUES (?, ?, ?, ?)');
    const source = new SampleSource(0, STATIONS, 1, Date.now());
    const numbers = new Map<string, number>();
    let stored = 0;
    const began = performance.now();
    while (performance.now() - began < seconds * 1000) {
      db.exec('BEGIN IMMEDIATE');
      for (const { tag, at, value } of source.take(1000, Date.now())) {
        const number = numbers.get(tag) ?? numbers.size + 1;
        numbers.set(tag, number);
        stored += Number(insert.run(number, at, Number(value), 0).changes);
      }
      db.exec('COMMIT');
    }
    return stored / ((performance.now() - began) / 1000);
  } finally {
    db.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
