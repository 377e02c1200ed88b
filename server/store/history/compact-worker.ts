import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { Database } from '../embedded/sqlite.ts';
import { compactDay } from './compact.ts';
import { MonthFiles } from './month-file.ts';

export type CompactAnswer =
  | { readonly day: number; readonly tags: number; readonly samples: number }
  | { readonly day: number; readonly error: string };

const dir = String(workerData);
const hot = new Database(join(dir, 'hist.db'), { readOnly: true });
const months = new MonthFiles(dir);

function answer(day: number): CompactAnswer {
  try {
    return { day, ...compactDay(hot, months, day) };
  } catch (error) {
    return { day, error: error instanceof Error ? error.message : String(error) };
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.on('message', (day: number) => parentPort?.postMessage(answer(day)));
