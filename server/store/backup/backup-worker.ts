import { parentPort, workerData } from 'node:worker_threads';
import { isProblem } from '#domain/errors.ts';
import { createBackup, type BackupOrder, type BackupResult } from './create.ts';

export type BackupAnswer = { readonly result: BackupResult } | { readonly code?: string; readonly error: string };

const order: BackupOrder = workerData;

async function answer(): Promise<BackupAnswer> {
  try {
    return { result: await createBackup(order) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return isProblem(error) ? { code: error.code, error: text } : { error: text };
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(await answer());
