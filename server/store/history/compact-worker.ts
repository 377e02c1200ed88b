import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { Database } from '../embedded/sqlite.ts';
import { compactDay } from './compact.ts';
import { MonthFiles } from './month-file.ts';
import { deleteMonth, expired, isRolledUp, type Retention } from './retention.ts';

/** A day to compact with the numbers of the counters, or the time at which what is older than it may be is to be deleted. */
export type CompactAsk = { readonly day: number; readonly counters: Int32Array } | { readonly now: number; readonly retention: Retention };
export type CompactAnswer =
  | { readonly tags: number; readonly samples: number; readonly deleted: readonly string[]; readonly kept: readonly string[] }
  | { readonly error: string };

const dir = String(workerData);
const hot = new Database(join(dir, 'hist.db'), { readOnly: true });
const months = new MonthFiles(dir);

function deleteExpired(now: number, retention: Retention): CompactAnswer {
  const deleted: string[] = [];
  const kept: string[] = [];
  for (const { kind, month } of expired(months, now, retention)) {
    const name = `${kind}-${month}`;
    // The summaries of a month outlive its samples.
    if (kind === 'roll' && months.hasRaw(month)) continue;
    if (kind !== 'roll' && !isRolledUp(months, kind, month)) kept.push(name);
    else {
      deleteMonth(dir, kind, month);
      deleted.push(name);
      months.close();
    }
  }
  months.close();
  return { tags: 0, samples: 0, deleted, kept };
}

function answer(ask: CompactAsk): CompactAnswer {
  try {
    if ('now' in ask) return deleteExpired(ask.now, ask.retention);
    months.refresh();
    return { ...compactDay(hot, months, ask.day, new Set(ask.counters)), deleted: [], kept: [] };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.on('message', (ask: CompactAsk) => parentPort?.postMessage(answer(ask)));
