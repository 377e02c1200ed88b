import { parseArgs } from 'node:util';
import { restoreBackup } from '#server/store/backup/restore.ts';
import { guarded, mib, secretKeyOf } from './backup.ts';
import type { Output } from './cases.ts';

/** `nuanliu restore FILE --key FILE --data DIR`: into an empty folder only; nothing is there before everything was checked. */
export const restore = (args: readonly string[], out: Output): Promise<number> =>
  guarded(out, async () => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { key: { type: 'string' }, data: { type: 'string' } },
    });
    const [file] = positionals;
    if (file === undefined || values.data === undefined) throw new Error('restore: a file and --data DIR are needed');
    const { at, files, bytes, auditEntries } = await restoreBackup(file, await secretKeyOf(values.key), values.data);
    const audit = auditEntries === undefined ? '' : `; audit chain holds, ${auditEntries} entries`;
    out.line(`${values.data}: as of ${at}, ${files} files, ${mib(bytes)}${audit}`);
    return 0;
  });
