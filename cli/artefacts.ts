import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isProblem } from '#domain/errors.ts';
import { hostClock } from '#server/ambient.ts';
import { openStore } from '#server/assembly/store.ts';
import { resolveSettings } from '#server/config.ts';
import { verifyArtefacts } from '#server/modules/changes/verify.ts';
import type { Store } from '#server/store/port.ts';
import type { Output } from './cases.ts';

const EXTENSION = { json: 'json', text: 'bpmn' } as const;

async function withStore(
  args: readonly string[],
  out: Output,
  run: (store: Store, positionals: readonly string[]) => Promise<number>,
): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { data: { type: 'string', default: './data' } },
    });
    const dir = join(values.data, 'store');
    // The documents are where the server has them.
    const settings = resolveSettings({ dataDir: values.data }, { env: process.env });
    if (settings.store.kind === 'embedded' && !existsSync(join(dir, 'docs.db'))) {
      out.error(`${dir}: there is no store; --data names the folder, NUANLIU_MONGO_URL a server`);
      return 2;
    }
    await using store = await openStore({ store: settings.store, dataDir: values.data }, hostClock);
    return await run(store, positionals);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    out.error(`${isProblem(error) ? `${error.code}: ` : ''}${error.message}`);
    return 2;
  }
}

/** `nuanliu artefacts verify`: exit code 0 = everything agrees, 1 = the differences are listed, 2 = it could not be checked. */
export const artefactsVerify = (args: readonly string[], out: Output): Promise<number> =>
  withStore(args, out, async (store) => {
    const { n, revisions, deployed, faults } = await verifyArtefacts(store);
    for (const fault of faults) out.line(fault);
    out.line(`deployment ${n}: ${revisions} revisions, ${deployed.length} deployed, ${faults.length} differences`);
    return faults.length === 0 ? 0 : 1;
  });

/** `nuanliu artefacts export DIR`: one file an artefact, `kind/id.json` or `.bpmn`, JSON indented by two. */
export const artefactsExport = (args: readonly string[], out: Output): Promise<number> =>
  withStore(args, out, async (store, [folder]) => {
    if (folder === undefined) {
      out.error('artefacts export: a folder is needed');
      return 2;
    }
    const { deployed } = await verifyArtefacts(store);
    for (const { kind, id, format, text } of deployed) {
      const file = resolve(folder, kind, `${id}.${EXTENSION[format]}`);
      // An id is a readable path; one with `..` in it must not leave the folder.
      if (relative(resolve(folder), file).startsWith('..')) throw new Error(`${kind}/${id} would be written outside ${folder}`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, format === 'json' ? `${JSON.stringify(JSON.parse(text), null, 2)}\n` : text);
    }
    out.line(`${deployed.length} files in ${folder}`);
    return 0;
  });
