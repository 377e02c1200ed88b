import { defineConfig } from 'vitest/config';

/** Long tests with kills: `npm run test:faults`. FAULT_SEEDS is the number of seeds (default 1), FAULT_KILLS that of kills of each program (default 20). */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    reporters: ['default', './test/summary-reporter.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
  },
});
