import { Refusal } from './refusal.ts';
import { readOptions, USAGE } from './options.ts';
import { startSimulator } from './start.ts';

export { startSimulator } from './start.ts';
export type { Simulator } from './start.ts';
export type { SimulatorOptions } from './options.ts';

/** Runs until SIGINT, SIGTERM or the end of the parent; returns the exit code. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  const ended = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
    process.once('disconnect', () => resolve());
  });
  const simulator = await startSimulator(options);
  const { ports } = simulator;
  if (process.send) process.send({ ready: true, ports });
  else
    console.log(
      `Plant is running: Modbus TCP 127.0.0.1:${ports.modbus}, OPC UA opc.tcp://127.0.0.1:${ports.opcua}, API http://127.0.0.1:${ports.api}`,
    );
  await ended;
  // Exits within 2 s also when a peer holds a connection open.
  setTimeout(() => process.exit(0), 1500).unref();
  await simulator[Symbol.asyncDispose]();
  return 0;
}

/** What a person at the console needs: a stable code and the place for what can be mended, else the whole error. */
function explain(error: unknown): unknown {
  if (error instanceof Refusal) return `${error.code}: ${error.message}`;
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error ? error.port : undefined;
  if (typeof taken !== 'number') return error;
  return `SIM_PORT_IN_USE: port ${taken} of 127.0.0.1 is in use; choose another by its option`;
}

if (import.meta.main) {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(explain(error));
      process.exit(1);
    },
  );
}
