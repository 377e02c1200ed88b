import { pathToFileURL } from 'node:url';
import type { Plugin } from 'vite';

const CONTRACT = /\/server\/modules\/[^/]+\/contract\.ts$/;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isRoute = (value: unknown): value is { method: string; path: string } =>
  isRecord(value) && typeof value['method'] === 'string' && typeof value['path'] === 'string';

/** What the browser needs of one export: of a route its method and path, never its schemas. */
function slim(value: unknown): unknown {
  if (isRoute(value)) return { method: value.method, path: value.path };
  if (isRecord(value))
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, part]) => isRoute(part))
        .map(([name, part]) => [name, slim(part)]),
    );
  return Array.isArray(value) || typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

/**
 * Contracts are run at build time and only `{ method, path }` of each route reaches the bundle:
 * the types are checked by tsc, so the schema library (tens of kilobytes) need not be sent.
 */
export function contractPlugin(): Plugin {
  return {
    name: 'nuanliu-contracts',
    enforce: 'pre',
    async load(id) {
      const file = id.split('?')[0] ?? id;
      if (!CONTRACT.test(file.replaceAll('\\', '/'))) return null;
      const module: unknown = await import(pathToFileURL(file).href);
      if (!isRecord(module)) return null;
      return Object.entries(module)
        .filter(([name]) => IDENTIFIER.test(name))
        .flatMap(([name, value]) => {
          const data = slim(value);
          return data === undefined
            ? []
            : [name === 'default' ? `export default ${JSON.stringify(data)};` : `export const ${name} = ${JSON.stringify(data)};`];
        })
        .join('\n');
    },
  };
}
