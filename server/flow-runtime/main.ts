import { Check } from 'typebox/value';
import type { Runtime } from './runtime.ts';

/*
 * The flow runtime as a program: a child of the flow host. It gets its start message over IPC and exits when that channel closes,
 * so that no orphan goes on writing to devices.
 */
const tell = (message: object): void => {
  if (process.connected) process.send?.(message);
};

let runtime: Runtime | undefined;
let starting = false;

async function end(code: number): Promise<void> {
  // A device that hangs must not keep the process alive.
  setTimeout(() => process.exit(code), 1500).unref();
  await runtime?.close().catch(() => undefined);
  process.exit(code);
}

process.on('disconnect', () => void end(0));
process.on('SIGTERM', () => void end(0));
// Ctrl C reaches the whole process group; the parent decides when this program ends.
process.on('SIGINT', () => undefined);
process.on('uncaughtException', (error) => {
  tell({ kind: 'log', level: 'error', text: error.stack ?? error.message });
  void end(1);
});

async function start(message: unknown): Promise<void> {
  // Loaded only now: the handlers above must stand before anything that takes long.
  const { StartMessage, startRuntime } = await import('./runtime.ts');
  if (!Check(StartMessage, message) || starting) return;
  starting = true;
  const log = (level: 'info' | 'warn' | 'error', text: string): void => tell({ kind: 'log', level, text });
  try {
    runtime = await startRuntime({ ...message, log, clock: { now: () => Date.now(), monotonic: () => performance.now() } });
    tell({ kind: 'ready', port: runtime.port });
  } catch (error) {
    log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
    await end(1);
  }
}

process.on('message', (message: unknown) => {
  if (typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'stop') void end(0);
  else void start(message);
});
// The parent may have died before the handler stood.
if (process.connected) tell({ kind: 'up' });
else void end(0);
