import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{domain,plants,nodes,rules,workflows,reports,server,simulator,cli,editor}/**/*.test.{ts,tsx}', 'test/*.test.ts', 'test/{e2e,peers,docs}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'editor/dist/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
