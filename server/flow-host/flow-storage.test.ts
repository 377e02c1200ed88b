import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Deployments } from '../services.ts';
import { flowStorage, seal, unseal } from './flow-storage.ts';

describe('seal', () => {
  const key = randomBytes(32);
  const secret = { 'meters-broker': { user: 'u', password: 'canary-password' } };

  it('gives back what it took and shows nothing of it', () => {
    const text = seal(secret, 'local/credentials', key);
    expect(unseal(text, 'local/credentials', key)).toEqual(secret);
    expect(Buffer.from(text, 'base64').toString('latin1')).not.toContain('canary');
    expect(seal(secret, 'local/credentials', key)).not.toBe(text);
  });

  it('breaks at one changed bit, another key and another name', () => {
    const text = seal(secret, 'local/credentials', key);
    const bytes = Buffer.from(text, 'base64');
    for (const at of [0, 15, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => unseal(changed.toString('base64'), 'local/credentials', key)).toThrow(/cannot be decrypted/);
    }
    expect(() => unseal(text, 'local/credentials', randomBytes(32))).toThrow(/cannot be decrypted/);
    expect(() => unseal(text, 'other/credentials', key)).toThrow(/cannot be decrypted/);
  });
});

describe('flowStorage', () => {
  const flow = (id: string, name = ''): object[] => [
    { id, type: 'tab' },
    { id: `${id}-n`, type: 'comment', z: id, name },
  ];

  it('deploys only tabs that differ, keeps a deleted tab as an empty revision, moves the pointer once', async () => {
    const calls: unknown[] = [];
    const contents = new Map<string, unknown>([
      ['a', flow('a')],
      ['b', flow('b')],
      ['gone', []],
    ]);
    const deployments: Deployments = {
      n: 7,
      deployed: () => undefined,
      follow: async () => undefined,
      list: () => [...contents].map(([id, content]) => ({ id, hash: 'h', content })),
      async deploy(change) {
        calls.push(change);
        return { n: 8 };
      },
    };
    const storage = flowStorage(deployments, () => []);
    await storage.save([...flow('a', 'new'), ...flow('c')], 'li');
    expect(calls).toEqual([
      {
        author: 'li',
        message: 'flow editor: a, c, b',
        artefacts: [
          { kind: 'flow', id: 'a', content: flow('a', 'new') },
          { kind: 'flow', id: 'c', content: flow('c') },
          { kind: 'flow', id: 'b', content: [] },
        ],
      },
    ]);
    await storage.save([...flow('a'), ...flow('b')], 'li');
    expect(calls).toHaveLength(1);
  });

  it('refuses what must not run, whoever asks', async () => {
    const storage = flowStorage(
      { n: 1, deployed: () => undefined, list: () => [], follow: async () => undefined, deploy: async () => ({ n: 2 }) },
      () => [{ status: 403, code: 'FLOW_TYPE_REFUSED', node: 'x', detail: 'type exec' }],
    );
    await expect(storage.save([], 'li')).rejects.toMatchObject({ status: 403, code: 'FLOW_TYPE_REFUSED', place: { element: 'x' } });
  });
});
