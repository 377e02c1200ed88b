import { createWriteStream } from 'node:fs';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Value } from 'typebox/value';
import { contract, workView, type WorkView } from '#contract/trends';
import type { Output } from './cases.ts';
import { ask, rangeOf, Refused, type Platform } from './history-call.ts';
import type { Options } from './history.ts';

/** How often the progress is asked for, ms. */
const ASK_EVERY = 500;
const FORMATS = ['csv', 'xlsx', 'parquet'];

const numberOf = (text: string | undefined, name: string): Readonly<Record<string, number>> => {
  if (text === undefined) return {};
  if (text.trim() === '' || !Number.isFinite(Number(text))) throw new Refused(`--${name} ${text} is no number`);
  return { [name]: Number(text) };
};

async function ended(platform: Platform, started: WorkView, out: Output): Promise<WorkView> {
  let work = started;
  let told = -1;
  while (work.ended === undefined) {
    await wait(ASK_EVERY);
    work = Value.Parse(workView, await (await ask(platform, contract.work.path.replace(':id', started.id))).json());
    const percent = Math.floor(work.progress * 100);
    if (percent !== told) out.error(`${percent} %`);
    told = percent;
  }
  return work;
}

/** Starts an export, follows it and fetches the file. An interruption (Ctrl C) cancels it at the platform. */
export async function exportTo(tags: readonly string[], options: Options, platform: Platform, now: number, out: Output): Promise<void> {
  const { out: file, every, aggregate, exchanges, zone } = options;
  if (file === undefined) throw new Refused('history export: --out FILE is needed');
  const format = options.format ?? extname(file).slice(1);
  if (!FORMATS.includes(format)) throw new Refused(`history export: --format is one of ${FORMATS.join(', ')}`);
  const body = {
    tags,
    ...rangeOf(options, now),
    format,
    ...(every === undefined ? {} : { every }),
    ...(aggregate === undefined ? {} : { aggregate }),
    ...(exchanges === undefined ? {} : { exchanges }),
    ...(zone === undefined ? {} : { zone }),
    ...numberOf(options.limit, 'limit'),
    ...numberOf(options.rollover, 'rollover'),
  };
  const answer = await ask(platform, contract.exportHistory.path, { method: 'POST', body: JSON.stringify(body) });
  const started = Value.Parse(workView, await answer.json());
  const cancel = (): void => {
    void ask(platform, contract.cancelWork.path.replace(':id', started.id), { method: 'DELETE' }).finally(() => process.exit(130));
  };
  process.once('SIGINT', cancel);
  try {
    const work = await ended(platform, started, out);
    if (work.result === undefined) throw new Refused(`the export ended as ${work.state}${work.code === undefined ? '' : `: ${work.code}`}`);
    const response = await ask(platform, work.result);
    await pipeline(response.body ?? [], createWriteStream(file));
    out.line(`${file}: ${work.size ?? 0} bytes`);
  } finally {
    process.off('SIGINT', cancel);
  }
}
