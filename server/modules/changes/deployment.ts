import Type from 'typebox';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import type { DeploymentView } from '#contract/changes';
import type { Doc } from '../../store/port.ts';

export const DEPLOYMENTS = 'deployments';

const reason = Type.Union([Type.Literal('shipped'), Type.Literal('change'), Type.Literal('rollback'), Type.Literal('automatic-rollback')]);
const change = Type.Object({ artefact: Type.String(), from: Type.Optional(Type.String()), to: Type.Optional(Type.String()) });

/**
 * The numbered pointer. Documents are only ever added: inserting number n + 1 is the compare-and-set on n, because the id can be taken
 * only once. The one with the highest number is what runs.
 */
const deploymentSchema = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  n: Type.Integer(),
  at: Type.Number(),
  author: Type.String(),
  approver: Type.Optional(Type.String()),
  message: Type.String(),
  reason,
  undoes: Type.Optional(Type.Integer()),
  /** Pairs instead of a record: the names hold dots. */
  artefacts: Type.Array(Type.Tuple([Type.String(), Type.String()])),
  /** What the program shipped when the pointer stood here (see `seed.ts`). */
  shipped: Type.Array(Type.Tuple([Type.String(), Type.String()])),
  changed: Type.Array(change),
  failure: Type.Optional(Type.String()),
  audited: Type.Boolean(),
});
export type Deployment = Static<typeof deploymentSchema>;
export type Change = Static<typeof change>;

export const deploymentId = (n: number): string => `d${String(n).padStart(10, '0')}`;
export const parseDeployment = (doc: Doc): Deployment => Value.Parse(deploymentSchema, doc);

/** What differs between two pointers. */
export function difference(from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): Change[] {
  const changes: Change[] = [];
  for (const [artefact, hash] of to) {
    const before = from.get(artefact);
    if (before !== hash) changes.push({ artefact, ...(before === undefined ? {} : { from: before }), to: hash });
  }
  for (const [artefact, hash] of from) if (!to.has(artefact)) changes.push({ artefact, from: hash });
  return changes;
}

export function deploymentView(deployment: Deployment, newest: number, settled: boolean): DeploymentView {
  const { n, author, message, approver, undoes, failure } = deployment;
  const now = n < newest ? 'past' : settled ? 'live' : 'deploying';
  return {
    n,
    at: new Date(deployment.at).toISOString(),
    author,
    message,
    reason: deployment.reason,
    changed: deployment.changed,
    state: failure === undefined ? now : 'failed',
    ...(approver === undefined ? {} : { approver }),
    ...(undoes === undefined ? {} : { undoes }),
    ...(failure === undefined ? {} : { failure }),
  };
}
