import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { hostClock, hostIds, hostLog } from './ambient.ts';
import { Problem } from '#domain/errors.ts';
import { Assembly } from './assembly/assembly.ts';
import { assembleBackup } from './assembly/backup.ts';
import { assembleContent } from './assembly/content.ts';
import { assembleData } from './assembly/data.ts';
import { assembleFlowHost, runtimeReports } from './assembly/flow-host.ts';
import { assembleLedgers } from './assembly/ledgers.ts';
import { assembleLink, linkSecrets } from './assembly/link.ts';
import { assembleProcesses } from './assembly/processes.ts';
import { assembleOperations } from './assembly/operations.ts';
import { assemblePeople } from './assembly/people.ts';
import { openStore } from './assembly/store.ts';
import { Bus } from './bus.ts';
import type { Settings } from './config.ts';
import type { ModuleContext } from './define-module.ts';
import { listenOnLoopback } from './flow-host/loopback.ts';
import { createHttp } from './http/app.ts';
import { freePort } from './http/free-port.ts';
import healthModule, { type ReadyCheck } from './modules/health/module.ts';
import type { ConsumerReport } from './modules/changes/consumers.ts';
import { openAudit } from './store/audit/log.ts';
import { lockFolder, SERVER_LOCK } from './store/folder-lock.ts';

/** What the starter gives besides the settings; secrets never stand in the environment. */
export interface StartOptions {
  readonly settings: Settings;
  /** Password of `admin` at the first start. */
  readonly adminPassword?: string;
  /** Log-in of the simulator at the embedded broker (demo only). */
  readonly simulator?: { readonly user: string; readonly password: string };
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly editorUrl: string;
  /** One-time password of `admin`, only at the very first start without a given one. */
  readonly adminPassword?: string;
  /** Shipped content that was refused because it is broken: place and reason; the content deployed before goes on. */
  readonly refused: readonly string[];
}

const VERSION = '0.1.0';
const EDITOR_DIST = fileURLToPath(new URL('../editor/dist', import.meta.url));

/**
 * Builds the whole server: store, history, engines, modules, link, flow host, HTTP edge, in the order of their needs.
 * @throws Problem with the place if an input (settings, rules, processes, flows) is broken
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { settings } = options;
  const stack = new AsyncDisposableStack();
  try {
    const tls = settings.tls ? { key: readPem('key', settings.tls.key), cert: readPem('cert', settings.tls.cert) } : undefined;
    const clock = hostClock;
    const log = hostLog(settings, 'server');
    const ids = hostIds(clock);
    const dir = settings.dataDir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    // Two servers on one folder would lose each other's samples; a restore or a move of the documents needs the folder alone too.
    stack.use(lockFolder(dir, SERVER_LOCK, 'a server or another program runs on this data folder'));

    const store = stack.use(await openStore(settings, clock));
    log.info({ store: store.capabilities.server }, 'the store is open');
    const audit = stack.use(await openAudit({ dir, clock, log }));
    const bus = new Bus((error, event) => log.error({ err: error, event }, 'a listener failed'));
    const context: ModuleContext = { store, bus, audit, clock, ids, log };
    const assembly = new Assembly(context, stack);
    const given = { auditLog: audit, ...(options.adminPassword === undefined ? {} : { adminPassword: options.adminPassword }) };
    const { identity, directory, messenger, adminPassword } = await assemblePeople(assembly, settings, given);
    const { dictionary, history, image, statistics } = await assembleData(assembly, settings);
    const secrets = linkSecrets(settings);
    let reports: () => readonly ConsumerReport[] = () => [];
    const { deployments, refused } = await assembleContent(assembly, settings, dictionary, () => reports());
    await assembleLedgers(assembly, settings, deployments);
    const { simulator } = options;
    const linked = await assembleLink(assembly, settings, secrets, {
      dictionary,
      history,
      image,
      deployments,
      ...(simulator ? { simulator } : {}),
    });
    const { link, control, broker } = linked;
    reports = () => runtimeReports(link);
    const port = settings.port === 0 ? await freePort(settings.host) : settings.port;
    const scheme = settings.tls ? 'https' : 'http';
    const url = `${scheme}://${settings.host === '127.0.0.1' ? 'localhost' : settings.host}:${port}`;
    const flowHost = settings.runtime.start
      ? await assembleFlowHost(assembly, settings, secrets, {
          broker,
          dictionary,
          identity,
          control: tls ? stack.use(await listenOnLoopback(control.mount)).url : `http://${settings.host}:${port}`,
          url,
          ...(tls ? { tls } : {}),
        })
      : undefined;
    const operations = await assembleOperations(assembly, {
      dictionary,
      history,
      image,
      deployments,
      link,
      dataFolder: dir,
      directory,
      messenger,
      ...(flowHost ? { flowHost } : {}),
    });
    await assembleProcesses(assembly, { dictionary, history, image, deployments, directory, messenger, dataFolder: dir, ...operations });
    let taking = false;
    const checks: ReadyCheck[] = [{ name: 'alarms', check: () => (taking ? undefined : 'the alarms are being restored') }];
    const metrics = new Registry();
    const backup = assembleBackup(assembly, settings, metrics);
    await assembly.run(healthModule, { checks, history: statistics, ...(backup ? { backup: () => backup.state() } : {}) });

    collectDefaultMetrics({ register: metrics });
    metrics.registerMetric(storeInfo(store.capabilities.server));
    const http = createHttp({
      modules: assembly.served,
      identity,
      store,
      metrics,
      clock,
      ids,
      log,
      version: VERSION,
      staticDir: EDITOR_DIST,
      mounts: [control.mount],
      allowedHosts: [settings.host, ...settings.allowedHosts],
      trustProxy: settings.trustProxy,
      logInsPerMinute: settings.logIn.perMinute,
      frameOrigins: (hostname) =>
        flowHost && !flowHost.edge ? [...new Set([`${scheme}://${hostname}:${flowHost.editorPort}`, flowHost.origin])] : [],
      ...(flowHost?.edge ? { virtualHosts: [flowHost.edge] } : {}),
      ...(tls ? { tls } : {}),
    });
    await http.listen(port, settings.host);
    stack.defer(() => http.close());
    await operations.beginAlarms();
    taking = true;
    const running = stack.move();
    return {
      url,
      editorUrl: flowHost?.origin ?? url,
      refused: refused.map((problem) => `${problem.code}: ${problem.message}`),
      ...(adminPassword === undefined ? {} : { adminPassword }),
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** @throws Problem SETTINGS_INVALID with the setting and the file */
function readPem(part: 'key' | 'cert', file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Problem('SETTINGS_INVALID', 500, `tls.${part}: ${why}`, { place: { file, path: `tls.${part}` }, cause: error });
  }
}

/** Which server keeps the documents, as Prometheus says such things. */
function storeInfo(server: string): Gauge {
  const info = new Gauge({
    name: 'nuanliu_store_info',
    help: 'The server that keeps the documents',
    labelNames: ['server'],
    registers: [],
  });
  info.set({ server }, 1);
  return info;
}
