import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const root = join(import.meta.dirname, '..');
const FOLDERS = ['cli', 'domain', 'editor', 'ledgers', 'nodes', 'plants', 'reports', 'rules', 'server', 'simulator', 'test', 'workflows'];

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** `node:fs`, an npm package's name, or a path from the root of the repository. */
  readonly target: string;
  readonly kind: 'node' | 'npm' | 'own';
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const IMPORT =
  /(?:^|\n)\s*(import|export)(\s+type)?\s[^'";]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

const ALIASES: Readonly<Record<string, string>> = {
  '#domain': 'domain',
  '#plants': 'plants',
  '#nodes': 'nodes',
  '#rules': 'rules',
  '#workflows': 'workflows',
  '#server': 'server',
  '#simulator': 'simulator',
  '#reports': 'reports',
  '#ledgers': 'ledgers',
};

function targetOf(specifier: string, from: string): Pick<Import, 'target' | 'kind'> {
  if (specifier.startsWith('node:')) return { target: specifier, kind: 'node' };
  if (specifier.startsWith('.')) return { target: posix.normalize(posix.join(posix.dirname(from), specifier)), kind: 'own' };
  const [first = '', ...rest] = specifier.split('/');
  if (first === '#contract') return { target: `server/modules/${rest.join('/')}/contract.ts`, kind: 'own' };
  const folder = ALIASES[first];
  if (folder !== undefined) return { target: `${folder}/${rest.join('/')}`, kind: 'own' };
  return { target: first.startsWith('@') ? `${first}/${rest[0] ?? ''}` : first, kind: 'npm' };
}

function importsOf(text: string, path: string): Import[] {
  return [...text.matchAll(IMPORT)].map((match) => {
    const specifier = match[3] ?? match[4] ?? match[5] ?? '';
    return { specifier, typeOnly: match[2] !== undefined, ...targetOf(specifier, path) };
  });
}

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ['node_modules', 'dist', 'fixtures'].includes(entry.name) ? [] : walk(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Every file of the source folders, from the root. */
export const allFiles: readonly string[] = FOLDERS.flatMap(walk);

/** All TypeScript of the repository. */
export const sources: readonly SourceFile[] = ['settings.ts', ...allFiles.filter((path) => /\.tsx?$/.test(path))].map((path) => {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, text, imports: importsOf(text, path) };
});

/** Tests, the suites of ports, and the kits that tests start things with. */
export const isTest = (path: string): boolean => /\.test\.tsx?$|\/conformance\.ts$|-kit\.ts$/.test(path) || path.startsWith('test/');
