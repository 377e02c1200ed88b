import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcp, Server, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes, type AedesPublishPacket } from 'aedes';
import ModbusRTU from 'modbus-serial';
import type { GateRule } from '#domain/command/types.ts';
import type { Right } from '#domain/role.ts';
import type { TagDefinition } from '#domain/tag.ts';
import { checkFlows } from '#nodes/flow-file.ts';
import { CORE_TYPES, palette } from '#nodes/index.ts';
import type { BatchMessage } from '../link/wire.ts';
import type { Ambient, Caller, Deployments } from '../services.ts';
import { createControlChannel, type ServedControlChannel } from './control-channel.ts';
import { flowStorage, type RuntimeDocuments } from './flow-storage.ts';
import { startFlowHost, type RunningFlowHost } from './host.ts';

/** A whole flow host for tests: real runtime, real broker, a Modbus device of another author, deployments in memory. */
export interface HostKit extends AsyncDisposable {
  readonly host: RunningFlowHost;
  readonly channel: ServedControlChannel;
  readonly registers: Map<number, number>;
  readonly coils: Map<number, boolean>;
  readonly received: BatchMessage[];
  readonly deployments: Deployments & { content(id: string): unknown };
  readonly documents: Map<string, unknown>;
  readonly log: string[];
  readonly modbusPort: number;
  readonly sessions: Set<string>;
  /** Acknowledge batches, as the server does after its commit. */
  acknowledge: boolean;
  caller(...rights: Right[]): Caller;
}

const listen = async (server: Server): Promise<number> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const tag = (id: string, type: TagDefinition['type'] = 'number'): TagDefinition => ({
  id,
  type,
  aliases: [],
  label: { zh: `${id} 点`, en: `${id} tag` },
  asset: 'S',
  measurand: id,
  unit: '°C',
  range: [0, 1000],
  decimals: 1,
  every: 1,
});
const GATE: readonly GateRule[] = [
  {
    tag: 'S.SP',
    min: 0,
    max: 100,
    risk: 'low',
    persons: 1,
    permissive: [{ tag: 'S.STOPPED', equals: false, why: 'stopped' }],
    readBack: { tag: 'S.SP', within: 0.1, timeout: 2000 },
    writers: ['command', 'output'],
  },
];

/** Flows of the kit: one device read every second, one owner of a setpoint. */
export const kitFlow = (port: number, name = 'read'): object[] => [
  { id: 'kit', type: 'tab', label: '试验 kit', disabled: false, info: '' },
  {
    id: 'dev',
    type: 'modbus-device',
    z: 'kit',
    name: '',
    host: '127.0.0.1',
    port,
    unit: 1,
    timeout: '500ms',
    station: 'S',
    stopCoil: 3,
    resetCoil: 4,
    stoppedInput: 10_001,
  },
  {
    id: 'read',
    type: 'modbus-read',
    z: 'kit',
    name,
    device: 'dev',
    every: '1s',
    phase: '0s',
    maxGap: 10,
    rows: [
      { tag: 'S.T', register: 40_001, type: 'uint16', order: 'ABCD', scale: 0.1, offset: 0 },
      { tag: 'S.SP', register: 40_011, type: 'uint16', order: 'ABCD', scale: 0.1, offset: 0 },
      { tag: 'S.STOPPED', register: 10_001, type: 'bit', order: 'ABCD', scale: 1, offset: 0 },
    ],
    x: 100,
    y: 100,
    wires: [['out']],
  },
  {
    id: 'write',
    type: 'modbus-write',
    z: 'kit',
    name: '',
    device: 'dev',
    rows: [{ tag: 'S.SP', register: 40_011, type: 'uint16', order: 'ABCD', scale: 0.1, offset: 0 }],
    x: 100,
    y: 200,
    wires: [],
  },
  { id: 'out', type: 'to-platform', z: 'kit', name: '', x: 300, y: 100, wires: [] },
];

function memoryDeployments(first: Readonly<Record<string, unknown>>): HostKit['deployments'] {
  const contents = new Map(Object.entries(first));
  let n = 1;
  const of = (id: string) => ({ id, hash: `${n}-${id}-${JSON.stringify(contents.get(id)).length}`, content: contents.get(id) });
  return {
    get n() {
      return n;
    },
    content: (id) => contents.get(id),
    deployed: (_kind, id) => (contents.has(id) ? of(id) : undefined),
    list: () => [...contents.keys()].map(of),
    follow: async () => undefined,
    async deploy({ artefacts }) {
      for (const { id, content } of artefacts) contents.set(id, content);
      n += 1;
      return { n };
    },
  };
}

async function startBroker(
  kit: Pick<HostKit, 'received' | 'acknowledge'>,
  credential: string,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const broker = await Aedes.createBroker({
    authenticate: (_client, user, password, done) => done(null, user === 'kit' && password?.toString() === credential),
  });
  broker.on('publish', (packet: AedesPublishPacket, client) => {
    if (!client || packet.topic !== 'nl/v1/kit/batch') return;
    const message: BatchMessage = JSON.parse(packet.payload.toString());
    kit.received.push(message);
    if (kit.acknowledge)
      broker.publish(
        { cmd: 'publish', topic: 'nl/v1/kit/ack', payload: JSON.stringify({ v: 1, seq: message.seq }), qos: 1, retain: false, dup: false },
        () => undefined,
      );
  });
  const server = createTcp(broker.handle);
  return {
    port: await listen(server),
    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      broker.close(resolve);
      server.close();
      await promise;
    },
  };
}

function startDevice(registers: Map<number, number>, coils: Map<number, boolean>): Promise<{ readonly port: number; close(): void }> {
  const device = new ModbusRTU.ServerTCP(
    {
      getHoldingRegister: async (address: number) => registers.get(address) ?? 0,
      getDiscreteInput: async () => coils.get(-1) ?? false,
      setRegister: async (address: number, value: number) => void registers.set(address, value),
      setCoil: async (address: number, value: boolean) => {
        coils.set(address, value);
        coils.set(-1, address === 2);
      },
    },
    { host: '127.0.0.1', port: 0, unitID: 1 },
  );
  const { promise, resolve } = Promise.withResolvers<{ port: number; close(): void }>();
  device.on('initialized', () => {
    const server: unknown = Reflect.get(device, '_server');
    const address = server instanceof Server ? server.address() : null;
    resolve({ port: typeof address === 'object' && address !== null ? address.port : 0, close: () => device.close(() => undefined) });
  });
  return promise;
}

export async function startHostKit(): Promise<HostKit> {
  const directory = mkdtempSync(join(tmpdir(), 'flow-host-'));
  const credential = randomBytes(24).toString('base64url');
  const log: string[] = [];
  const say =
    (level: string) =>
    (fields: object, text: string): void =>
      void log.push(`${level} ${text} ${JSON.stringify(fields)}`);
  const ambient: Ambient = {
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    ids: { next: () => randomBytes(8).toString('hex'), secret: (bytes) => randomBytes(bytes).toString('base64url') },
    log: { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') },
  };
  const registers = new Map([
    [0, 985],
    [10, 430],
  ]);
  const coils = new Map<number, boolean>();
  const device = await startDevice(registers, coils);
  const received: BatchMessage[] = [];
  const shared = { received, acknowledge: true };
  const broker = await startBroker(shared, credential);
  const known = new Set(['S.T', 'S.SP', 'S.STOPPED']);
  const check = (flows: unknown) => checkFlows(flows, { palette, coreTypes: CORE_TYPES, knownTag: (id) => known.has(id) });
  const deployments = memoryDeployments({ kit: kitFlow(device.port) });
  const documents = new Map<string, unknown>();
  const store: RuntimeDocuments = {
    load: async (_runtime, name) => documents.get(name) ?? {},
    save: async (_runtime, name, value) => void documents.set(name, value),
  };
  const channel = createControlChannel({
    ...ambient,
    verify: (runtime, given) => runtime === 'kit' && given === credential,
    plant: () => ({ tags: [tag('S.T'), tag('S.SP'), tag('S.STOPPED', 'boolean')], gate: GATE }),
    flows: flowStorage(deployments, check),
    documents: store,
  });
  const http = createServer((request, response) => channel.mount.request(request, response)).on('upgrade', (request, socket, head) =>
    channel.mount.upgrade(request, socket, head),
  );
  const sessions = new Set(['s1']);
  const host = await startFlowHost({
    ...ambient,
    runtime: 'kit',
    credential,
    credentialSecret: randomBytes(24).toString('base64url'),
    control: `http://127.0.0.1:${await listen(http)}`,
    broker: `mqtt://127.0.0.1:${broker.port}`,
    directory,
    editor: { host: '127.0.0.1', port: 0, platformOrigins: () => ['http://localhost:8080'] },
    sessionAlive: async (session) => sessions.has(session),
    check,
  });
  return Object.assign(shared, {
    host,
    channel,
    registers,
    coils,
    deployments,
    documents,
    log,
    sessions,
    modbusPort: device.port,
    caller: (...rights: Right[]): Caller => ({
      kind: 'user',
      id: 'li',
      name: '李工',
      roles: ['process-engineer'],
      rights: new Set(rights),
      session: 's1',
    }),
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await channel[Symbol.asyncDispose]();
      http.closeAllConnections();
      http.close();
      await broker.close();
      device.close();
      rmSync(directory, { recursive: true, force: true });
    },
  });
}
