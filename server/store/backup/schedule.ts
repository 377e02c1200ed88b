import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Problem } from '#domain/errors.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { Log, Timers } from '../../services.ts';
import type { BackupAnswer } from './backup-process.ts';
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

const isAnswer = (value: unknown): value is BackupAnswer =>
  typeof value === 'object' && value !== null && ('result' in value || 'error' in value);

/** One backup in a process of its own. @throws Problem BACKUP_FAILED, or the code that the process tells */
async function backupInProcess(order: BackupOrder): Promise<BackupResult> {
  const child = fork(new URL('./backup-process.ts', import.meta.url), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const gone = once(child, 'exit');
  child.send(order);
  const [answer]: unknown[] = await Promise.race([once(child, 'message'), gone]);
  await gone;
  if (!isAnswer(answer)) throw new Problem('BACKUP_FAILED', 500, `the process ended with ${String(answer)}`);
  if ('result' in answer) return answer.result;
  throw answer.code === null ? new Problem('BACKUP_FAILED', 500, answer.error) : new Problem(answer.code, 500, answer.error);
}

/** Backs up now and then at every interval after the end of the one before; a failure is logged and tried again at the next turn. */
export function scheduleBackups({ order, every, clock, timers, log }: Parts): BackupSchedule {
  let state: BackupState = { lastAt: undefined, failure: undefined };
  let cancel: () => void = () => undefined;
  let stopped = false;
  const attempt = async (): Promise<void> => {
    const now = clock.now();
    try {
      const { file, bytes, stored } = await backupInProcess({ ...order, now });
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
