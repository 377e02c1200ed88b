import { parseArgs } from 'node:util';
import { isProblem } from '#domain/errors.ts';
import { verifyAudit } from '#server/store/audit/verify.ts';

export const AUDIT_HELP = `nuanliu audit verify [--data <folder>]

Checks the hash chain of the audit log on its files; the server may run or not.
Exit code: 0 the chain holds, 1 it does not (the first bad entry is named), 2 it could not be checked.

  npm run nuanliu -- audit verify
  npm run nuanliu -- audit verify --data /srv/nuanliu/data
`;

/** `args` after `audit verify`; `out` takes one line. The result is the exit code. */
export async function auditVerify(args: readonly string[], out: (line: string) => void, dataDir = './data'): Promise<number> {
  try {
    const { values } = parseArgs({ args: [...args], options: { data: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
    if (values.help) {
      out(AUDIT_HELP);
      return 0;
    }
    const verdict = await verifyAudit(values.data ?? dataDir);
    if (verdict.firstBad) {
      out(
        `审计链不完整 / audit chain broken: first bad entry ${verdict.firstBad.seq}: ${verdict.firstBad.why} (${verdict.entries} good before it)`,
      );
      return 1;
    }
    out(`审计链完整 / audit chain holds: ${verdict.entries} entries`);
    return 0;
  } catch (error) {
    out(`${isProblem(error) ? `${error.code}: ` : ''}${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}
