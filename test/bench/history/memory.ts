import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isRecord } from '../spine/json.ts';
import { atMost, type BenchOptions, type Results } from '../measure.ts';

/** In a process of its own, with the flags that the server has. */
export async function measureMemory({ progress }: BenchOptions): Promise<Results> {
  const child = fileURLToPath(new URL('memory-child.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--max-semi-space-size=8', child]);
  const answer: unknown = JSON.parse(stdout);
  if (!isRecord(answer)) throw new Error(`no numbers in ${stdout}`);
  progress(`160,000 tags with ${String(answer['samples'])} samples: ${Number(answer['peak']).toFixed(0)} MiB at most`);
  return { memory160k: atMost(Number(answer['peak']), 'MiB', 1229) };
}
