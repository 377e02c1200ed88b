import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { Value } from 'typebox/value';
import { asOfView, contract } from '#contract/trends';
import { zoneOf } from '#domain/history/zone.ts';
import { textCell, valueCell, zoneClock } from '#server/modules/trends/csv.ts';
import type { Output } from './cases.ts';
import { exportTo } from './history-export.ts';
import { ask, platformOf, rangeOf, Refused, type HistoryEnv, type Platform } from './history-call.ts';

const string = { type: 'string' } as const;
const OPTIONS = {
  from: string,
  to: string,
  last: string,
  at: string,
  every: string,
  aggregate: string,
  limit: string,
  rollover: string,
  exchanges: string,
  points: string,
  zone: string,
  format: string,
  out: string,
  url: string,
} as const;
export type Options = Readonly<Partial<Record<keyof typeof OPTIONS, string>>>;

export type HistoryCommand = 'raw' | 'aggregate' | 'asof' | 'export';

/** Options that each subcommand takes besides `zone`, `format` and `url`. */
const TAKES: Readonly<Record<HistoryCommand, readonly (keyof typeof OPTIONS)[]>> = {
  raw: ['from', 'to', 'last', 'points'],
  aggregate: ['from', 'to', 'last', 'every', 'aggregate', 'limit', 'rollover', 'exchanges'],
  asof: ['at'],
  export: ['from', 'to', 'last', 'every', 'aggregate', 'limit', 'rollover', 'exchanges', 'out'],
};

function read(name: HistoryCommand, args: readonly string[]): { readonly tags: readonly string[]; readonly options: Options } {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  if (positionals.length === 0) throw new Refused(`history ${name}: at least one tag is needed`);
  const allowed = new Set<string>([...TAKES[name], 'zone', 'format', 'url']);
  const foreign = Object.keys(values).find((option) => !allowed.has(option));
  if (foreign !== undefined) throw new Refused(`history ${name}: takes no --${foreign}`);
  return { tags: positionals, options: values };
}

function formatOf(options: Options): 'csv' | 'json' {
  const { format = 'csv' } = options;
  if (format !== 'csv' && format !== 'json') throw new Refused(`--format ${format}: there are csv and json`);
  return format;
}

const address = (path: string, query: Readonly<Record<string, string | undefined>>): string =>
  `${path}?${new URLSearchParams(Object.entries(query).flatMap(([key, value]): [string, string][] => (value === undefined ? [] : [[key, value]]))).toString()}`;

/** The answer as it comes, never held whole. */
async function copy(response: Response, to: Writable): Promise<void> {
  for await (const piece of response.body ?? []) if (!to.write(piece)) await once(to, 'drain');
}

async function series(
  name: 'raw' | 'aggregate',
  tags: string,
  options: Options,
  platform: Platform,
  now: number,
  to: Writable,
): Promise<void> {
  if (name === 'aggregate' && options.every === undefined)
    throw new Refused('history aggregate: --every is needed: 1m, 5m, 10m, 15m, 30m, 1h, 2h, 6h, 1d, 1w, 1mo, 1y or season');
  const { every, aggregate, limit, rollover, exchanges, points, zone } = options;
  const query = { tags, ...rangeOf(options, now), every, aggregate, limit, rollover, exchanges, points, zone, format: formatOf(options) };
  await copy(await ask(platform, address(contract.history.path, query)), to);
  if (query.format === 'json') to.write('\n');
}

async function asOf(tags: string, options: Options, platform: Platform, out: Output): Promise<void> {
  const format = formatOf(options);
  const answer: unknown = await (await ask(platform, address(contract.asof.path, { tags, at: options.at }))).json();
  if (format === 'json') {
    out.line(JSON.stringify(answer));
    return;
  }
  const zone = zoneOf(options.zone ?? 'Asia/Shanghai');
  if (!zone) throw new Refused(`there is no time zone "${options.zone ?? ''}"`);
  const clock = zoneClock(zone);
  const { items } = Value.Parse(asOfView, answer);
  out.line(`tag,unit,${textCell(`time (${zone.name})`)},value,quality`);
  for (const { tag, unit, sample } of items)
    out.line(
      [textCell(tag), textCell(unit), ...(sample ? [clock(sample.at), valueCell(sample.value), sample.quality] : ['', '', ''])].join(','),
    );
}

/** `nuanliu history raw|aggregate|asof|export TAG ...`: over the HTTP API with a service token. Resolves with 0, or 2 with one line. */
export async function history(
  name: HistoryCommand,
  args: readonly string[],
  out: Output & { readonly stream: Writable },
  { env, now }: HistoryEnv,
): Promise<number> {
  try {
    const { tags, options } = read(name, args);
    const platform = platformOf(options.url, env);
    if (name === 'asof') await asOf(tags.join(','), options, platform, out);
    else if (name === 'export') await exportTo(tags, options, platform, now, out);
    else await series(name, tags.join(','), options, platform, now, out.stream);
    return 0;
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof TypeError)) throw error;
    out.error(error.message);
    return 2;
  }
}
