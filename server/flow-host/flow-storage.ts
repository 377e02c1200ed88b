import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Problem } from '#domain/errors.ts';
import { parseFlows, splitFlows, type FlowFault } from '#nodes/flow-file.ts';
import type { Deployments } from '../services.ts';
import type { Store } from '../store/port.ts';

/** What the control channel answers for flows: number of the deployment and each tab with its hash. */
interface StoredFlows {
  readonly n: number;
  readonly flows: readonly { readonly id: string; readonly hash: string; readonly content: unknown }[];
}

export interface FlowStorage {
  load(): Promise<StoredFlows>;
  /** @throws Problem 403 for refused types, 422 for broken configurations. */
  save(nodes: unknown, user: string): Promise<StoredFlows>;
}

/** Flows are artefacts of kind `flow`, one a tab; a deploy of the editor writes revisions of the tabs that differ and moves the pointer once. */
export function flowStorage(deployments: Deployments, check: (flows: unknown) => readonly FlowFault[]): FlowStorage {
  const load = async (): Promise<StoredFlows> => ({
    n: deployments.n,
    flows: deployments.list('flow').map(({ id, hash, content }) => ({ id, hash, content })),
  });
  return {
    load,
    async save(nodes, user) {
      const [first] = check(nodes);
      if (first) throw new Problem(first.code, first.status, `${first.node}: ${first.detail}`, { place: { element: first.node } });
      const parts = splitFlows(parseFlows(nodes));
      const present = new Map(deployments.list('flow').map(({ id, content }) => [id, JSON.stringify(content)]));
      const changed = [...parts]
        .filter(([id, content]) => present.get(id) !== JSON.stringify(content))
        .map(([id, content]) => ({ kind: 'flow', id, content }));
      // A deleted tab stays as an empty revision: its history and the way back are kept.
      const removed = [...present]
        .filter(([id, content]) => !parts.has(id) && content !== '[]')
        .map(([id]) => ({ kind: 'flow', id, content: [] }));
      const artefacts = [...changed, ...removed];
      if (artefacts.length > 0)
        await deployments.deploy({ artefacts, author: user, message: `flow editor: ${artefacts.map(({ id }) => id).join(', ')}` });
      return load();
    },
  };
}

export type DocumentName = 'credentials' | 'settings' | 'library';

/** Other things that Node-RED keeps: one document a runtime and name. */
export interface RuntimeDocuments {
  load(runtime: string, name: DocumentName): Promise<unknown>;
  save(runtime: string, name: DocumentName, value: unknown): Promise<void>;
}

/** AES-256-GCM; the name is bound to it, so that one document cannot be put in another's place. `key` = 32 bytes. */
export function seal(value: unknown, name: string, key: Uint8Array): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name));
  const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
}

/** @throws Problem SEAL_BROKEN if the text was changed, or the key or the name is another. */
export function unseal(text: string, name: string, key: Uint8Array): unknown {
  const bytes = Buffer.from(text, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
      .setAAD(Buffer.from(name))
      .setAuthTag(bytes.subarray(12, 28));
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8'));
  } catch (error) {
    throw new Problem('SEAL_BROKEN', 500, `${name} cannot be decrypted`, { cause: error });
  }
}

const COLLECTION = 'runtimeDocuments';

/** Documents in the store; credentials only encrypted. */
export function runtimeDocuments(store: Store, key: Uint8Array): RuntimeDocuments {
  return {
    async load(runtime, name) {
      const doc = await store.get(COLLECTION, `${runtime}/${name}`);
      const text = doc?.['text'];
      if (typeof text !== 'string') return {};
      return name === 'credentials' ? unseal(text, `${runtime}/${name}`, key) : JSON.parse(text);
    },
    async save(runtime, name, value) {
      const id = `${runtime}/${name}`;
      await store.upsert(COLLECTION, { _id: id, text: name === 'credentials' ? seal(value, id, key) : JSON.stringify(value) });
    },
  };
}
