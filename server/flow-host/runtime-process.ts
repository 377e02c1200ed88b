import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import Type from 'typebox';
import { Check } from 'typebox/value';
import { BackOff } from '#domain/back-off.ts';
import type { Ambient } from '../services.ts';

export interface RuntimeProcessOptions extends Ambient {
  readonly start: Readonly<Record<string, unknown>>;
  readonly directory: string;
  readonly name: string;
  /** Tells of each change of state. */
  readonly onState?: (state: RuntimeState, detail: string) => void;
}
export type RuntimeState = 'starting' | 'running' | 'waiting' | 'stopped';

const MAIN = fileURLToPath(new URL('../flow-runtime/main.ts', import.meta.url));
/** A few ends in a row still leave it ready again within 10 s; one that goes on ending is slowed down. */
const BACK_OFF = [500, 500, 1000, 2000, 5000, 10_000, 30_000];
/** A runtime that worked this long starts the back-off anew. ms */
const STABLE = 5000;
const STOP_WITHIN = 3000;

const Ready = Type.Object({ kind: Type.Literal('ready'), port: Type.Integer() });
const LogLine = Type.Object({
  kind: Type.Literal('log'),
  level: Type.Union([Type.Literal('info'), Type.Literal('warn'), Type.Literal('error')]),
  text: Type.String(),
});

/**
 * Flags of the child: no child processes, workers, inspector or addons, files written only below its directory. A seat belt, not a sandbox
 * (security.md 2.3): node:sqlite and the network are not covered.
 */
const flags = (directory: string): string[] => [
  '--permission',
  '--allow-fs-read=*',
  `--allow-fs-write=${directory}`,
  '--disable-proto=delete',
  '--enable-experimental-regexp-engine-on-excessive-backtracks',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=SecurityWarning',
  '--max-old-space-size=512',
  '--max-semi-space-size=2',
];

/** Starts the flow runtime as a child, watches it and starts it again with back-off. */
export class RuntimeProcess {
  readonly #options: RuntimeProcessOptions;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  readonly #backOff = new BackOff(BACK_OFF, STABLE);
  #readyAt: number | undefined;
  port: number | undefined;
  state: RuntimeState = 'starting';
  restarts = 0;
  detail = '';

  constructor(options: RuntimeProcessOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  #to(state: RuntimeState, detail: string): void {
    this.state = state;
    this.detail = detail;
    this.#options.onState?.(state, detail);
  }

  start(): void {
    const { directory, log, clock, name } = this.#options;
    this.#readyAt = undefined;
    this.#to('starting', '');
    // Nothing of our environment but what a program needs to run: secrets come over the IPC channel.
    const kept = ['PATH', 'LANG', 'TZ', 'TMPDIR', 'SystemRoot', 'TEMP', 'MALLOC_ARENA_MAX'];
    const env = {
      ...Object.fromEntries(kept.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]]))),
      HOME: directory,
      XDG_CONFIG_HOME: directory,
      NODE_ENV: 'production',
    };
    const child = fork(MAIN, [], {
      execArgv: flags(directory),
      env,
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.#child = child;
    child.stdout?.on('data', (data) => log.info({ runtime: name }, String(data).trimEnd()));
    child.stderr?.on('data', (data) => log.warn({ runtime: name }, String(data).trimEnd()));
    child.on('message', (message) => this.#receive(message));
    child.on('error', (error) => log.error({ error, runtime: name }, 'flow runtime'));
    child.once('exit', (code, signal) => {
      this.port = undefined;
      this.#child = undefined;
      if (this.#stopped) return this.#to('stopped', '');
      const wait = this.#backOff.ended(this.#readyAt === undefined ? undefined : clock.monotonic() - this.#readyAt);
      this.restarts += 1;
      this.#to('waiting', `ended with ${signal ?? code}, starts again in ${wait / 1000} s`);
      log.error({ runtime: name, code, signal, wait }, 'the flow runtime ended');
      this.#timer = setTimeout(() => this.start(), wait);
    });
    child.send({ kind: 'start', ...this.#options.start });
  }

  #receive(message: unknown): void {
    const { log, name } = this.#options;
    if (Check(Ready, message)) {
      this.port = message.port;
      this.#readyAt = this.#options.clock.monotonic();
      this.#to('running', '');
    } else if (Check(LogLine, message)) log[message.level]({ runtime: name }, message.text);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child) return this.#to('stopped', '');
    const { promise, resolve } = Promise.withResolvers<void>();
    child.once('exit', () => resolve());
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN);
    if (child.connected) child.send({ kind: 'stop' });
    else child.kill('SIGTERM');
    await promise;
    clearTimeout(timer);
  }
}
