import { defineConfig } from 'vitest/config';
import SlowFirst from './test/slow-first.ts';

export default defineConfig({
  test: {
    include: [
      '{domain,plants,nodes,rules,workflows,reports,ledgers,server,simulator,cli,editor}/**/*.test.{ts,tsx}',
      'test/*.test.ts',
      'test/{e2e,docs}/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', 'editor/dist/**'],
    reporters: ['default', './test/summary-reporter.ts'],
    sequence: { sequencer: SlowFirst },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
