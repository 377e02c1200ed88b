import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contract, Route } from '#domain/contract.ts';
import { httpContract } from '#server/http/contract.ts';

const modules = join(import.meta.dirname, '..', 'server', 'modules');

const isRoute = (value: unknown): value is Route =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'access' in value;
const isContract = (value: unknown): value is Contract =>
  typeof value === 'object' && value !== null && Object.values(value).length > 0 && Object.values(value).every(isRoute);

/** The contracts of all modules, found by their files, and that of the HTTP edge. */
export async function allContracts(): Promise<{ readonly name: string; readonly contract: Contract }[]> {
  const found: { name: string; contract: Contract }[] = [{ name: 'http', contract: httpContract }];
  for (const entry of await readdir(modules, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const file: unknown = await import(join(modules, entry.name, 'contract.ts'));
    const contract = Object.values(Object(file)).find(isContract);
    if (!contract) throw new Error(`server/modules/${entry.name}/contract.ts exports no contract`);
    found.push({ name: entry.name, contract });
  }
  return found;
}

export const keyOf = (route: Route): string => `${route.method} ${route.path}`;
