import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { Database } from '../embedded/sqlite.ts';
import type { Columns } from './columns.ts';
import { reduce } from './reduce.ts';
import type { FileStatistics } from './month-file.ts';
import { StoredHistory, type ReadRequest } from './stored.ts';
import { Buckets, FIELDS } from './summary.ts';

/** A long read, answered with the same id: of samples, or of summaries between edges. */
export interface WorkerAsk {
  readonly id: number;
  readonly requests: readonly ReadRequest[];
  readonly from: number;
  readonly to: number;
  readonly points?: number;
  readonly edges?: readonly number[];
  /** Only what the files hold. */
  readonly files?: true;
}
export interface WorkerRead {
  readonly columns: readonly Columns[];
  readonly rollup: readonly boolean[];
  /** The summaries of each tag, one after the other. */
  readonly table: Float64Array;
  readonly files: readonly FileStatistics[];
}
export type WorkerAnswer = ({ readonly id: number } & WorkerRead) | { readonly id: number; readonly error: string };

const dir = String(workerData);
const hot = new Database(join(dir, 'hist.db'), { readOnly: true });
const stored = new StoredHistory(hot, dir);

/** Arrays of their own, which go to the other thread without a copy. */
const owned = (columns: Columns): Columns =>
  columns.at.buffer.byteLength === columns.n * 8
    ? columns
    : { ...columns, at: columns.at.slice(), value: columns.value.slice(), status: columns.status.slice() };

function read(ask: WorkerAsk): WorkerRead {
  if (ask.files) return { columns: [], rollup: [], table: new Float64Array(), files: stored.files() };
  if (ask.edges) {
    const { edges } = ask;
    const plan = stored.plan(edges, ask.requests);
    const each = Math.max(0, edges.length - 1) * FIELDS;
    const table = new Float64Array(ask.requests.length * each);
    ask.requests.forEach((request, i) => stored.summarise(request, new Buckets(edges, table.subarray(i * each, (i + 1) * each)), plan));
    return { columns: [], rollup: [], table, files: [] };
  }
  const reads = ask.requests.map((request) => stored.read(request, ask.from, ask.to));
  const columns = reads.map((one) => owned(ask.points === undefined ? one.columns : reduce(one.columns, ask.from, ask.to, ask.points)));
  return { columns, rollup: reads.map((one) => one.rollup), table: new Float64Array(), files: [] };
}

function answer(ask: WorkerAsk): void {
  try {
    hot.exec('BEGIN');
    const result = read(ask);
    const arrays = [result.table, ...result.columns.flatMap(({ at, value, status }) => [at, value, status])];
    const buffers = new Set(arrays.map((array) => array.buffer).filter((buffer) => buffer instanceof ArrayBuffer));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    parentPort?.postMessage({ id: ask.id, ...result } satisfies WorkerAnswer, [...buffers]);
  } catch (error) {
    const failed: WorkerAnswer = { id: ask.id, error: error instanceof Error ? error.message : String(error) };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    parentPort?.postMessage(failed);
  } finally {
    if (hot.inTransaction) hot.exec('COMMIT');
  }
}

parentPort?.on('message', answer);
