import { defineModule, Reply } from '../../define-module.ts';
import contract from './contract.ts';

/** One condition of readiness, asked at each call; `reason` says why it is not ready. */
export type ReadyCheck = { readonly name: string; readonly check: () => string | undefined };

/** 健康: the process lives; it is ready when every check says so. Texts here are seen without a log-in: no addresses, no names. */
export default defineModule<typeof contract, { readonly checks: readonly ReadyCheck[] }>({
  name: 'health',
  contract,
  async start({ checks, clock }) {
    const begun = clock.monotonic();
    return {
      handlers: {
        health: async () => ({ status: 'ok', uptime: Math.round(clock.monotonic() - begun) / 1000 }),
        ready: async () => {
          const results = checks.map(({ name, check }) => {
            const reason = check();
            return reason === undefined ? { name, ready: true } : { name, ready: false, reason };
          });
          const ready = results.every((result) => result.ready);
          return new Reply({ ready, checks: results }, { status: ready ? 200 : 503 });
        },
      },
    };
  },
});
