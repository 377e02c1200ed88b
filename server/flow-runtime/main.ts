import { Check } from 'typebox/value';
import { StartMessage, startRuntime, type Runtime } from './runtime.ts';

/*
 * The flow runtime as a program: a child of the flow host. It gets its start message over IPC and exits when that channel closes,
 * so that no orphan goes on writing to devices.
 */
const tell = (message: object): void => {
  process.send?.(message);
};

let runtime: Runtime | undefined;

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

process.on('message', (message: unknown) => {
  if (typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'stop') void end(0);
  if (!Check(StartMessage, message) || runtime) return;
  const log = (level: 'info' | 'warn' | 'error', text: string): void => tell({ kind: 'log', level, text });
  startRuntime({ ...message, log, clock: { now: () => Date.now(), monotonic: () => performance.now() } }).then(
    (started) => {
      runtime = started;
      tell({ kind: 'ready', port: started.port });
    },
    (error: unknown) => {
      log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
      void end(1);
    },
  );
});
