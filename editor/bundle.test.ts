import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
}
const dist = new URL('dist/', import.meta.url);
const manifest = new URL('.vite/manifest.json', dist);
const built = existsSync(manifest);

/** Compressed kilobytes of an entry with everything that it imports statically. */
function weight(chunks: Readonly<Record<string, Chunk>>, entries: readonly string[]): number {
  const files = new Set<string>();
  const visit = (name: string): void => {
    const chunk = chunks[name];
    if (!chunk || files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const entry of entries) visit(entry);
  expect(files.size).toBeGreaterThan(entries.length);
  return [...files]
    .filter((file) => file.endsWith('.js'))
    .reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist))).length / 1024, 0);
}

test.skipIf(!built).each([
  ['overview', ['index.html', 'pages/overview/page.tsx', 'pages/overview/load-chart.tsx']],
  ['tasks', ['index.html', 'pages/tasks/page.tsx']],
])(`first load of %s stays under 250 KB${built ? '' : ' (skipped: needs npm run build:editor)'}`, (_, entries) => {
  const chunks: Readonly<Record<string, Chunk>> = JSON.parse(readFileSync(manifest, 'utf8'));
  expect(weight(chunks, entries)).toBeLessThan(250);
});
