import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import type { StatusCode } from 'node-opcua-client';
import { DataType, MessageSecurityMode, SecurityPolicy, StatusCodes, Variant } from 'node-opcua-client';
import { OPCUAServer, RegisterServerMethod } from 'node-opcua-server';
import type { Written } from './commands.ts';
import { writeSetpoint } from './commands.ts';
import type { Plant } from './plant.ts';
import type { OpcUaRow } from './register-map.ts';
import { OPCUA_NODES } from './register-map.ts';

export interface OpcUaOptions {
  readonly host: string;
  readonly port: number;
  /** Folder of the certificates; they are made at the first start. */
  readonly folder: string;
  readonly now: () => number;
}

const ANSWERS: Readonly<Record<Written, StatusCode>> = {
  done: StatusCodes.Good,
  unknown: StatusCodes.BadNodeIdUnknown,
  range: StatusCodes.BadOutOfRange,
  mode: StatusCodes.BadInvalidState,
};
const SAMPLING = 500;

/** The value as a variant; no communication with the process gives a bad status instead. */
function read(plant: Plant, row: OpcUaRow): Variant | StatusCode {
  if (plant.faults.has('comms-loss', 'SRC001')) return StatusCodes.BadCommunicationError;
  const value = plant.tags.get(row.tag);
  if (value === undefined) return StatusCodes.BadNoData;
  return new Variant({ dataType: row.type === 'Boolean' ? DataType.Boolean : DataType.Double, value });
}

function addNodes(server: OPCUAServer, plant: Plant, now: () => number): void {
  const space = server.engine.addressSpace;
  if (!space) throw new Error('the OPC UA server has no address space');
  const own = space.getOwnNamespace();
  const folder = (name: string, parent: string | typeof space.rootFolder.objects) =>
    own.addObject({ browseName: name.slice(name.lastIndexOf('.') + 1), nodeId: `ns=1;s=${name}`, organizedBy: parent });
  const source = folder('SRC001', space.rootFolder.objects);
  const parents = new Map([['SRC001', source]]);
  for (const row of OPCUA_NODES) {
    const asset = row.tag.slice(0, row.tag.lastIndexOf('.'));
    const parent = parents.get(asset) ?? own.addObject({ browseName: asset.slice(7), nodeId: `ns=1;s=${asset}`, organizedBy: source });
    parents.set(asset, parent);
    own.addVariable({
      componentOf: parent,
      browseName: row.tag.slice(asset.length + 1),
      nodeId: row.nodeId,
      dataType: row.type,
      description: row.unit,
      minimumSamplingInterval: SAMPLING,
      accessLevel: row.write ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
      userAccessLevel: row.write ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
      value: {
        get: () => read(plant, row),
        ...(row.write
          ? {
              set: (variant: Variant): StatusCode => {
                const value: unknown = variant.value;
                if (typeof value !== 'number') return StatusCodes.BadTypeMismatch;
                return ANSWERS[writeSetpoint(plant, row.tag, value, now())];
              },
            }
          : {}),
      },
    });
  }
}

/** The DCS of the heat source as an OPC UA server; anonymous, for it listens on loopback only. */
export class OpcUaServer {
  readonly #server: OPCUAServer;
  readonly port: number;

  private constructor(server: OPCUAServer, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(plant: Plant, options: OpcUaOptions): Promise<OpcUaServer> {
    const certificates = new OPCUACertificateManager({
      rootFolder: join(options.folder, 'pki'),
      automaticallyAcceptUnknownCertificate: true,
    });
    await certificates.initialize();
    const server = new OPCUAServer({
      host: options.host,
      hostname: options.host,
      port: options.port,
      serverCertificateManager: certificates,
      userCertificateManager: certificates,
      securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
      securityModes: [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt],
      allowAnonymous: true,
      registerServerMethod: RegisterServerMethod.HIDDEN,
      serverInfo: { applicationUri: 'urn:plant:SRC001', productUri: 'urn:plant', applicationName: { text: 'Heat source SRC001' } },
      buildInfo: { productName: 'Heat source DCS' },
    });
    await server.initialize();
    addNodes(server, plant, options.now);
    await server.start();
    return new OpcUaServer(server, Number(new URL(server.getEndpointUrl().replace('opc.tcp:', 'http:')).port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown(0);
  }
}
