import { artefactKey, revisionId, splitKey } from './revision.ts';
import type { Revision } from './revision.ts';

/** A file of the repository: revision 0 of its artefact. */
export interface Shipped {
  readonly kind: string;
  readonly id: string;
  readonly content: unknown;
}

export interface SeedPlan {
  readonly hashes: Map<string, string>;
  readonly shipped: Map<string, string>;
  readonly revisions: readonly Revision[];
}

/**
 * How shipped content meets what people have deployed. What was shipped is kept in the deployment itself, so that a crash between writing
 * revisions and moving the pointer leaves nothing half done.
 * - Content that was shipped before: nothing, even if a person has gone back to an older one or removed it since.
 * - New content: it becomes a revision. It is deployed where nothing or a shipped revision runs now; a person's revision stays, and the
 *   list of artefacts shows that the shipped one differs.
 * - An artefact that is shipped no more leaves the pointer if a shipped revision runs; a person's stays. Its revisions are kept for ever.
 *   Only kinds that are in the list are looked at for this.
 */
export function planSeed(
  list: readonly Shipped[],
  state: {
    readonly deployed: ReadonlyMap<string, string>;
    readonly shipped: ReadonlyMap<string, string>;
    readonly byProgram: ReadonlySet<string>;
  },
  make: (artefact: Shipped, parent: string | undefined) => Revision,
): SeedPlan {
  const hashes = new Map(state.deployed);
  const kinds = new Set(list.map((artefact) => artefact.kind));
  const shipped = new Map([...state.shipped].filter(([key]) => !kinds.has(splitKey(key).kind)));
  const revisions: Revision[] = [];
  const untouched = (key: string): boolean => {
    const hash = state.deployed.get(key);
    return hash !== undefined && state.byProgram.has(revisionId(key, hash));
  };
  for (const artefact of list) {
    const key = artefactKey(artefact.kind, artefact.id);
    const revision = make(artefact, state.deployed.get(key));
    shipped.set(key, revision.hash);
    if (state.shipped.get(key) === revision.hash) continue;
    revisions.push(revision);
    if (!state.deployed.has(key) || untouched(key)) hashes.set(key, revision.hash);
  }
  for (const key of state.deployed.keys()) {
    if (kinds.has(splitKey(key).kind) && !shipped.has(key) && untouched(key)) hashes.delete(key);
  }
  return { hashes, shipped, revisions };
}
