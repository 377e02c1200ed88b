import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../services.ts';
import { canonicalJson, visible } from './canonical.ts';
import { openAudit, type AuditLog } from './log.ts';
import { verifyAudit } from './verify.ts';

const clock = { now: () => Date.UTC(2026, 10, 21, 12), monotonic: () => 0 };
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const entry = (n: number): AuditEntry => ({
  actor: 'dispatcher',
  actorName: '调度员',
  roles: ['dispatcher'],
  event: 'command',
  object: `T${n}`,
  action: 'submit',
  result: 'done',
  after: { value: n },
});

describe('audit log', () => {
  let dir: string;
  let audit: AuditLog;
  const file = (): string => join(dir, 'audit', '2026-11.log');
  const lines = async (): Promise<string[]> => (await readFile(file(), 'utf8')).split('\n').slice(0, -1);
  const rewrite = (all: readonly string[]): Promise<void> => writeFile(file(), all.map((l) => `${l}\n`).join(''));

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nuanliu-audit-'));
    audit = await openAudit({ dir, clock, log: quiet });
    await Promise.all(Array.from({ length: 10 }, (_, n) => audit.append(entry(n + 1))));
  });
  afterEach(async () => {
    await audit[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });

  it('verifies while it runs, after it was closed and over a second start', async () => {
    expect(await Promise.all([audit.append(entry(11)), audit.append(entry(12))])).toEqual([11, 12]);
    expect(await audit.verify()).toEqual({ ok: true, entries: 12 });
    await audit[Symbol.asyncDispose]();
    audit = await openAudit({ dir, clock, log: quiet });
    expect(await audit.append(entry(13))).toBe(13);
    expect(await audit.verify()).toEqual({ ok: true, entries: 13 });
    expect((await stat(join(dir, 'keys', 'audit.key'))).mode & 0o777).toBe(0o600);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it('goes on in the file of the next month', async () => {
    await audit[Symbol.asyncDispose]();
    audit = await openAudit({ dir, clock: { ...clock, now: () => Date.UTC(2026, 11, 1) }, log: quiet });
    await audit.append(entry(11));
    expect(await audit.verify()).toEqual({ ok: true, entries: 11 });
    expect((await audit.newest({ limit: 3 })).map((r) => r.seq)).toEqual([11, 10, 9]);
    expect((await audit.newest({ limit: 3, before: 9, test: (r) => r.seq % 2 === 0 })).map((r) => r.seq)).toEqual([8, 6, 4]);
  });

  it('names the first bad entry after an edit, a deletion, a swap and a cut tail', async () => {
    await audit[Symbol.asyncDispose]();
    const good = await lines();
    await rewrite(good.map((l, i) => (i === 3 ? l.replace('"value":4', '"value":5') : l)));
    expect(await verifyAudit(dir)).toMatchObject({ ok: false, entries: 3, firstBad: { seq: 4 } });
    await rewrite(good.filter((_, i) => i !== 5));
    expect(await verifyAudit(dir)).toMatchObject({
      ok: false,
      firstBad: { seq: 6, why: expect.stringContaining('entry 7 stands in its place') },
    });
    await rewrite(good.map((l, i) => (i === 1 ? (good[2] ?? '') : i === 2 ? (good[1] ?? '') : l)));
    expect(await verifyAudit(dir)).toMatchObject({ ok: false, firstBad: { seq: 2 } });
    for (const keep of [9, 5, 0]) {
      await rewrite(good.slice(0, keep));
      expect(await verifyAudit(dir)).toMatchObject({
        ok: false,
        entries: keep,
        firstBad: { seq: keep + 1, why: expect.stringContaining('missing') },
      });
    }
    await rewrite([...good, good[9] ?? '']);
    expect(await verifyAudit(dir)).toMatchObject({ ok: false, firstBad: { seq: 11 } });
    await rewrite(good);
    expect(await verifyAudit(dir)).toEqual({ ok: true, entries: 10 });
  });

  it('names a single changed byte, wherever it is', async () => {
    await audit[Symbol.asyncDispose]();
    const bytes = await readFile(file());
    const lineAt = (offset: number): number => bytes.subarray(0, offset).filter((b) => b === 10).length + 1;
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (offset, flip) => {
        const changed = Buffer.from(bytes);
        changed[offset] = (changed[offset] ?? 0) ^ flip;
        await writeFile(file(), changed);
        expect(await verifyAudit(dir)).toMatchObject({ ok: false, firstBad: { seq: lineAt(offset) } });
      }),
      { numRuns: 200 },
    );
    await writeFile(file(), bytes);
  });

  it('sees a cut tail although the log was never closed, and keeps it visible after a restart', async () => {
    await audit.verify();
    const good = await lines();
    await rewrite(good.slice(0, 8));
    expect(await verifyAudit(dir)).toMatchObject({ ok: false, firstBad: { seq: 9 } });
    const second = await openAudit({ dir, clock, log: quiet });
    expect(await second.append(entry(11))).toBe(11);
    await second[Symbol.asyncDispose]();
    expect(await verifyAudit(dir)).toMatchObject({ ok: false, entries: 8, firstBad: { seq: 9 } });
  });

  it('sees an altered end record and an altered signed head', async () => {
    await audit[Symbol.asyncDispose]();
    const heads = join(dir, 'audit', 'heads.log');
    const text = await readFile(heads, 'utf8');
    await writeFile(heads, text.replace('"seq":10', '"seq":9'));
    expect(await verifyAudit(dir)).toMatchObject({ ok: false, firstBad: { why: 'a signed head was altered' } });
    await writeFile(heads, text);
    await writeFile(join(dir, 'audit', 'tip'), '');
    expect(await verifyAudit(dir)).toMatchObject({ ok: false, firstBad: { seq: 11 } });
  });

  it('drops a torn last line that was never acknowledged', async () => {
    await audit[Symbol.asyncDispose]();
    await writeFile(file(), `${await readFile(file(), 'utf8')}AAAA {"actor":"x`);
    audit = await openAudit({ dir, clock, log: quiet });
    expect(await audit.append(entry(11))).toBe(11);
    expect(await audit.verify()).toEqual({ ok: true, entries: 11 });
    await truncate(file(), 0);
    expect(await verifyAudit(dir)).toMatchObject({ ok: false, firstBad: { seq: 1 } });
  });

  it('writes control and direction characters out', async () => {
    await audit.append({ ...entry(11), reason: 'a\r\n2026 forged\u001B[31m \u202Etxt', before: { 'k\n': 'v\u2028' } });
    const last = (await lines()).at(-1) ?? '';
    expect(last).toContain(String.raw`a\\u000d\\u000a2026 forged\\u001b[31m \\u202etxt`);
    expect(await audit.verify()).toEqual({ ok: true, entries: 11 });
  });

  it('keeps the size and digest of a value that is too long', async () => {
    await audit.append({ ...entry(11), after: 'x'.repeat(70_000) });
    const [record] = await audit.newest({ limit: 1 });
    expect(record?.after).toMatchObject({ omitted: 70_002, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('refuses entries that the disk does not take', async ({ skip }) => {
    skip(!existsSync('/dev/full'), 'needs /dev/full');
    const full = await mkdtemp(join(tmpdir(), 'nuanliu-audit-full-'));
    await mkdir(join(full, 'audit'));
    await symlink('/dev/full', join(full, 'audit', '2026-11.log'));
    await using other = await openAudit({ dir: full, clock, log: quiet });
    await expect(other.append(entry(1))).rejects.toMatchObject({ code: 'AUDIT_FAILED', status: 503 });
    await expect(other.append(entry(2))).rejects.toMatchObject({ code: 'AUDIT_FAILED' });
    await rm(full, { recursive: true });
  });

  it('refuses entries after it was closed', async () => {
    await audit[Symbol.asyncDispose]();
    await expect(audit.append(entry(11))).rejects.toMatchObject({ code: 'AUDIT_CLOSED' });
    audit = await openAudit({ dir, clock, log: quiet });
  });
});

describe('canonical JSON', () => {
  it('sorts members by UTF-16 units and writes numbers as ECMAScript does (RFC 8785 3.2)', () => {
    expect(canonicalJson({ '\u20ac': 1, a: [56, 1e30, 4.5, 2e-3, -0], '\u{1F600}': null, '\uFB33': true })).toBe(
      '{"a":[56,1e+30,4.5,0.002,0],"€":1,"\u{1F600}":null,"\uFB33":true}',
    );
  });
  it('does not depend on the order of members and leaves no control character', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
        const shuffled = Object.fromEntries(Object.entries(record).toReversed());
        const text = canonicalJson(record);
        expect(canonicalJson(shuffled)).toBe(text);
        expect(visible(text)).toBe(text);
        expect(() => JSON.parse(text)).not.toThrow();
      }),
    );
  });
});
