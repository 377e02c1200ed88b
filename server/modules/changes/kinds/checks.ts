import { Problem } from '#domain/errors.ts';
import type { World } from '../define-kind.ts';

type Checked = readonly Problem[] | void;

/** What only the owner of the content can tell (the rule compiler, the BPMN compiler, the palette); `main.ts` gives it. */
export interface KindChecks {
  /** Throws a Problem or answers with several, each with its place. */
  readonly check?: (content: unknown, id: string, world: World) => Checked | Promise<Checked>;
}

export const fault = (id: string, path: string, detail: string): Problem =>
  new Problem('ARTEFACT_INVALID', 422, detail, { place: { element: id, path } });

export function plainObject(content: unknown, id: string, path = '$'): Readonly<Record<string, unknown>> {
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return { ...content };
  throw fault(id, path, `${path} must be an object`);
}

/** A definition whose own `id` is the artefact's. */
export function namedObject(content: unknown, id: string): Readonly<Record<string, unknown>> {
  const object = plainObject(content, id);
  if (object['id'] !== id) throw fault(id, 'id', `id must be "${id}"`);
  return object;
}
