import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Problem } from '#domain/errors.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { Log, Timers } from '../../services.ts';
import type { BackupAnswer } from './backup-worker.ts';
import type { BackupOrder, BackupResult } from './create.ts';

interface BackupState {
  /** When the newest backup of this run of the server was taken; undefined before the first. */
  readonly lastAt: Millis | undefined;
  /** Why the newest attempt failed; undefined after a good one. */
  readonly failure: string | undefined;
}

export interface BackupSchedule extends AsyncDisposable {
  state(): BackupState;
}

interface Parts {
  readonly order: Omit<BackupOrder, 'now'>;
  readonly every: Millis;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** One backup in a thread of its own. @throws Problem BACKUP_FAILED, or the code that the thread tells */
async function backupInThread(order: BackupOrder): Promise<BackupResult> {
  const worker = new Worker(new URL('./backup-worker.ts', import.meta.url), { workerData: order });
  const [answer]: BackupAnswer[] = await once(worker, 'message');
  if (answer && 'result' in answer) return answer.result;
  const detail = answer?.error ?? 'the thread ended';
  throw answer?.code === undefined ? new Problem('BACKUP_FAILED', 500, detail) : new Problem(answer.code, 500, detail);
}

/** Backs up now and then at every interval after the end of the one before; a failure is logged and tried again at the next turn. */
export function scheduleBackups({ order, every, clock, timers, log }: Parts): BackupSchedule {
  let state: BackupState = { lastAt: undefined, failure: undefined };
  let cancel: () => void = () => undefined;
  let stopped = false;
  const attempt = async (): Promise<void> => {
    const now = clock.now();
    try {
      const { file, bytes, stored } = await backupInThread({ ...order, now });
      state = { lastAt: now, failure: undefined };
      log.info({ file, bytes, stored }, 'backed up');
    } catch (error) {
      state = { ...state, failure: error instanceof Error ? error.message : String(error) };
      log.error({ err: error }, 'the backup failed');
    }
  };
  let running = Promise.resolve();
  const turn = async (): Promise<void> => {
    await attempt();
    if (!stopped) cancel = timers.after(every, run);
  };
  const run = (): void => {
    running = turn();
  };
  run();
  return {
    state: () => state,
    async [Symbol.asyncDispose]() {
      stopped = true;
      cancel();
      await running;
    },
  };
}
