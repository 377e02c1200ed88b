import { join } from 'node:path';
import type { Settings } from '../config.ts';
import { startFlowHost, type FlowHostOptions, type RunningFlowHost } from '../flow-host/host.ts';
import { ensureSecret } from '../keys.ts';
import type { LinkServer } from '../link/link-server.ts';
import type { ConsumerReport } from '../modules/changes/consumers.ts';
import type { Identity } from '../people.ts';
import type { TagDictionary } from '../services.ts';
import type { Assembly } from './assembly.ts';
import { flowCheck } from './content.ts';
import type { LinkSecrets } from './link.ts';

/** Starts the flow runtime beside the server and the proxy of its editor. */
export async function assembleFlowHost(
  assembly: Assembly,
  settings: Settings,
  secrets: LinkSecrets,
  given: {
    readonly broker: string;
    readonly control: string;
    readonly url: string;
    readonly dictionary: TagDictionary;
    readonly identity: Identity;
    readonly tls?: NonNullable<FlowHostOptions['editor']['tls']>;
  },
): Promise<RunningFlowHost> {
  const { context, stack } = assembly;
  const { identity, dictionary, broker, control, url, tls } = given;
  const platform = new URL(url);
  return stack.use(
    await startFlowHost({
      ...context,
      runtime: secrets.runtime,
      credential: secrets.credential,
      credentialSecret: ensureSecret(settings.dataDir, 'node-credentials'),
      control,
      broker,
      directory: join(settings.dataDir, 'runtime', secrets.runtime),
      editor: {
        host: settings.host,
        port: settings.editorPort,
        allowedHosts: settings.allowedHosts,
        ...(tls ? { tls } : {}),
        ...(settings.editorPort === 0
          ? { shared: { host: settings.editorHost, origin: `${platform.protocol}//${settings.editorHost}:${platform.port}` } }
          : {}),
        platformOrigins: () => [
          platform.origin,
          ...['127.0.0.1', 'localhost', ...settings.allowedHosts].map((host) => `${platform.protocol}//${host}:${platform.port}`),
        ],
      },
      sessionAlive: async (session) => identity.state(session) !== undefined,
      check: flowCheck(dictionary),
    }),
  );
}

/** What the flow runtimes say that they run, for the comparison with the deployment pointer. */
export const runtimeReports = (link: LinkServer): readonly ConsumerReport[] =>
  link.hellos().map((hello) => ({
    consumer: `runtime/${hello.runtime}`,
    kind: 'flow',
    n: hello.deployment,
    at: link.runtimes().find(({ runtime }) => runtime === hello.runtime)?.lastSeen ?? 0,
    hashes: new Map(Object.entries(hello.hashes)),
  }));
