import { isProblem } from '#domain/errors.ts';
import { defineModule, Reply } from '../../define-module.ts';
import type { Store } from '../../store/port.ts';
import contract from './contract.ts';

/** One condition of readiness, asked at each call; `reason` says why it is not ready. */
export type ReadyCheck = { readonly name: string; readonly check: () => string | undefined };

/** What is known of the server's own backups; times in milliseconds. */
interface BackupReport {
  readonly lastAt: number | undefined;
  readonly failure: string | undefined;
}

/** What the history holds; bytes of its files, times in milliseconds. */
export interface HistoryReport {
  readonly tags: number;
  readonly samples: number;
  readonly bytes: number;
  readonly files: readonly {
    readonly kind: 'hot' | 'hist' | 'keep' | 'roll';
    readonly month?: string;
    readonly samples: number;
    readonly bytes: number;
  }[];
  readonly lastCompaction?: number;
}

interface Needs {
  readonly history: () => Promise<HistoryReport>;
  readonly checks: readonly ReadyCheck[];
  /** Missing where the server makes no backups. */
  readonly backup?: () => BackupReport;
}

/** 健康: the process lives; it is ready when every check says so. Texts here are seen without a log-in: no addresses, no names. */
export default defineModule<typeof contract, Needs>({
  name: 'health',
  contract,
  async start({ checks, backup, history, store, clock }) {
    const begun = clock.monotonic();
    return {
      handlers: {
        health: async () => ({ status: 'ok', uptime: Math.round(clock.monotonic() - begun) / 1000 }),
        system: async () => ({ store: store.capabilities.server, backup: backup ? backupText(backup()) : null }),
        history: async () => {
          const { tags, samples, bytes, files, lastCompaction } = await history();
          const compactedAt = lastCompaction === undefined ? null : new Date(lastCompaction).toISOString();
          return { tags, samples, bytes, files: files.map((file) => ({ ...file })), compactedAt };
        },
        ready: async () => {
          const results: CheckResult[] = checks.map(({ name, check }) => {
            const reason = check();
            return reason === undefined ? { name, ready: true } : { name, ready: false, reason };
          });
          results.push(await storeCheck(store));
          const ready = results.every((result) => result.ready);
          return new Reply({ ready, checks: results }, { status: ready ? 200 : 503 });
        },
      },
    };
  },
});

interface CheckResult {
  readonly name: string;
  readonly ready: boolean;
  readonly reason?: string;
}

/** Reads one document: a server of its own may be gone. */
async function storeCheck(store: Store): Promise<CheckResult> {
  try {
    await store.get('health', 'ready');
    return { name: 'store', ready: true };
  } catch (error) {
    return { name: 'store', ready: false, reason: isProblem(error) ? error.code : 'the store does not answer' };
  }
}

const backupText = ({ lastAt, failure }: BackupReport): { readonly lastAt: string | null; readonly failure: string | null } => ({
  lastAt: lastAt === undefined ? null : new Date(lastAt).toISOString(),
  failure: failure ?? null,
});
