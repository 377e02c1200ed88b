import type { ClientSession, ClientSubscription, DataValue, OPCUAClient } from 'node-opcua-client';
import { Problem } from '#domain/errors.ts';
import type { Quality } from '#domain/sample.ts';

export interface OpcUaOptions {
  readonly endpoint: string;
  readonly security: 'None' | 'Basic256Sha256';
  readonly user: string;
  readonly password: string;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface OpcUaValue {
  readonly nodeId: string;
  readonly value: number | boolean | string | null;
  readonly quality: Quality;
  readonly at: number | undefined;
}
export type OpcUaType = 'Double' | 'Float' | 'Int16' | 'UInt16' | 'Int32' | 'UInt32' | 'Boolean';

interface Watch {
  readonly nodeIds: readonly string[];
  readonly interval: number;
  readonly onValue: (value: OpcUaValue) => void;
}
interface Link {
  readonly client: OPCUAClient;
  readonly session: ClientSession;
  readonly subscriptions: ClientSubscription[];
}

const RETRY = 3000;
/** The package costs 90 MB: it is loaded only where a flow has such a device. It keeps its certificates under XDG_CONFIG_HOME. */
const library = () => import('node-opcua-client');

function plain(value: unknown): number | boolean | string | null {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : null;
}

/** Severity of a status code lies in its two highest bits: 00 good, 01 uncertain, 1x bad (OPC UA Part 4, 7.39). */
function valueOf(nodeId: string, data: DataValue): OpcUaValue {
  const severity = data.statusCode.value >>> 30;
  const value = plain(data.value?.value);
  const quality: Quality = severity >= 2 || value === null ? 'bad' : severity === 1 ? 'uncertain' : 'good';
  return { nodeId, value: quality === 'bad' ? null : value, quality, at: data.sourceTimestamp?.getTime() };
}

/** A session with one server; connects by itself, again every 3 s after a loss, and renews its subscriptions. */
export class OpcUaConnection {
  readonly #options: OpcUaOptions;
  readonly #watches = new Set<Watch>();
  readonly #listeners = new Set<(online: boolean, detail: string) => void>();
  #link: Link | undefined;
  #state: { readonly online: boolean; readonly detail: string } = { online: false, detail: 'connecting' };
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OpcUaOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => {
      clearTimeout(this.#timer);
      void this.#close();
    });
    void this.#open();
  }

  onState(listener: (online: boolean, detail: string) => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    listener(this.#state.online, this.#state.detail);
    signal.addEventListener('abort', () => this.#listeners.delete(listener));
  }

  /** Reports each change of the nodes, and bad quality for all of them when the session is lost. `interval` in ms. */
  watch(watch: Watch, signal: AbortSignal): void {
    this.#watches.add(watch);
    if (this.#link) this.#subscribe(this.#link, watch).catch((error: unknown) => this.#lost(error));
    signal.addEventListener('abort', () => this.#watches.delete(watch));
  }

  async read(nodeId: string): Promise<OpcUaValue> {
    const { AttributeIds } = await library();
    return valueOf(nodeId, await this.#session().read({ nodeId, attributeId: AttributeIds.Value }));
  }

  /** @throws Problem OPCUA_REFUSED with the server's status; OPCUA_LOST if nobody knows whether it took effect. */
  async write(nodeId: string, value: number, type: OpcUaType): Promise<void> {
    const { AttributeIds, DataType } = await library();
    const session = this.#session();
    const variant = { dataType: DataType[type], value: type === 'Boolean' ? value !== 0 : value };
    const status = await session.write({ nodeId, attributeId: AttributeIds.Value, value: { value: variant } }).catch((error: unknown) => {
      throw new Problem('OPCUA_LOST', 504, error instanceof Error ? error.message : String(error), { context: { sent: true } });
    });
    if (status.value >>> 30 !== 0) throw new Problem('OPCUA_REFUSED', 422, `${nodeId}: ${status.name}`);
  }

  #session(): ClientSession {
    if (!this.#link)
      throw new Problem('OPCUA_OFFLINE', 503, `no session with ${this.#options.endpoint}: ${this.#state.detail}`, {
        context: { sent: false },
      });
    return this.#link.session;
  }

  #tell(online: boolean, detail: string): void {
    this.#state = { online, detail };
    for (const listener of this.#listeners) listener(online, detail);
  }

  async #connect(): Promise<Link> {
    const { OPCUAClient, MessageSecurityMode, SecurityPolicy, UserTokenType } = await library();
    const secure = this.#options.security !== 'None';
    const client = OPCUAClient.create({
      applicationName: 'nuanliu',
      endpointMustExist: false,
      keepSessionAlive: true,
      transportTimeout: this.#options.timeout,
      requestedSessionTimeout: 30_000,
      securityMode: secure ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None,
      securityPolicy: secure ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None,
      connectionStrategy: { initialDelay: 500, maxDelay: 1000, maxRetry: 0 },
    });
    client.on('connection_lost', () => this.#lost(new Error('connection lost')));
    try {
      await client.connect(this.#options.endpoint);
      const session = await client.createSession(
        this.#options.user
          ? { type: UserTokenType.UserName, userName: this.#options.user, password: this.#options.password }
          : { type: UserTokenType.Anonymous },
      );
      return { client, session, subscriptions: [] };
    } catch (error) {
      await client.disconnect().catch(() => undefined);
      throw error;
    }
  }

  async #open(): Promise<void> {
    try {
      const link = await this.#connect();
      if (this.#options.signal.aborted) {
        await this.#end(link);
        return;
      }
      this.#link = link;
      link.session.on('session_closed', () => {
        if (this.#link === link) this.#lost(new Error('session closed'));
      });
      for (const watch of this.#watches) await this.#subscribe(link, watch);
      this.#tell(true, '');
    } catch (error) {
      this.#lost(error);
    }
  }

  async #subscribe(link: Link, watch: Watch): Promise<void> {
    const { AttributeIds, ClientMonitoredItemGroup, TimestampsToReturn } = await library();
    const subscription = await link.session.createSubscription2({
      requestedPublishingInterval: watch.interval,
      requestedLifetimeCount: 60,
      requestedMaxKeepAliveCount: 10,
      maxNotificationsPerPublish: 1000,
      publishingEnabled: true,
      priority: 1,
    });
    link.subscriptions.push(subscription);
    const group = ClientMonitoredItemGroup.create(
      subscription,
      watch.nodeIds.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
      { samplingInterval: watch.interval, discardOldest: true, queueSize: 1 },
      TimestampsToReturn.Source,
    );
    group.on('changed', (_item, data, index) => {
      const nodeId = watch.nodeIds[index];
      if (nodeId !== undefined && this.#watches.has(watch)) watch.onValue(valueOf(nodeId, data));
    });
  }

  #lost(error: unknown): void {
    // The library explains at length; its first line tells enough.
    const [detail = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    if (this.#options.signal.aborted) return;
    this.#tell(false, detail);
    for (const watch of this.#watches)
      for (const nodeId of watch.nodeIds) watch.onValue({ nodeId, value: null, quality: 'bad', at: undefined });
    clearTimeout(this.#timer);
    void this.#close();
    this.#timer = setTimeout(() => void this.#open(), RETRY);
  }

  async #close(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    if (link) await this.#end(link);
  }

  async #end(link: Link): Promise<void> {
    // A dead server answers neither; the socket is dropped all the same.
    await link.session.close(true).catch(() => undefined);
    await link.client.disconnect().catch(() => undefined);
  }
}
