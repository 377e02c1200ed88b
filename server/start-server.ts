import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { hostClock, hostIds, hostLog } from './ambient.ts';
import { Assembly } from './assembly/assembly.ts';
import { assembleContent } from './assembly/content.ts';
import { assembleData } from './assembly/data.ts';
import { assembleFlowHost, runtimeReports } from './assembly/flow-host.ts';
import { assembleLink, linkSecrets } from './assembly/link.ts';
import { assembleProcesses } from './assembly/processes.ts';
import { assembleOperations } from './assembly/operations.ts';
import { assemblePeople } from './assembly/people.ts';
import { Bus } from './bus.ts';
import type { Settings } from './config.ts';
import type { ModuleContext } from './define-module.ts';
import { createHttp } from './http/app.ts';
import { freePort } from './http/free-port.ts';
import healthModule, { type ReadyCheck } from './modules/health/module.ts';
import type { ConsumerReport } from './modules/changes/consumers.ts';
import { openAudit } from './store/audit/log.ts';
import { openEmbeddedStore } from './store/embedded/store.ts';

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
    const clock = hostClock;
    const log = hostLog(settings, 'server');
    const ids = hostIds(clock);
    const dir = settings.dataDir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });

    const store = stack.use(await openEmbeddedStore({ dir: join(dir, 'store'), clock }));
    const audit = stack.use(await openAudit({ dir, clock, log }));
    const bus = new Bus((error, event) => log.error({ err: error, event }, 'a listener failed'));
    const context: ModuleContext = { store, bus, audit, clock, ids, log };
    const assembly = new Assembly(context, stack);
    const given = { auditLog: audit, ...(options.adminPassword === undefined ? {} : { adminPassword: options.adminPassword }) };
    const { identity, directory, messenger, adminPassword } = await assemblePeople(assembly, settings, given);
    const { dictionary, history, image } = await assembleData(assembly, settings);
    const secrets = linkSecrets(settings);
    let reports: () => readonly ConsumerReport[] = () => [];
    const { deployments, refused } = await assembleContent(assembly, settings, dictionary, () => reports());
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
          control: `${scheme}://${settings.host}:${port}`,
          url,
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
    await assembly.run(healthModule, { checks });

    const metrics = new Registry();
    collectDefaultMetrics({ register: metrics });
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
        flowHost && !flowHost.edge ? [...new Set([`http://${hostname}:${flowHost.editorPort}`, flowHost.origin])] : [],
      ...(flowHost?.edge ? { virtualHosts: [flowHost.edge] } : {}),
      ...(settings.tls ? { tls: { key: readFileSync(settings.tls.key), cert: readFileSync(settings.tls.cert) } } : {}),
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
