import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `audit/2026-11.log`: one file a month, one entry a line. */
export const auditDir = (dir: string): string => join(dir, 'audit');
export const tipPath = (dir: string): string => join(auditDir(dir), 'tip');
export const headsPath = (dir: string): string => join(auditDir(dir), 'heads.log');
export const monthPath = (dir: string, month: string): string => join(auditDir(dir), `${month}.log`);

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

export async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/** Months with a file, oldest first. */
export async function months(dir: string): Promise<string[]> {
  try {
    return (await readdir(auditDir(dir)))
      .filter((name) => /^\d{4}-\d{2}\.log$/.test(name))
      .map((name) => name.slice(0, 7))
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

export interface Line {
  readonly bytes: Buffer;
  /** Has its line end: a line without one was never acknowledged. */
  readonly whole: boolean;
}

const CHUNK = 256 * 1024;

/** Lines of a file, first to last. */
export async function* linesForward(path: string): AsyncGenerator<Line, void, void> {
  const file = await open(path, 'r');
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, null);
      if (bytesRead === 0) break;
      rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      let end = rest.indexOf(10);
      while (end >= 0) {
        yield { bytes: rest.subarray(0, end), whole: true };
        rest = rest.subarray(end + 1);
        end = rest.indexOf(10);
      }
    }
    if (rest.length > 0) yield { bytes: rest, whole: false };
  } finally {
    await file.close();
  }
}

/** Whole lines of a file, last to first; a tail without its line end is left out. */
export async function* linesBackward(path: string): AsyncGenerator<Buffer, void, void> {
  const file = await open(path, 'r');
  try {
    let at = (await file.stat()).size;
    let rest: Buffer = Buffer.alloc(0);
    let tail = true;
    while (at > 0) {
      const length = Math.min(CHUNK, at);
      at -= length;
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, at);
      rest = Buffer.concat([buffer, rest]);
      let end = rest.lastIndexOf(10);
      while (end >= 0) {
        if (!tail) yield rest.subarray(end + 1);
        tail = false;
        rest = rest.subarray(0, end);
        end = rest.lastIndexOf(10);
      }
    }
    if (!tail && rest.length > 0) yield rest;
  } finally {
    await file.close();
  }
}
