import { readFile } from 'node:fs/promises';
import { isProblem } from '#domain/errors.ts';

/** Where a command writes: lines of results and lines of errors, without the line end. */
export interface Output {
  line(text: string): void;
  error(text: string): void;
}

/** Runs each case file and prints its result as one line of JSON; stops at the first malformed one with exit code 2. */
export async function runCases(files: readonly string[], out: Output, run: (value: unknown, file: string) => unknown): Promise<number> {
  if (files.length === 0) {
    out.error('no case file given');
    return 2;
  }
  for (const file of files) {
    const result = await runCase(file, run);
    if (result.error !== undefined) {
      out.error(`${result.error} (${file})`.replaceAll(/[\r\n]+/g, ' '));
      return 2;
    }
    out.line(JSON.stringify(result.value));
  }
  return 0;
}

async function runCase(
  file: string,
  run: (value: unknown, file: string) => unknown,
): Promise<{ readonly value?: unknown; readonly error?: string }> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { error: error instanceof SyntaxError ? `is not JSON: ${detail}` : `cannot be read: ${detail}` };
  }
  try {
    return { value: run(value, file) };
  } catch (error) {
    if (!isProblem(error) || error.code !== 'RULE_INVALID') throw error;
    const path = error.place?.path ?? '';
    return { error: `${path === '' ? 'case' : path}: ${error.message}` };
  }
}
