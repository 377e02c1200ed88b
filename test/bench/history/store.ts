import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHistory, type OpenHistory } from '#server/store/history/history.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
export const DAY = 86_400_000;
/** Midnight in Beijing. */
export const T0 = Date.UTC(2026, 0, 9, 16);

/** A history in a folder of its own, with a clock that is set by hand. */
export interface BenchStore extends AsyncDisposable {
  readonly dir: string;
  readonly history: OpenHistory;
  readonly clock: { at: number };
}

export async function openStore(): Promise<BenchStore> {
  const dir = mkdtempSync(join(tmpdir(), 'nuanliu-bench-history-'));
  const clock = { at: T0 };
  const history = await openHistory({ dir, clock: { now: () => clock.at, monotonic: () => performance.now() }, log: quiet });
  return {
    dir,
    history,
    clock,
    async [Symbol.asyncDispose]() {
      await history[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Bytes of the files of a folder whose name begins so. */
export const bytesOf = (dir: string, begin: string): number =>
  readdirSync(dir)
    .filter((name) => name.startsWith(begin))
    .reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
