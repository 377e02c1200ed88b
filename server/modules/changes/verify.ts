import Type from 'typebox';
import Value from 'typebox/value';
import { isProblem } from '#domain/errors.ts';
import type { Store } from '../../store/port.ts';
import { REPORTS } from './deployer.ts';
import { DEPLOYMENTS, parseDeployment } from './deployment.ts';
import { REVISIONS, artefactKey, parseRevision, revisionId, splitKey } from './revision.ts';
import type { Revision } from './revision.ts';

const reportSchema = Type.Object({
  consumer: Type.String(),
  kind: Type.String(),
  n: Type.Integer(),
  hashes: Type.Array(Type.Tuple([Type.String(), Type.String()])),
  failure: Type.Union([Type.String(), Type.Null()]),
});

export interface ArtefactVerdict {
  readonly n: number;
  readonly revisions: number;
  /** What the pointer names, as it is stored. */
  readonly deployed: readonly Revision[];
  /** One line each; empty = every revision has its hash, and every consumer last reported what the pointer names. */
  readonly faults: readonly string[];
}

/** Checks the store alone, whether the platform runs or not. */
export async function verifyArtefacts(store: Store): Promise<ArtefactVerdict> {
  const faults: string[] = [];
  const revisions = new Map<string, Revision>();
  for (const doc of await store.all(REVISIONS, {})) {
    try {
      revisions.set(doc._id, parseRevision(doc));
    } catch (error) {
      if (!isProblem(error)) throw error;
      faults.push(error.message);
    }
  }
  const [doc] = await store.all(DEPLOYMENTS, {}, { sort: { n: -1 }, limit: 1 });
  if (!doc) return { n: 0, revisions: revisions.size, deployed: [], faults };
  const { n, artefacts } = parseDeployment(doc);
  const deployed = artefacts.flatMap(([key, hash]) => {
    const revision = revisions.get(revisionId(key, hash));
    if (!revision) faults.push(`deployment ${n} names ${revisionId(key, hash)}, which is missing or damaged`);
    return revision ?? [];
  });
  for (const report of await store.all(REPORTS, {})) faults.push(...differences(report, artefacts, n));
  return { n, revisions: revisions.size, deployed, faults };
}

function differences(report: unknown, artefacts: readonly (readonly [string, string])[], n: number): string[] {
  if (!Value.Check(reportSchema, report)) return ['a report of a consumer is damaged'];
  const runs = new Map(report.hashes);
  const wanted = new Map(artefacts.filter(([key]) => splitKey(key).kind === report.kind).map(([key, hash]) => [splitKey(key).id, hash]));
  return [...new Set([...runs.keys(), ...wanted.keys()])]
    .filter((id) => runs.get(id) !== wanted.get(id))
    .map(
      (id) =>
        `${report.consumer} ran ${runs.get(id) ?? 'nothing'} of ${artefactKey(report.kind, id)}; deployment ${n} names ${wanted.get(id) ?? 'nothing'}`,
    );
}
