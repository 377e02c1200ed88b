import { percentile } from '../measure.ts';

/** Median milliseconds of some runs, after one that is not counted. */
export async function times(runs: number, run: () => Promise<void>): Promise<number> {
  await run();
  const took: number[] = [];
  for (let i = 0; i < runs; i += 1) {
    const began = performance.now();
    await run();
    took.push(performance.now() - began);
  }
  return percentile(took, 50);
}
