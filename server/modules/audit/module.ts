import { contract, AUDIT_FIELDS, type AuditView } from '#contract/audit';
import { Problem } from '#domain/errors.ts';
import { matchesFilter, parseFilter } from '#domain/filter.ts';
import { defineModule } from '../../define-module.ts';
import type { AuditEntry } from '../../services.ts';

interface StoredEntry extends AuditEntry {
  readonly seq: number;
  readonly at: string;
}

/** What the module reads of the log: the newest entries, and whether the chain holds. */
export interface AuditReader {
  newest(options: {
    readonly before?: number;
    readonly limit: number;
    readonly test?: (entry: StoredEntry) => boolean;
  }): Promise<readonly StoredEntry[]>;
  verify(): Promise<{ readonly ok: boolean; readonly entries: number; readonly firstBad?: { readonly seq: number; readonly why: string } }>;
}

const view = (entry: StoredEntry): AuditView => ({ ...entry, roles: [...entry.roles] });

/** A field as the filter compares it. */
const field = (entry: StoredEntry, name: string): unknown =>
  name === 'at' ? Date.parse(entry.at) : Object.entries(entry).find(([key]) => key === name)?.[1];

function cursor(after: string | undefined): number | undefined {
  if (after === undefined) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(after))
    throw new Problem('LIST_CURSOR', 400, `"${after}" is not a cursor of this list`, { place: { path: 'after' } });
  return Number(after);
}

/** 审计: reading of the log. That it was read is itself an entry (security.md 1.3). */
export const auditModule = defineModule<typeof contract, { readonly auditLog: AuditReader }>({
  name: 'audit',
  contract,
  // oxlint-disable-next-line typescript/require-await -- the shape of a module
  async start({ audit, auditLog }) {
    const seen = (
      caller: {
        readonly id: string;
        readonly name: string;
        readonly roles: readonly string[];
        readonly session?: string;
        readonly ip?: string;
      },
      action: string,
      requestId: string,
      after: unknown,
    ) =>
      audit.append({
        actor: caller.id,
        actorName: caller.name,
        roles: caller.roles,
        event: 'audit',
        object: 'audit',
        action,
        result: 'done',
        after,
        requestId,
        ...(caller.session ? { session: caller.session } : {}),
        ...(caller.ip ? { ip: caller.ip } : {}),
      });
    return {
      handlers: {
        async list({ query, caller, requestId }) {
          const clauses = parseFilter(query.filter ?? '', AUDIT_FIELDS);
          const limit = query.limit ?? 100;
          const before = cursor(query.after);
          const found = await auditLog.newest({
            limit: limit + 1,
            test: (entry) => matchesFilter(clauses, (name) => field(entry, name)),
            ...(before === undefined ? {} : { before }),
          });
          const items = found.slice(0, limit).map(view);
          // Only the first page: following a cursor is the same reading.
          if (before === undefined) await seen(caller, 'read', requestId, { filter: query.filter ?? '' });
          const last = items.at(-1);
          return { items, ...(found.length > limit && last ? { next: String(last.seq) } : {}) };
        },
        async verify({ caller, requestId }) {
          const { ok, entries, firstBad } = await auditLog.verify();
          await seen(caller, 'verify', requestId, { ok, entries });
          return { ok, entries, ...(firstBad ? { firstBad: { ...firstBad } } : {}) };
        },
      },
    };
  },
});
