import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { Problem } from '#domain/errors.ts';
import type { Language } from '#domain/text.ts';
import type { FlowFault } from '#nodes/flow-file.ts';
import type { Ambient, Caller, FlowHost } from '../services.ts';
import { EditorProxy, type EditorProxyOptions } from './editor-proxy.ts';
import { EditorSessions, mayEdit } from './editor-sessions.ts';
import { RuntimeProcess, type RuntimeState } from './runtime-process.ts';

export interface FlowHostOptions extends Ambient {
  /** Name of the runtime: its MQTT user, its path in the control channel. */
  readonly runtime: string;
  /** The runtime's own secret, for the broker and the control channel. */
  readonly credential: string;
  /** From the key store; encrypts the credentials of devices inside Node-RED. */
  readonly credentialSecret: string;
  /** `http://127.0.0.1:8080` and `mqtt://127.0.0.1:1883` as the runtime reaches them. */
  readonly control: string;
  readonly broker: string;
  /** The runtime's own directory: disk queue, generated palette, certificates. */
  readonly directory: string;
  readonly editor: {
    readonly host: string;
    /** 0 = any free port. */
    readonly port: number;
    /** One-port mode: the platform's own server answers for the editor under this name and hands its requests to `edge`. */
    readonly shared?: { readonly host: string; readonly origin: string };
    /** Name by which browsers reach the editor; default: the loopback name. */
    readonly publicHost?: string;
    readonly allowedHosts?: readonly string[];
    /** Origins of the platform's pages, which may frame the editor. */
    readonly platformOrigins: () => readonly string[];
    readonly tls?: EditorProxyOptions['tls'];
  };
  readonly language?: Language;
  readonly sessionAlive: (session: string) => Promise<boolean>;
  readonly check: (flows: unknown) => readonly FlowFault[];
  readonly onState?: (state: RuntimeState, detail: string) => void;
}

/** Takes the requests that came for the editor's host name on another server's port. */
interface EditorEdge {
  readonly host: string;
  request(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface RunningFlowHost extends FlowHost, AsyncDisposable {
  readonly origin: string;
  /** In one-port mode only. */
  readonly edge?: EditorEdge;
  /** Port of the editor that was taken; 0 in one-port mode. */
  readonly editorPort: number;
  readonly pid: () => number | undefined;
  /** Loopback port of Node-RED behind its guard; undefined while it does not run. */
  readonly runtimePort: () => number | undefined;
}

/** Starts the flow runtime as a child and the proxy of its editor; resolves when the editor's port is open, the runtime may still be starting. */
export async function startFlowHost(options: FlowHostOptions): Promise<RunningFlowHost> {
  const directory = resolve(options.directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { clock, ids, log, runtime, credential, credentialSecret, control, broker } = options;
  const child = new RuntimeProcess({
    clock,
    ids,
    log,
    directory,
    name: runtime,
    ...(options.onState ? { onState: options.onState } : {}),
    start: { runtime, credential, credentialSecret, control, broker, directory, editor: true, language: options.language ?? 'zh' },
  });
  const sessions = new EditorSessions({ clock, secret: (bytes) => ids.secret(bytes), sessionAlive: options.sessionAlive });
  const proxy = new EditorProxy({
    clock,
    ids,
    log,
    sessions,
    credential,
    check: options.check,
    target: () => child.port,
    frameAncestors: options.editor.platformOrigins,
    ...(options.editor.tls ? { tls: options.editor.tls } : {}),
    allowedHosts: [
      'localhost',
      '127.0.0.1',
      '[::1]',
      ...(options.editor.publicHost ? [options.editor.publicHost] : []),
      ...(options.editor.allowedHosts ?? []),
      ...(options.editor.shared ? [options.editor.shared.host] : []),
    ],
  });
  child.start();
  const { shared } = options.editor;
  const editorPort = shared ? 0 : await openEditor(proxy, options.editor, child);
  const origin = shared?.origin ?? `${options.editor.tls ? 'https' : 'http'}://${options.editor.publicHost ?? 'localhost'}:${editorPort}`;
  const edge: EditorEdge | undefined = shared && {
    host: shared.host,
    request: (request, response) => void proxy.server.emit('request', request, response),
    upgrade: (request, socket, head) => void proxy.server.emit('upgrade', request, socket, head),
  };
  return {
    origin,
    ...(edge ? { edge } : {}),
    editorPort,
    pid: () => child.pid,
    runtimePort: () => child.port,
    runtime: () => ({ runtime, state: child.state, restarts: child.restarts, detail: child.detail }),
    ticket(caller: Caller, link) {
      if (child.state !== 'running') throw new Problem('FLOW_EDITOR_DOWN', 503, `the flow runtime is ${child.state} ${child.detail}`);
      if (!caller.session) throw new Problem('SESSION_REQUIRED', 403, 'the editor opens only for a person who is logged in');
      const { ticket, expires } = sessions.issue(caller);
      return { url: `${origin}/?ticket=${ticket}${link ?? ''}`, origin, mayEdit: mayEdit(caller), expires };
    },
    async [Symbol.asyncDispose]() {
      await proxy.close();
      await child.stop();
    },
  };
}

/** @returns the port that was taken. @throws Problem EDITOR_PORT; the runtime is stopped then */
async function openEditor(proxy: EditorProxy, editor: FlowHostOptions['editor'], child: RuntimeProcess): Promise<number> {
  const { promise, resolve: opened, reject } = Promise.withResolvers<void>();
  proxy.server.once('error', reject).listen(editor.port, editor.host, opened);
  try {
    await promise;
  } catch (error) {
    await child.stop();
    const why = error instanceof Error ? error.message : String(error);
    throw new Problem('EDITOR_PORT', 500, `the editor's port ${editor.port} cannot be opened: ${why}`, { cause: error });
  }
  const address: AddressInfo | string | null = proxy.server.address();
  return typeof address === 'object' && address !== null ? address.port : editor.port;
}
