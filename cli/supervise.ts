import { fork, type ChildProcess } from 'node:child_process';
import { BackOff } from '#domain/back-off.ts';

/** One program of the system, started as a child with an IPC channel. */
export interface Program {
  readonly name: string;
  /** Absolute path of the main file. */
  readonly main: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly execArgv: readonly string[];
  /** First message after the start (settings, credentials): never in the environment. */
  readonly hello?: unknown;
}

export interface Supervised {
  /** Resolves with the `ready` message of the first start; rejects if the program ends before it with a code that forbids a restart. */
  readonly ready: Promise<unknown>;
  /** Resolves when the program has ended for good although nobody stopped it: its input is broken. */
  readonly over: Promise<void>;
  stop(): Promise<void>;
}

export interface SupervisorEvents {
  started(name: string, pid: number): void;
  ended(name: string, code: number | null, signal: NodeJS.Signals | null, againIn: number | undefined): void;
}

/** A program that ends with it found its input broken: starting it again would not help. */
export const EXIT_BROKEN_INPUT = 2;
const BACK_OFF = [200, 500, 1000, 2000, 5000];
/** Ready for so long, and a program's next end is taken as its first. ms */
const CALM = 5000;
const KILL_AFTER = 8000;

const isReady = (message: unknown): boolean => typeof message === 'object' && message !== null && 'ready' in message;

/**
 * Keeps one program running: starts it again after a crash with a growing pause, stops it with SIGTERM and, if it hangs, SIGKILL.
 * @param program what to start
 * @param events told of every start and end
 */
export function supervise(program: Program, events: SupervisorEvents): Supervised {
  let stopping = false;
  const backOff = new BackOff(BACK_OFF, CALM);
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let settle: { resolve: (message: unknown) => void; reject: (error: Error) => void } | undefined;
  const ready = new Promise<unknown>((resolve, reject) => {
    settle = { resolve, reject };
  });

  const over = Promise.withResolvers<void>();

  const start = (): void => {
    let readyAt: number | undefined;
    const running = fork(program.main, [...program.args], {
      env: program.env,
      execArgv: [...program.execArgv],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child = running;
    events.started(program.name, running.pid ?? 0);
    if (program.hello !== undefined) running.send(JSON.parse(JSON.stringify(program.hello)));
    running.on('message', (message) => {
      if (!isReady(message)) return;
      readyAt = performance.now();
      settle?.resolve(message);
    });
    running.on('exit', (code, signal) => {
      child = undefined;
      const final = stopping || code === EXIT_BROKEN_INPUT;
      const pause = backOff.ended(readyAt === undefined ? undefined : performance.now() - readyAt);
      events.ended(program.name, code, signal, final ? undefined : pause);
      if (!final) {
        timer = setTimeout(start, pause);
        return;
      }
      settle?.reject(new Error(`${program.name} ended with code ${code ?? signal}`));
      if (!stopping) over.resolve();
    });
  };
  start();
  ready.catch(() => undefined);

  return {
    ready,
    over: over.promise,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      const running = child;
      if (!running) return;
      await new Promise<void>((resolve) => {
        const kill = setTimeout(() => running.kill('SIGKILL'), KILL_AFTER);
        running.once('exit', () => {
          clearTimeout(kill);
          resolve();
        });
        running.kill('SIGTERM');
      });
    },
  };
}
