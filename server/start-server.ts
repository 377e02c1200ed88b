import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Contract } from '#domain/contract.ts';
import { hostClock, hostIds, hostLog } from './ambient.ts';
import { Bus } from './bus.ts';
import { millisOf, type Settings } from './config.ts';
import type { ModuleContext, ModuleDefinition, RunningModule, ServedModule } from './define-module.ts';
import { createHttp } from './http/app.ts';
import { auditModule } from './modules/audit/module.ts';
import healthModule, { type ReadyCheck } from './modules/health/module.ts';
import personaModule from './modules/persona/module.ts';
import sessionModule from './modules/session/module.ts';
import { DEMO_USERS, ensureFirstUsers } from './modules/users/first-users.ts';
import usersModule from './modules/users/module.ts';
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
}

const VERSION = '0.1.0';
const EDITOR_DIST = fileURLToPath(new URL('../editor/dist', import.meta.url));

/** Starts modules one after the other and remembers what to serve and what to close, in reverse order. */
class Assembly {
  readonly served: ServedModule[] = [];
  readonly #context: ModuleContext;
  readonly #stack: AsyncDisposableStack;

  constructor(context: ModuleContext, stack: AsyncDisposableStack) {
    this.#context = context;
    this.#stack = stack;
  }

  async run<C extends Contract, Needs extends object, Gives>(
    definition: ModuleDefinition<C, Needs, Gives>,
    needs: Needs,
  ): Promise<RunningModule<C> & Gives> {
    const running = await definition.start({ ...this.#context, ...needs });
    this.#stack.defer(async () => running[Symbol.asyncDispose]?.());
    this.served.push({
      name: definition.name,
      contract: definition.contract,
      handlers: running.handlers,
      ...(running.topics ? { topics: running.topics } : {}),
    });
    return running;
  }
}

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

    const first = await ensureFirstUsers({ ...context, demo: settings.demo, adminPassword: options.adminPassword });
    const { failures, window, lock, passwordMaxAge } = settings.logIn;
    const accountRules = { failures, window: millisOf(window), lock: millisOf(lock), passwordMaxAge: millisOf(passwordMaxAge) };
    const { accounts, directory } = await assembly.run(usersModule, { accountRules });
    const { idle, absolute, perUser } = settings.sessions;
    const { identity, sessions } = await assembly.run(sessionModule, {
      accounts,
      demo: settings.demo,
      secureCookie: settings.tls !== null,
      sessionRules: { idle: millisOf(idle), absolute: millisOf(absolute), perUser },
    });
    if (settings.demo) await assembly.run(personaModule, { directory, sessions, personas: DEMO_USERS });
    await assembly.run(auditModule, { auditLog: audit });
    const checks: ReadyCheck[] = [];
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
      allowedHosts: settings.allowedHosts,
      trustProxy: settings.trustProxy,
      logInsPerMinute: settings.logIn.perMinute,
      ...(settings.tls ? { tls: { key: readFileSync(settings.tls.key), cert: readFileSync(settings.tls.cert) } } : {}),
    });
    const port = await http.listen(settings.port, settings.host);
    stack.defer(() => http.close());
    const url = `${settings.tls ? 'https' : 'http'}://${settings.host === '127.0.0.1' ? 'localhost' : settings.host}:${port}`;
    const running = stack.move();
    return {
      url,
      editorUrl: url,
      ...(first.adminPassword === undefined ? {} : { adminPassword: first.adminPassword }),
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
