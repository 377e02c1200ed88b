import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseReplayCase, runReplay, sorted } from '#domain/alarm/case.ts';
import type { Json } from '#domain/alarm/definition.ts';
import { malformed } from '#domain/alarm/read.ts';
import type { EngineSample } from '#domain/alarm/tag-cell.ts';
import { runCases } from './cases.ts';
import type { Output } from './cases.ts';

const HEADER = 'tag,at,value,quality';
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

/** Fields of one line; a field in quotes may hold commas, and "" for a quote. */
function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  const pattern = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/gy;
  while (pattern.lastIndex < line.length || fields.length === 0) {
    const match = pattern.exec(line);
    if (!match) return [];
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[0] === '') break;
  }
  return fields;
}

/** An empty value is none, `true` and `false` are states, a numeral is a number, all else is text. */
function valueOf(text: string): Json {
  if (text === '') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return NUMBER.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** Samples of a CSV file with the header `tag,at,value,quality`. @throws Problem RULE_INVALID with file and line */
export function parseCsv(text: string, file: string): readonly EngineSample[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines[0] !== HEADER) return malformed(`${file}:1`, `must be the header ${HEADER}`);
  while (lines.length > 1 && lines.at(-1) === '') lines.pop();
  const samples = lines.slice(1).map((line, index): EngineSample => {
    const place = `${file}:${index + 2}`;
    const [tag, at, value, quality, ...more] = fieldsOf(line);
    if (tag === undefined || at === undefined || value === undefined || quality === undefined || more.length > 0 || tag === '') {
      return malformed(place, `must have the four fields ${HEADER}`);
    }
    if (!NUMBER.test(at) || !Number.isFinite(Number(at))) return malformed(place, 'at must be a number');
    if (quality !== 'good' && quality !== 'uncertain' && quality !== 'bad')
      return malformed(place, 'quality must be one of good, uncertain, bad');
    return { tag, at: Number(at), value: valueOf(value), quality };
  });
  return sorted(samples, (index) => `${file}:${index + 2}`);
}

function load(casePath: string, file: string): readonly EngineSample[] {
  const path = resolve(dirname(casePath), file);
  try {
    return parseCsv(readFileSync(path, 'utf8'), file);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return malformed('samples', `cannot be read: ${error.message}`);
    throw error;
  }
}

/**
 * `nuanliu replay case.json ...`: one line `{"transitions": [...], "refused": [...]}` a file, in order.
 * Resolves with the exit code: 0, or 2 with one line on `out.error` that names the place of a malformed case.
 */
export const replay = (files: readonly string[], out: Output): Promise<number> =>
  runCases(files, out, (value, path) => runReplay(parseReplayCase(value, (file) => load(path, file))));
