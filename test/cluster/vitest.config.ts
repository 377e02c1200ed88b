import { defineConfig } from 'vitest/config';

/**
 * The store on a server of the MongoDB protocol and the link on a real broker: `npm run test:cluster`. FerretDB is built at the first
 * time; MONGO_URL names a real MongoDB that the store's tests then use too (they make databases `nuanliu_test_...` and drop them).
 */
export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts', 'server/link/*.test.ts'],
    globalSetup: ['test/cluster/build.ts'],
    reporters: ['default', './test/summary-reporter.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
