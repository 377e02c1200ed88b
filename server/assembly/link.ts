import type { Asset } from '#domain/tag.ts';
import type { Settings } from '../config.ts';
import { createControlChannel, type ServedControlChannel } from '../flow-host/control-channel.ts';
import { flowStorage, runtimeDocuments } from '../flow-host/flow-storage.ts';
import { ensureSecret } from '../keys.ts';
import { sameSecret, type DeviceCredential } from '../link/access.ts';
import { startBroker } from '../link/broker.ts';
import { startLinkServer, type LinkServer } from '../link/link-server.ts';
import { connectExternalBroker } from '../link/transport.ts';
import type { Deployments } from '../services.ts';
import type { Assembly } from './assembly.ts';
import { flowCheck } from './content.ts';
import type { Data } from './data.ts';

/** Log-ins that the broker and the control channel know, in memory. */
export interface LinkSecrets {
  readonly runtime: string;
  readonly credential: string;
  readonly verify: (runtime: string, credential: string) => boolean;
}

const READER = 'meter-reader';

export function linkSecrets(settings: Settings): LinkSecrets {
  const runtime = settings.runtime.name;
  const credential = ensureSecret(settings.dataDir, `runtime-${runtime}`);
  return { runtime, credential, verify: (name, secret) => name === runtime && sameSecret(credential, secret) };
}

/** The demo's meters publish as `simulator`; the flow that reads them logs in as `meter-reader`. */
function devices(
  settings: Settings,
  assets: readonly Asset[],
  simulator: { user: string; password: string } | undefined,
): (user: string) => DeviceCredential | undefined {
  const known = new Map<string, DeviceCredential>();
  if (settings.demo && simulator) {
    const roots = assets
      .filter(({ type }) => type === 'weather' || type === 'household')
      .map(({ type, id }) => `dh/v1/E01/${type}/${id}`)
      .concat('dh/v1/E01/gateway/GW001');
    known.set(simulator.user, { secret: simulator.password, owns: roots });
    const reads = ['dh/v1/E01/weather/+/telemetry', 'dh/v1/E01/household/+/telemetry'];
    known.set(READER, { secret: ensureSecret(settings.dataDir, READER), owns: [], reads });
  }
  return (user) => known.get(user);
}

export interface Linked {
  readonly link: LinkServer;
  readonly control: ServedControlChannel;
  /** Address of the broker for the flow runtime. */
  readonly broker: string;
}

/** The broker, the control channel and the server's end of the link. */
export async function assembleLink(
  assembly: Assembly,
  settings: Settings,
  secrets: LinkSecrets,
  data: Data & { readonly deployments: Deployments; readonly simulator?: { readonly user: string; readonly password: string } },
): Promise<Linked> {
  const { clock, log, store } = assembly.context;
  const { dictionary, history, image, deployments } = data;
  const sealKey = Buffer.from(ensureSecret(settings.dataDir, 'flow-credentials'), 'base64url');
  const documents = runtimeDocuments(store, sealKey);
  if (settings.demo) await seedReader(documents, secrets.runtime, settings.dataDir);
  const control = assembly.stack.use(
    createControlChannel({
      ...assembly.context,
      verify: secrets.verify,
      plant: () => ({ tags: dictionary.tags, gate: [...dictionary.gate.values()] }),
      flows: flowStorage(deployments, flowCheck(dictionary)),
      documents,
    }),
  );
  const { url, host, port } = settings.mqtt;
  const embedded =
    url === null
      ? assembly.stack.use(
          await startBroker({
            host,
            port,
            clock,
            log,
            verifyRuntime: secrets.verify,
            device: devices(settings, dictionary.assets, data.simulator),
          }),
        )
      : undefined;
  const transport = embedded?.transport ?? connectExternalBroker({ url: url ?? '', clientId: 'nuanliu-server', log });
  const link = assembly.stack.use(
    startLinkServer({ ...assembly.context, history, image, transport, control, tag: (id) => dictionary.tag(id) }),
  );
  return { link, control, broker: url ?? `mqtt://${host}:${embedded?.port ?? port}` };
}

/** The log-in of the demo's meter flow, encrypted beside the flows; what a person has entered stays. */
async function seedReader(documents: ReturnType<typeof runtimeDocuments>, runtime: string, dataDir: string): Promise<void> {
  const present = await documents.load(runtime, 'credentials');
  if (typeof present === 'object' && present !== null && Object.keys(present).length > 0) return;
  await documents.save(runtime, 'credentials', { 'meters-broker': { user: READER, password: ensureSecret(dataDir, READER) } });
}
