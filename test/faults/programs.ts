import { readdirSync, readFileSync } from 'node:fs';
import type { System } from '../e2e/system.ts';

export type Program = 'server' | 'runtime' | 'simulator';
export const PROGRAMS: readonly Program[] = ['server', 'runtime', 'simulator'];

/** mulberry32: the seed that a failure prints repeats the run's choices. @returns numbers from 0 to below 1 */
export function seededRandom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The same items in another order. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** Asks again and again until the answer is yes. @returns milliseconds that it took @throws Error when `limit` ms have passed */
export async function until(test: () => Promise<boolean>, limit: number, what: string, every = 50): Promise<number> {
  const begun = performance.now();
  for (;;) {
    if (await test().catch(() => false)) return performance.now() - begun;
    if (performance.now() - begun > limit) throw new Error(`${what}: not within ${limit / 1000} s`);
    await new Promise((resolve) => {
      setTimeout(resolve, every);
    });
  }
}

/** Ends a wait without a throw: the caller looks at `signal` or at what it waited for. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

export const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** Process id of the flow runtime: the child of the server that runs its main file. */
function runtimePid(server: number): number | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      if (Number(parent) === server && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('flow-runtime')) return Number(pid);
    } catch {
      continue; // it ended while we looked
    }
  }
  return undefined;
}

/** Time that the main thread of a process was ready to run while others had the cores, ms. */
function waitedForCore(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1] ?? 0) / 1e6;
  } catch {
    return 0;
  }
}

export interface Fall {
  readonly program: Program;
  readonly pid: number;
  /** Wall time of the kill and of the moment when the program did its work again, UTC ms. */
  readonly at: number;
  readonly backAt: number;
  /** From the kill to ready, ms. */
  readonly ready: number;
  /** The same without the time that other programs of this machine had the cores. */
  readonly own: number;
}

const json = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> => {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
};

/** Knows when each program of a system is ready, and kills them. */
export class Killer {
  readonly falls: Fall[] = [];
  readonly #system: System;
  readonly #token: string;
  /** After that the test gives up; whether it was fast enough is decided by what was measured. */
  readonly #patience: number;

  constructor(system: System, token: string, patience = 120_000) {
    this.#system = system;
    this.#token = token;
    this.#patience = patience;
  }

  pid(program: Program): number | undefined {
    return program === 'runtime' ? runtimePid(this.#system.pid('server')) : this.#system.pid(program);
  }

  /** The flow runtime runs its flows and the link has heard of it. */
  async runtimeReady(): Promise<boolean> {
    const list = await json(`${this.#system.url}/api/flows/runtime`, { authorization: `Bearer ${this.#token}` });
    if (typeof list !== 'object' || list === null || !('items' in list) || !Array.isArray(list.items)) return false;
    return list.items.length > 0 && list.items.every((one) => one.state === 'running' && one.online === true);
  }

  async ready(program: Program): Promise<boolean> {
    if (program === 'server') return (await fetch(`${this.#system.url}/api/ready`)).ok;
    if (program === 'runtime') return this.runtimeReady();
    return (await json(`${this.#system.simulatorUrl}/plant`)) !== undefined;
  }

  /** kill -9, then waits until that program is ready and the flow runtime works again. */
  async kill(program: Program): Promise<Fall> {
    const pid = this.pid(program);
    if (pid === undefined) throw new Error(`${program} is not there`);
    const orphan = program === 'server' ? runtimePid(pid) : undefined;
    const at = Date.now();
    const server = this.#system.pid('server');
    const waitedBefore = waitedForCore(server);
    const begun = performance.now();
    process.kill(pid, 'SIGKILL');
    await until(async () => !isAlive(pid), this.#patience, `${program} ${pid} is dead`);
    await until(async () => (this.pid(program) ?? pid) !== pid && (await this.ready(program)), this.#patience, `${program} is ready again`);
    const ready = performance.now() - begun;
    // The server starts the flow runtime and says that it is ready: what it had to wait counts too, the longer of both.
    const serverWaited = program === 'runtime' ? waitedForCore(server) - waitedBefore : 0;
    const own = ready - Math.min(ready, Math.max(serverWaited, waitedForCore(this.pid(program) ?? pid)));
    if (orphan !== undefined) await until(async () => !isAlive(orphan), 10_000, `flow runtime ${orphan} ended with its server`);
    await until(() => this.runtimeReady(), this.#patience, `flow runtime after the kill of ${program}`);
    const fall = { program, pid, at, backAt: Date.now(), ready: Math.round(ready), own: Math.round(own) };
    this.falls.push(fall);
    return fall;
  }
}
