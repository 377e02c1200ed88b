import { rmSync } from 'node:fs';
import type { Millis } from '#domain/time.ts';
import { DAY_MILLIS, dayStart, monthDays } from './calendar.ts';
import { monthPath, type MonthFiles, type MonthKind } from './month-file.ts';

/** How long what is kept, days after the end of a month. */
export interface Retention {
  readonly hist: number;
  /** Counters for billing. */
  readonly keep: number;
  readonly roll: number;
}

const KINDS = ['hist', 'keep', 'roll'] as const;

/** Files whose time is over at `now`, the 10-minute summaries last. */
export function expired(months: MonthFiles, now: Millis, retention: Retention): { readonly kind: MonthKind; readonly month: string }[] {
  months.refresh();
  return KINDS.flatMap((kind) => {
    const limit = now - retention[kind] * DAY_MILLIS;
    return months
      .months(kind, 0, Math.max(1, limit))
      .filter((month) => dayStart(monthDays(month)[1]) <= limit)
      .map((month) => ({ kind, month }));
  });
}

/** True if each day of samples of a month is in the 10-minute summaries, with at least as many samples. */
export function isRolledUp(months: MonthFiles, kind: 'hist' | 'keep', month: string): boolean {
  const raw = months.file(kind, month);
  const roll = months.file('roll', month);
  if (!raw || !roll) return raw === undefined;
  for (const row of raw.iterate('SELECT id, n FROM day')) {
    const summaries = roll.get('SELECT n FROM roll WHERE id = ?', Number(row['id']));
    if (Number(summaries?.['n'] ?? -1) < Number(row['n'])) return false;
  }
  return true;
}

/** Deletes a file. Whoever has it open goes on reading what it was. */
export function deleteMonth(dir: string, kind: MonthKind, month: string): void {
  // The log first: a file without it is whole, a log without its file would be taken for that of the next one.
  for (const end of ['-wal', '-shm', '']) rmSync(`${monthPath(dir, kind, month)}${end}`, { force: true });
}
