import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isProblem } from '#domain/errors.ts';
import { resolveSettings, SETTINGS_EXIT, type Settings, type SettingsInput } from '#server/config.ts';
import { ensureSecret } from '#server/keys.ts';
import { EXIT_BROKEN_INPUT, supervise, type Supervised, type SupervisorEvents } from './supervise.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = (file: string): string => join(root, file);
/** Flags of every program: no `__proto__`, linear-time regular expressions where V8 would backtrack (security.md D4, 2.4). */
const NODE_FLAGS = [
  '--disable-proto=delete',
  '--enable-experimental-regexp-engine-on-excessive-backtracks',
  '--disable-warning=ExperimentalWarning',
];
/** Without it the young generation grows to 64 MiB a thread after a few batches; the sustained rate is the same (bench `spine`). */
export const SERVER_FLAGS = [...NODE_FLAGS, '--max-semi-space-size=8'];
const SIMULATOR_FLAGS = [...NODE_FLAGS, '--max-semi-space-size=4', '--optimize-for-size'];

interface Options {
  readonly demo: boolean;
  readonly json: boolean;
  readonly settingsFile: string;
  readonly dataDir: string | undefined;
}

function parseArguments(args: readonly string[]): Options | string {
  const options: { demo: boolean; json: boolean; settingsFile: string; dataDir: string | undefined } = {
    demo: false,
    json: false,
    settingsFile: path('settings.ts'),
    dataDir: undefined,
  };
  for (let i = 0; i < args.length; i += 1) {
    const [word, next] = [args[i], args[i + 1]];
    if (word === '--demo') options.demo = true;
    else if (word === '--json') options.json = true;
    else if (word === '--settings' && next !== undefined) [options.settingsFile, i] = [resolve(next), i + 1];
    else if (word === '--data' && next !== undefined) [options.dataDir, i] = [resolve(next), i + 1];
    else return `start: '${word}' is not an option; --demo, --json, --settings FILE, --data DIR`;
  }
  return options;
}

async function loadSettings(options: Options, env: NodeJS.ProcessEnv): Promise<Settings> {
  const module: unknown = existsSync(options.settingsFile) ? await import(pathToFileURL(options.settingsFile).href) : { default: {} };
  const input: unknown = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
  const overrides: SettingsInput = { ...(options.demo ? { demo: true } : {}), ...(options.dataDir ? { dataDir: options.dataDir } : {}) };
  // The demo's terminal shows what went wrong, not every request.
  const quiet = options.demo ? { NUANLIU_LOG_LEVEL: 'warn' } : {};
  const settings = resolveSettings(input, { env: { ...quiet, ...env }, overrides, file: options.settingsFile });
  return { ...settings, dataDir: resolve(root, settings.dataDir) };
}

/** Nothing of the caller's environment but what a program needs to run; secrets travel over the IPC channel. */
function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'NODE_ENV', 'SystemRoot', 'TEMP'];
  // One arena of the C library instead of one a thread: 15 to 20 MiB less, the same rate (bench `spine`).
  return { MALLOC_ARENA_MAX: '1', ...Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))) };
}

function startSimulator(settings: Settings, env: NodeJS.ProcessEnv, events: SupervisorEvents): Supervised {
  const broker = settings.mqtt.url ?? `mqtt://${settings.mqtt.host}:${settings.mqtt.port}`;
  const { apiPort, modbusPort, opcuaPort, seed, speed } = settings.simulator;
  const args = Object.entries({
    '--modbus-port': modbusPort,
    '--opcua-port': opcuaPort,
    '--api-port': apiPort,
    '--mqtt': broker,
    '--mqtt-user': 'simulator',
    '--data': join(settings.dataDir, 'simulator'),
    '--seed': seed,
    '--speed': speed,
    '--scenario': env.NUANLIU_SCENARIO ?? 'leak',
  }).flatMap(([name, value]) => [name, String(value)]);
  const own = { ...environment(env), SIMULATOR_MQTT_PASSWORD: ensureSecret(settings.dataDir, 'simulator-mqtt') };
  return supervise({ name: 'simulator', main: path('simulator/main.ts'), args, env: own, execArgv: SIMULATOR_FLAGS }, events);
}

function startServer(settings: Settings, env: NodeJS.ProcessEnv, events: SupervisorEvents): Supervised {
  const hello = {
    settings,
    adminPassword: env.NUANLIU_ADMIN_PASSWORD,
    simulator: settings.demo ? { user: 'simulator', password: ensureSecret(settings.dataDir, 'simulator-mqtt') } : undefined,
  };
  return supervise(
    { name: 'server', main: path('server/main.ts'), args: [], env: environment(env), execArgv: SERVER_FLAGS, hello },
    events,
  );
}

interface Ready {
  readonly url: string;
  readonly editorUrl: string;
  readonly adminPassword?: string;
  readonly refused: readonly string[];
}

function isReady(message: unknown): message is { ready: Ready } {
  return typeof message === 'object' && message !== null && 'ready' in message && typeof message.ready === 'object';
}

function welcome(ready: Ready, settings: Settings): string {
  const lines = ['', `  暖流 Nuanliu   ${ready.url}`];
  if (ready.adminPassword !== undefined) lines.push(`  admin          ${ready.adminPassword}   (一次性密码 one-time password)`);
  if (settings.demo) lines.push('  demo           顶部演示条可切换角色 · switch the persona with the bar at the top');
  lines.push(`  data           ${settings.dataDir}`, '  Ctrl C         停止 stop', '');
  return lines.join('\n');
}

function tell(options: Options): { events: SupervisorEvents; say: (event: object, text: string) => void } {
  const say = (event: object, text: string): void => {
    process.stdout.write(options.json ? `${JSON.stringify(event)}\n` : `${text}\n`);
  };
  const events: SupervisorEvents = {
    started(program, pid) {
      if (options.json) say({ event: 'started', program, pid }, '');
    },
    ended(program, code, signal, againIn) {
      if (options.json) say({ event: 'ended', program, code, signal }, '');
      else if (againIn !== undefined) say({}, `${program} ended (${code ?? signal}); it is started again in ${againIn} ms`);
    },
  };
  return { events, say };
}

/**
 * `nuanliu start`: runs the server and, in the demo, the simulator until Ctrl C.
 * @returns 0 after a clean stop, 2 if the settings or another input is broken
 */
export async function start(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const began = performance.now();
  const options = parseArguments(args);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`);
    return SETTINGS_EXIT;
  }
  let settings: Settings;
  try {
    settings = await loadSettings(options, env);
  } catch (error) {
    process.stderr.write(
      `${isProblem(error) ? error.message : `${options.settingsFile}: ${error instanceof Error ? error.message : String(error)}`}\n`,
    );
    return SETTINGS_EXIT;
  }
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  if (!existsSync(path('editor/dist/index.html'))) {
    process.stderr.write('The pages are not built (install scripts were blocked?). Run: npm run build:editor\n');
    return EXIT_BROKEN_INPUT;
  }
  const { events, say } = tell(options);
  const stopRequested = new Promise<void>((resolveStop) => {
    process.once('SIGINT', () => resolveStop());
    process.once('SIGTERM', () => resolveStop());
  });
  const programs: Supervised[] = [];
  try {
    if (settings.demo) programs.push(startSimulator(settings, env, events));
    const server = startServer(settings, env, events);
    programs.push(server);
    const message = await Promise.race([server.ready, stopRequested]);
    if (isReady(message)) {
      const simulatorUrl = settings.demo ? `http://127.0.0.1:${settings.simulator.apiPort}` : undefined;
      const { url, editorUrl } = message.ready;
      const { refused } = message.ready;
      for (const fault of refused)
        process.stderr.write(
          `${fault}\n  -> 文件有误，未采用；继续运行上一个有效版本 · not taken over; the last good version keeps running\n`,
        );
      say({ event: 'ready', url, editorUrl, simulatorUrl, ms: Math.round(performance.now() - began) }, welcome(message.ready, settings));
    }
    return await Promise.race([stopRequested.then(() => 0), ...programs.map((program) => program.over.then(() => EXIT_BROKEN_INPUT))]);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT_BROKEN_INPUT;
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
  }
}
