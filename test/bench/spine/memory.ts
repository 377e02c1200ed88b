import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc (proc(5)); 100 on every Linux that Node runs on. */
const TICKS = 100;

/** CPU seconds that programs and the children they have waited for have taken. Linux only. */
export function cpuOf(server: number, others: readonly number[]): number {
  const ticks = [server, runtimeOf(server), ...others].map((pid) => {
    // After the name, which may hold anything, the fields are numbers: the 14th to the 17th of all.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  });
  return ticks.reduce((sum, value) => sum + value, 0) / TICKS;
}

/** Process id of the flow runtime: the child of the server that runs its main file. @throws Error if it is not there */
function runtimeOf(server: number): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      if (Number(parent) === server && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('flow-runtime')) return Number(pid);
    } catch {
      continue; // it ended while we looked
    }
  }
  throw new Error('the flow runtime is not there');
}

/** Proportional set size in MiB (proc(5), smaps_rollup): shared pages count by their share. Linux only. */
function proportional(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

export function memoryOf(
  server: number,
  simulator: number,
): { readonly server: number; readonly runtime: number; readonly simulator: number } {
  return { server: proportional(server), runtime: proportional(runtimeOf(server)), simulator: proportional(simulator) };
}
