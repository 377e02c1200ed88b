import { measureDay } from './history/ingest.ts';
import { measureMemory } from './history/memory.ts';
import { measureMonth } from './history/month.ts';
import type { Bench } from './measure.ts';

/** The historian on the data sets of storage.md 3 (docs/reference/benchmarks.md). */
export const run: Bench = async (options) => ({
  ...(await measureMonth(options)),
  ...(await measureDay(options)),
  ...(await measureMemory(options)),
});
