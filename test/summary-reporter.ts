import type { Reporter, TestModule } from 'vitest/node';

/**
 * Prints every skipped test with its reason and one plain closing line; with NUANLIU_NO_SKIP=1 (CI) a skip fails the run.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'pending') counts.failed += 1;
        else counts[result.state] += 1;
        if (result.state === 'skipped') {
          process.stdout.write(`skipped: ${result.note ?? 'no reason given'} (${module.relativeModuleId} > ${test.fullName})\n`);
        }
      }
    }
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
    if (counts.skipped > 0 && process.env.NUANLIU_NO_SKIP === '1') {
      process.stdout.write('NUANLIU_NO_SKIP is set: a skipped test fails this run\n');
      process.exitCode = 1;
    }
  }
}
