import { chainHash, GENESIS, HASH_LENGTH, readHead, readTip, type Head } from './chain.ts';
import { headsPath, linesForward, monthPath, months, readIfThere, tipPath } from './files.ts';
import { readKeys, type AuditKeys } from './keys.ts';

export interface AuditVerdict {
  readonly ok: boolean;
  /** Entries that hold together, from the first on. */
  readonly entries: number;
  readonly firstBad?: { readonly seq: number; readonly why: string };
}

class Walk {
  seq = 0;
  bad: AuditVerdict['firstBad'];
  #hash: Buffer = GENESIS;
  readonly #keys: AuditKeys;
  readonly #heads: ReadonlyMap<number, Head>;
  readonly #tip: { readonly seq: number; readonly hash: string } | undefined;

  constructor(keys: AuditKeys, heads: ReadonlyMap<number, Head>, tip: { readonly seq: number; readonly hash: string } | undefined) {
    this.#keys = keys;
    this.#heads = heads;
    this.#tip = tip;
  }

  /** True as long as the chain holds. */
  take(line: Buffer): boolean {
    const expected = this.seq + 1;
    const record = line.subarray(HASH_LENGTH + 1);
    const hash = chainHash(this.#keys.chain, this.#hash, record);
    const stored = hash.toString('base64url');
    if (line[HASH_LENGTH] !== 32 || line.subarray(0, HASH_LENGTH).toString('latin1') !== stored)
      return this.fail(expected, whyBroken(record, expected));
    const head = this.#heads.get(expected);
    if (head && head.hash !== stored) return this.fail(expected, 'the chain differs from its signed head');
    if (this.#tip?.seq === expected && this.#tip.hash !== stored) return this.fail(expected, 'the chain differs from its end record');
    this.seq = expected;
    this.#hash = hash;
    return true;
  }

  fail(seq: number, why: string): boolean {
    this.bad = { seq, why };
    return false;
  }
}

function seqOf(record: Buffer): number | undefined {
  const found = /"seq":(\d+)/.exec(record.toString('utf8'));
  return found ? Number(found[1]) : undefined;
}

function whyBroken(record: Buffer, expected: number): string {
  const seq = seqOf(record);
  return seq === undefined || seq === expected
    ? 'the stored entry does not match its hash'
    : `entry ${expected} is missing or moved: entry ${seq} stands in its place`;
}

/**
 * Checks the chain of a data folder on its files alone; nothing needs to run.
 * @throws Problem AUDIT_KEY if the keys are missing.
 */
export async function verifyAudit(dir: string): Promise<AuditVerdict> {
  const keys = await readKeys(dir);
  const heads = new Map<number, Head>();
  let badHead = false;
  for (const line of (await readIfThere(headsPath(dir))).split('\n')) {
    if (line === '') continue;
    const head = readHead(keys.verify, line);
    if (head) heads.set(head.seq, head);
    else badHead = true;
  }
  const tip = readTip(keys.chain, await readIfThere(tipPath(dir)));
  const walk = new Walk(keys, heads, tip);
  for (const month of await months(dir)) {
    // A tail without its line end was never acknowledged; what is missing of it is told by the end record.
    for await (const line of linesForward(monthPath(dir, month))) if (line.whole && !walk.take(line.bytes)) return verdict(walk);
  }
  const signed = Math.max(0, ...heads.keys());
  const end = Math.max(signed, tip?.seq ?? 0);
  if (end > walk.seq) walk.fail(walk.seq + 1, `missing: the log reached entry ${end}, it now ends at ${walk.seq}`);
  else if (!tip) walk.fail(walk.seq + 1, 'the end record is missing or altered: entries after this may have been removed');
  else if (badHead) walk.fail(walk.seq + 1, 'a signed head was altered');
  return verdict(walk);
}

const verdict = (walk: Walk): AuditVerdict => ({
  ok: walk.bad === undefined,
  entries: walk.seq,
  ...(walk.bad ? { firstBad: walk.bad } : {}),
});
