import { parentPort, workerData } from 'node:worker_threads';
import { Database } from '../embedded/sqlite.ts';
import { readTag, type ReadRequest } from './chunk-table.ts';
import type { Columns } from './columns.ts';
import { reduce } from './reduce.ts';

/** A long read, answered with the same id. */
export interface WorkerAsk {
  readonly id: number;
  readonly requests: readonly ReadRequest[];
  readonly from: number;
  readonly to: number;
  readonly points?: number;
}
export type WorkerAnswer = { readonly id: number; readonly series: readonly Columns[] } | { readonly id: number; readonly error: string };

const db = new Database(String(workerData), { readOnly: true });

function answer(ask: WorkerAsk): WorkerAnswer {
  try {
    const series = ask.requests.map((request) => {
      const columns = readTag(db, request, ask.from, ask.to);
      return ask.points === undefined ? columns : reduce(columns, ask.from, ask.to, ask.points);
    });
    return { id: ask.id, series };
  } catch (error) {
    return { id: ask.id, error: error instanceof Error ? error.message : String(error) };
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.on('message', (ask: WorkerAsk) => parentPort?.postMessage(answer(ask)));
