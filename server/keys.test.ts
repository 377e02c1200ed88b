import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureSecret } from './keys.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nuanliu-keys-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('makes a secret once, readable by its owner only, and leaves nothing else behind', () => {
  const secret = ensureSecret(folder, 'broker');
  expect(Buffer.from(secret, 'base64url').length).toBe(32);
  expect(ensureSecret(folder, 'broker')).toBe(secret);
  expect(ensureSecret(folder, 'other')).not.toBe(secret);
  expect(readdirSync(join(folder, 'keys')).toSorted()).toEqual(['broker', 'other']);
  expect(statSync(join(folder, 'keys/broker')).mode & 0o777).toBe(0o600);
});

it('refuses a file without a secret: an empty password would let everybody in', () => {
  ensureSecret(folder, 'broker');
  writeFileSync(join(folder, 'keys/broker'), '');
  expect(() => ensureSecret(folder, 'broker')).toThrow('keys/broker is damaged');
});
