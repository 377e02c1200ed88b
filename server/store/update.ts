import { Problem } from '#domain/errors.ts';
import type { Doc, UpdateOps } from './port.ts';

type Json = Record<string, unknown>;

const bad = (path: string, why: string): Problem => new Problem('STORE_UPDATE', 500, `update of ${path}: ${why}`, { place: { path } });
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The document after the operators, `ver` one higher; the given one stays as it is. @throws Problem STORE_UPDATE */
export function applyUpdate(doc: Doc, ops: UpdateOps): Doc {
  const next: Json = structuredClone(doc);
  for (const [path, value] of Object.entries(ops.$set ?? {})) change(next, path, () => value);
  for (const path of ops.$unset ?? []) remove(next, path);
  for (const [path, by] of Object.entries(ops.$inc ?? {})) change(next, path, (old) => increased(path, old, by));
  for (const [path, value] of Object.entries(ops.$push ?? {})) change(next, path, (old) => [...list(path, old), ...elements(value)]);
  for (const [path, value] of Object.entries(ops.$addToSet ?? {})) change(next, path, (old) => united(list(path, old), elements(value)));
  return { ...next, _id: doc._id, ver: doc.ver + 1 };
}

function segmentsOf(path: string): string[] {
  const segments = path.split('.');
  const first = segments[0];
  if (first === '_id' || first === 'ver') throw bad(path, 'the store keeps this field itself');
  if (segments.some((s) => s === '' || s === '__proto__' || s.startsWith('$'))) throw bad(path, 'not a path');
  return segments;
}

function change(root: Json, path: string, to: (old: unknown) => unknown): void {
  const segments = segmentsOf(path);
  const last = segments.pop() ?? '';
  let here: unknown = root;
  for (const segment of segments) here = child(here, segment, path);
  if (Array.isArray(here)) here[index(last, path)] = to(here[index(last, path)]);
  else if (isObject(here)) here[last] = to(Object.hasOwn(here, last) ? here[last] : undefined);
  else throw bad(path, 'a value on the way is not an object');
}

function child(here: unknown, segment: string, path: string): unknown {
  if (Array.isArray(here)) return here[index(segment, path)];
  if (!isObject(here)) throw bad(path, `the value before ${segment} is not an object`);
  if (!Object.hasOwn(here, segment)) here[segment] = {};
  return here[segment];
}

function index(segment: string, path: string): number {
  if (!/^\d{1,6}$/.test(segment)) throw bad(path, `${segment} is not an index of an array`);
  return Number(segment);
}

function remove(root: Json, path: string): void {
  const segments = segmentsOf(path);
  const last = segments.pop() ?? '';
  let here: unknown = root;
  for (const segment of segments) {
    if (!isObject(here) || !Object.hasOwn(here, segment)) return;
    here = here[segment];
  }
  if (isObject(here)) delete here[last];
}

function increased(path: string, old: unknown, by: number): number {
  if (old === undefined) return by;
  if (typeof old !== 'number') throw bad(path, '$inc needs a number');
  return old + by;
}

function list(path: string, old: unknown): readonly unknown[] {
  if (old === undefined) return [];
  if (!Array.isArray(old)) throw bad(path, '$push and $addToSet need an array');
  return old;
}

const elements = (value: unknown): readonly unknown[] => (isObject(value) && Array.isArray(value['$each']) ? value['$each'] : [value]);

function united(old: readonly unknown[], more: readonly unknown[]): unknown[] {
  const result = [...old];
  const seen = new Set(old.map((v) => JSON.stringify(v)));
  for (const value of more) {
    const key = JSON.stringify(value);
    if (!seen.has(key)) result.push(value);
    seen.add(key);
  }
  return result;
}
