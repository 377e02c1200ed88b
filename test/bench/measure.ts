import { cpus, loadavg, totalmem } from 'node:os';

/** One measured number; `goal` and `ok` are null where nothing was promised. */
export interface Measure {
  readonly value: number;
  readonly unit: string;
  readonly goal: number | null;
  readonly ok: boolean | null;
  /** What was measured beside it in the same run, and `value / peer.value`. */
  readonly peer?: { readonly what: string; readonly value: number };
  readonly ratio?: number;
}
export type Results = Readonly<Record<string, Measure>>;

export interface BenchOptions {
  /** Length of the sustained load and of the pause before memory is read. */
  readonly seconds: number;
  readonly progress: (text: string) => void;
}
export type Bench = (options: BenchOptions) => Promise<Results>;

const rounded = (value: number): number => Number(value.toPrecision(4));

export const atLeast = (value: number, unit: string, goal: number): Measure => ({
  value: rounded(value),
  unit,
  goal,
  ok: value >= goal,
});
export const atMost = (value: number, unit: string, goal: number): Measure => ({ value: rounded(value), unit, goal, ok: value <= goal });
export const noted = (value: number, unit: string): Measure => ({ value: rounded(value), unit, goal: null, ok: null });

export const beside = (measure: Measure, what: string, value: number): Measure => ({
  ...measure,
  peer: { what, value: rounded(value) },
  ratio: rounded(measure.value / value),
});

/** The p-th percentile, by the nearest rank. @throws Error if nothing was measured */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

/** What the numbers were measured on; `load` is the load average of the last minute before the run. */
export const machine = () => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 2 ** 20),
  platform: `${process.platform}-${process.arch}`,
  node: process.versions.node,
  load: rounded(loadavg()[0] ?? 0),
  at: new Date().toISOString(),
});

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
