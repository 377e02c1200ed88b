import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What `start --json` tells, one object a line. */
type StartEvent =
  | { readonly event: 'started'; readonly program: string; readonly pid: number }
  | { readonly event: 'ended'; readonly program: string; readonly code: number | null; readonly signal: string | null }
  | { readonly event: 'ready'; readonly url: string; readonly editorUrl: string; readonly simulatorUrl?: string; readonly ms: number };

export interface System {
  readonly url: string;
  readonly editorUrl: string;
  readonly simulatorUrl: string;
  readonly dataDir: string;
  readonly events: StartEvent[];
  /** Everything that the programs printed; shown when a test fails. */
  readonly output: string[];
  readonly process: ChildProcess;
  pid(program: string): number;
  /** Resolves at the next event that fits. */
  next(fits: (event: StartEvent) => boolean): Promise<StartEvent>;
  stop(): Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const ADMIN_PASSWORD = 'Kanal-7-Heizung';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Ports of this machine that nobody uses now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Starts the whole demo as a person would (`npm start`), on free ports and with a data folder of its own.
 * @param options.env further settings; options.dataDir is left where it is; options.root is another copy of the program; options.settings is a file
 */
export async function startSystem(
  options: { env?: NodeJS.ProcessEnv; dataDir?: string; root?: string; settings?: string } = {},
): Promise<System> {
  const root = options.root ?? ROOT;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'nuanliu-')));
  const [http, editor, mqtt, api, modbus, opcua] = await freePorts(6);
  const child = spawn(
    process.execPath,
    [join(root, 'cli/nuanliu.js'), 'start', '--demo', '--json', ...(options.settings ? ['--settings', options.settings] : [])],
    {
      cwd: root,
      env: {
        ...process.env,
        NUANLIU_DATA_DIR: dataDir,
        NUANLIU_PORT: String(http),
        NUANLIU_EDITOR_PORT: String(editor),
        NUANLIU_MQTT_PORT: String(mqtt),
        NUANLIU_SIMULATOR_API_PORT: String(api),
        NUANLIU_SIMULATOR_MODBUS_PORT: String(modbus),
        NUANLIU_SIMULATOR_OPCUA_PORT: String(opcua),
        NUANLIU_ADMIN_PASSWORD: ADMIN_PASSWORD,
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const events: StartEvent[] = [];
  const output: string[] = [];
  const waiting = new Set<{ fits: (event: StartEvent) => boolean; resolve: (event: StartEvent) => void }>();
  const take = (event: StartEvent): void => {
    events.push(event);
    for (const waiter of waiting) {
      if (!waiter.fits(event)) continue;
      waiting.delete(waiter);
      waiter.resolve(event);
    }
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    output.push(line);
    if (line.startsWith('{"event"')) take(JSON.parse(line));
  });
  createInterface({ input: child.stderr }).on('line', (line) => output.push(line));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const next = (fits: (event: StartEvent) => boolean): Promise<StartEvent> =>
    new Promise((resolve) => {
      waiting.add({ fits, resolve });
    });

  const ready = await Promise.race([next((event) => event.event === 'ready' || event.event === 'ended'), ended]);
  if (ready === null || typeof ready !== 'object' || ready.event !== 'ready') {
    child.kill('SIGINT');
    await ended;
    throw new Error(`the system did not start:\n${output.slice(-40).join('\n')}`);
  }
  return {
    url: ready.url,
    editorUrl: ready.editorUrl,
    simulatorUrl: ready.simulatorUrl ?? '',
    dataDir,
    events,
    output,
    process: child,
    next,
    pid(program) {
      const started = events.findLast((event) => event.event === 'started' && event.program === program);
      if (started?.event !== 'started') throw new Error(`${program} was never started`);
      return started.pid;
    },
    async stop() {
      child.kill('SIGINT');
      return ended;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT');
      await ended;
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
