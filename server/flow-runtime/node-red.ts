import { createRequire } from 'node:module';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AddressInfo } from 'node:net';
import type { Problem } from '#domain/errors.ts';
import type { PaletteNode } from '#nodes/define.ts';
import { fieldOf } from '#nodes/fields.ts';
import type { FlowNode } from '#nodes/flow-file.ts';
import { EDITOR_TOKEN_HEADER, verifyEditorToken, type EditorUser } from '../link/editor-token.ts';
import { nodeContext, type Services, type StatusLevel } from './node-context.ts';
import { addEditorTexts } from './editor-texts.ts';
import { CATEGORIES, PALETTE_MODULE, writePalette } from './palette-files.ts';

/*
 * The only place where Node-RED, which has no types of its own, meets the typed palette; the only `as` of the product besides the bus.
 */
interface RedNode {
  readonly id: string;
  readonly name?: string;
  readonly credentials?: Record<string, string>;
  status(status: object): void;
  send(message: object): void;
  on(event: 'input', listener: (message: { payload?: unknown }, send: unknown, done: () => void) => void): void;
  on(event: 'close', listener: (done: () => void) => void): void;
  log(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}
interface RedApi {
  readonly nodes: {
    createNode(node: object, config: object): void;
    registerType(type: string, constructor: unknown, options?: object): void;
  };
  readonly httpAdmin: { get(path: string, ...handlers: unknown[]): void };
  readonly auth: { needsPermission(permission: string): unknown };
}
interface Red {
  init(server: Server, settings: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly httpAdmin: (request: IncomingMessage, response: ServerResponse) => void;
  readonly runtime: {
    readonly flows: {
      setFlows(options: { flows: { flows: readonly FlowNode[] }; deploymentType: string; user: object }): Promise<unknown>;
    };
  };
}

export interface NodeRedOptions {
  readonly directory: string;
  readonly palette: readonly PaletteNode[];
  readonly services: Services;
  readonly storage: object;
  readonly credential: string;
  /** From the key store; Node-RED encrypts the credentials of devices with it. */
  readonly credentialSecret: string;
  readonly editor: boolean;
  readonly now: () => number;
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
}

/** Core files that may be loaded; none runs code, opens a file or a socket. `nodesIncludes` also keeps Node-RED from scanning node_modules. */
const CORE_FILES = [
  '05-junction.js',
  '20-inject.js',
  '21-debug.js',
  '24-complete.js',
  '25-catch.js',
  '25-status.js',
  '60-link.js',
  '90-comment.js',
  '98-unknown.js',
];
/** Left out by name as well, in case the list above is ever loosened (security.md 2.2). */
const EXCLUDED = [
  '80-function.js',
  '10-function.js',
  '10-file.js',
  '11-watch.js',
  '90-exec.js',
  '21-httprequest.js',
  '21-httpin.js',
  '22-websocket.js',
  '31-tcpin.js',
  '32-udp.js',
  '28-tail.js',
  '80-template.js',
  '15-change.js',
  '10-switch.js',
];

const LEVELS: Readonly<Record<number, 'info' | 'warn' | 'error'>> = { 10: 'error', 20: 'error', 30: 'warn', 40: 'info' };
const FILL: Readonly<Record<StatusLevel, object>> = {
  ok: { fill: 'grey', shape: 'dot' },
  wait: { fill: 'grey', shape: 'ring' },
  warn: { fill: 'yellow', shape: 'ring' },
  fault: { fill: 'red', shape: 'dot' },
};

const editorFile = (name: string): string => fileURLToPath(new URL(`./editor/${name}`, import.meta.url));

function settingsOf(options: NodeRedOptions): object {
  return {
    userDir: options.directory,
    nodesDir: join(options.directory, PALETTE_MODULE),
    nodesIncludes: [...CORE_FILES, PALETTE_MODULE],
    nodesExcludes: EXCLUDED,
    storageModule: options.storage,
    credentialSecret: options.credentialSecret,
    httpAdminRoot: '/',
    httpNodeRoot: false,
    disableEditor: !options.editor,
    adminAuth: {
      tokenHeader: EDITOR_TOKEN_HEADER,
      async tokens(token: string) {
        const user = verifyEditorToken(token, options.credential, options.now());
        return user ? { username: user.user, permissions: user.scopes } : null;
      },
    },
    functionExternalModules: false,
    functionTimeout: 5,
    externalModules: {
      autoInstall: false,
      palette: { allowInstall: false, allowUpload: false, allowUpdate: false },
      modules: { allowInstall: false },
    },
    diagnostics: { enabled: false, ui: false },
    runtimeState: { enabled: false, ui: false },
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: {
      projects: { enabled: false },
      tours: false,
      userMenu: false,
      multiplayer: { enabled: false },
      page: { title: '暖流 · 编排', css: editorFile('theme.css'), scripts: editorFile('before.js'), favicon: editorFile('logo.svg') },
      header: { title: '暖流 Nuanliu', image: editorFile('logo.svg') },
      palette: {
        categories: { order: [...Object.keys(CATEGORIES.zh), 'subflows', 'common'] },
        // Core nodes step back: colour is kept for what is not normal.
        theme: [{ category: 'common', type: '.*', color: '#e3e6ea' }],
      },
      menu: { 'menu-item-node-red-version': false, 'menu-item-help': false, 'menu-item-keyboard-shortcuts': true },
      codeEditor: { lib: 'ace' },
      deployButton: { type: 'simple' },
    },
    debugMaxLength: 1000,
    apiMaxLength: '5mb',
    logging: {
      console: { level: 'off' },
      nuanliu: {
        level: 'info',
        handler: () => (message: { level: number; msg?: unknown }) => {
          const level = LEVELS[message.level];
          if (level) options.log(level, String(message.msg));
        },
      },
    },
  };
}

function secretsOf(definition: PaletteNode): object {
  const secrets = Object.entries(definition.config.properties).filter(([, property]) => fieldOf(property)?.kind === 'secret');
  return secrets.length === 0
    ? {}
    : { credentials: Object.fromEntries(secrets.map(([name]) => [name, { type: name === 'password' ? 'password' : 'text' }])) };
}

/** Turns one definition into a Node-RED type. A node whose configuration is broken shows why and does nothing. */
function register(api: RedApi, definition: PaletteNode, services: Services): void {
  function start(this: RedNode, config: object): void {
    api.nodes.createNode(this, config);
    const controller = new AbortController();
    const ctx = nodeContext(services, {
      id: this.id,
      name: this.name ?? '',
      signal: controller.signal,
      secrets: this.credentials ?? {},
      log: { info: (text) => this.log(text), warn: (text) => this.warn(text), error: (text) => this.error(text) },
      show: (level, text) => this.status({ ...FILL[level], text }),
    });
    try {
      const handler = definition.start(config, ctx, (payload) => this.send({ payload }));
      if (handler)
        this.on('input', (message: { payload?: unknown }, _send: unknown, done: () => void) => {
          handler(message.payload);
          done();
        });
    } catch (error) {
      this.error((error as Problem).message);
      this.status({ fill: 'red', shape: 'ring', text: (error as Problem).message });
    }
    this.on('close', (done: () => void) => {
      controller.abort();
      done();
    });
  }
  api.nodes.registerType(definition.type, start, secretsOf(definition));
}

/** Tag picker of the dialogs: at most 50 tags whose id or label contains the text. */
export type TagSearch = (text: string) => readonly { readonly id: string; readonly label: string; readonly unit: string }[];

export interface RunningNodeRed {
  readonly port: number;
  /** Runs other flows; only nodes that differ restart. Storage is told not to save them again. */
  apply(flows: readonly FlowNode[]): Promise<void>;
  close(): Promise<void>;
}

/** Node-RED on a loopback port of its own choice, behind a guard that lets nothing through without the proxy's token. */
export async function startNodeRed(options: NodeRedOptions, searchTags: TagSearch): Promise<RunningNodeRed> {
  const red = createRequire(import.meta.url)('node-red') as Red;
  const hook = 'nuanliu.palette';
  (globalThis as Record<symbol, unknown>)[Symbol.for(hook)] = (api: RedApi): void => {
    for (const definition of options.palette) register(api, definition, options.services);
    api.httpAdmin.get(
      '/nuanliu/tags',
      api.auth.needsPermission('nodes.read'),
      (request: { query: { q?: unknown } }, response: { json(body: unknown): void }) => {
        response.json(searchTags(typeof request.query.q === 'string' ? request.query.q : ''));
      },
    );
  };
  writePalette(options.directory, options.palette, hook);
  const inner = createServer();
  red.init(inner, settingsOf(options));
  const userOf = (request: IncomingMessage): EditorUser | undefined => {
    const token = request.headers[EDITOR_TOKEN_HEADER];
    return typeof token === 'string' ? verifyEditorToken(token, options.credential, options.now()) : undefined;
  };
  const guard = createServer((request, response) => {
    if (userOf(request)) red.httpAdmin(request, response);
    else response.writeHead(401).end();
  });
  guard.on('upgrade', (request, socket, head) => {
    if (userOf(request)) inner.emit('upgrade', request, socket, head);
    else socket.destroy();
  });
  await red.start();
  if (options.editor) await addEditorTexts();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  guard.once('error', reject).listen(0, '127.0.0.1', resolve);
  await promise;
  return {
    port: (guard.address() as AddressInfo).port,
    async apply(flows) {
      await red.runtime.flows.setFlows({ flows: { flows }, deploymentType: 'nodes', user: { username: 'platform' } });
    },
    async close() {
      guard.close();
      guard.closeAllConnections();
      await red.stop();
    },
  };
}
