import { Problem, isProblem } from '#domain/errors.ts';
import type { ModuleContext } from '../../define-module.ts';
import type { Deployments } from '../../services.ts';
import { Consumers } from './consumers.ts';
import type { Apply, ConsumerReport } from './consumers.ts';
import type { ArtefactKind, DeployedArtefact } from './define-kind.ts';
import type { Deployment } from './deployment.ts';
import { DeploymentLedger } from './ledger.ts';
import type { DeploymentText } from './ledger.ts';
import { artefactKey, hashOf, revisionId, splitKey } from './revision.ts';
import type { Revision } from './revision.ts';
import { planSeed } from './seed.ts';
import type { Shipped } from './seed.ts';

type Deploy = Parameters<Deployments['deploy']>[0];
type Hashes = Map<string, string>;

export interface DeployerNeeds {
  /** Every kind that may be deployed. */
  readonly kinds: readonly ArtefactKind[];
  /** Milliseconds after which a consumer that has not reported counts as failed; default 30,000. */
  readonly applyTimeout?: number;
  /** Resolves with the work or rejects with `late()` after `ms`; the host's timers without it. */
  readonly within?: <T>(ms: number, work: Promise<T>, late: () => Error) => Promise<T>;
}

export const REPORTS = 'deployment-reports';

/** 发布: revisions, the pointer, and those who follow it (artefacts.md, "Deploying, so that no mix survives a crash"). */
export class Deployer implements Deployments {
  readonly ledger: DeploymentLedger;
  readonly #context: ModuleContext;
  readonly #kinds: ReadonlyMap<string, ArtefactKind>;
  readonly #consumers: Consumers;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: ModuleContext, needs: DeployerNeeds) {
    this.#context = context;
    this.ledger = new DeploymentLedger(context.store);
    this.#kinds = new Map(needs.kinds.map((kind) => [kind.kind, kind]));
    this.#consumers = new Consumers({
      clock: context.clock,
      log: context.log,
      within: needs.within ?? hostWithin,
      timeout: needs.applyTimeout ?? 30_000,
      reported: (report) => void this.#keepReport(report),
    });
  }

  async open(): Promise<void> {
    await this.ledger.open();
    for (const deployment of await this.ledger.unaudited()) await this.#audit(deployment);
  }

  get n(): number {
    return this.ledger.snapshot.n;
  }

  deployed(kind: string, id: string): { readonly hash: string; readonly content: unknown } | undefined {
    return this.ledger.snapshot.get(kind, id);
  }

  list(kind: string): readonly DeployedArtefact[] {
    return this.ledger.snapshot.list(kind);
  }

  reports(): ConsumerReport[] {
    return this.#consumers.reports();
  }

  /** @throws what `apply` throws, if going back to the deployment before does not help either. */
  async follow(kind: string, consumer: string, apply: Apply): Promise<void> {
    try {
      await this.#consumers.add(kind, consumer, apply, this.ledger.snapshot);
    } catch (error) {
      const { newest } = this.ledger;
      const concerned = newest?.changed.some((change) => splitKey(change.artefact).kind === kind && change.from !== undefined);
      if (!newest || concerned !== true) throw error;
      const failures = await this.#exclusive(() =>
        this.ledger.newest?.n === newest.n
          ? this.#undo(newest, `${consumer}: ${messageOf(error)}`)
          : this.#consumers.advance(this.ledger.snapshot),
      );
      if (failures.some((failure) => failure.consumer === consumer)) throw error;
    }
  }

  async deploy(change: Deploy): Promise<{ readonly n: number }> {
    return this.#exclusive(async () => {
      const now = this.#context.clock.now();
      const hashes: Hashes = new Map(this.ledger.snapshot.hashes);
      const revisions = change.artefacts.map(({ kind, id, content }) => {
        const revision = revisionOf({ kind, id, content }, hashes.get(artefactKey(kind, id)), { ...change, shipped: false }, now);
        hashes.set(artefactKey(kind, id), revision.hash);
        return revision;
      });
      for (const { kind, id } of change.remove ?? []) hashes.delete(artefactKey(kind, id));
      if (sameHashes(hashes, this.ledger.snapshot.hashes)) return { n: this.n };
      const { author, message, approver } = change;
      const text: DeploymentText = { author, message, reason: 'change', ...(approver === undefined ? {} : { approver }) };
      return this.#move(hashes, revisions, text);
    });
  }

  /**
   * Undoes deployment n: what it changed goes back to what was there before, if nobody changed it since.
   * @throws Problem DEPLOYMENT_UNKNOWN, DEPLOYMENT_SUPERSEDED, ARTEFACT_INVALID, DEPLOYMENT_FAILED
   */
  async rollback(n: number, author: string, message: string): Promise<Deployment> {
    return this.#exclusive(async () => {
      const undone = await this.ledger.deployment(n);
      if (!undone || undone.changed.length === 0 || undone.n === 1)
        throw new Problem('DEPLOYMENT_UNKNOWN', 404, `there is no deployment ${n} that could be undone`);
      const hashes: Hashes = new Map(this.ledger.snapshot.hashes);
      for (const { artefact, from, to } of undone.changed) {
        if (hashes.get(artefact) !== to)
          throw new Problem('DEPLOYMENT_SUPERSEDED', 409, `${artefact} was changed again after deployment ${n}`, {
            place: { element: artefact },
          });
        if (from === undefined) hashes.delete(artefact);
        else hashes.set(artefact, from);
      }
      await this.#move(hashes, [], { author, message, reason: 'rollback', undoes: n });
      const made = this.ledger.newest;
      if (!made) throw new Problem('DEPLOYMENT_UNKNOWN', 500, 'the deployment was not stored');
      return made;
    });
  }

  /**
   * Takes in what the program ships (artefacts.md: shipped files are revision 0); the rule is in `seed.ts`. Call it once for all kinds.
   * Faulty content is refused as a whole: thrown at the first start, answered later, while the last good deployment goes on.
   */
  async seedShipped(list: readonly Shipped[]): Promise<{ readonly n: number; readonly refused: readonly Problem[] }> {
    return this.#exclusive(async () => {
      const now = this.#context.clock.now();
      const by = { author: 'system', message: 'shipped with the program', shipped: true };
      const deployed = this.ledger.snapshot.hashes;
      const byProgram = new Set((await this.ledger.revisions({ shipped: true })).map((revision) => revision._id));
      const plan = planSeed(list, { deployed, shipped: this.ledger.shipped, byProgram }, (artefact, parent) =>
        revisionOf(artefact, parent, by, now),
      );
      const same = sameHashes(plan.hashes, deployed) && sameHashes(plan.shipped, this.ledger.shipped);
      if (same && this.n > 0) return { n: this.n, refused: [] };
      try {
        const text: DeploymentText = { author: by.author, message: by.message, reason: 'shipped' };
        const { n } = await this.#move(plan.hashes, plan.revisions, text, plan.shipped);
        return { n, refused: [] };
      } catch (error) {
        if (this.n === 0 || !isProblem(error)) throw error;
        this.#context.log.error({ err: error, place: error.place }, 'shipped content is refused, the deployed one goes on');
        return { n: this.n, refused: [error] };
      }
    });
  }

  /** Every fault of the world after a change; those that were there before and are not part of it do not block it. */
  async problems(hashes: ReadonlyMap<string, string>, revisions: readonly Revision[]): Promise<Problem[]> {
    const world = await this.ledger.world(hashes, revisions);
    const before = this.ledger.snapshot;
    const found: Problem[] = [];
    for (const [key, hash] of hashes) {
      const { kind, id } = splitKey(key);
      const checks = this.#kinds.get(kind);
      const artefact = world.get(kind, id);
      const changed = before.hashes.get(key) !== hash;
      if (!checks && changed)
        found.push(new Problem('ARTEFACT_KIND_UNKNOWN', 422, `there is no kind of artefact "${kind}"`, { place: { element: key } }));
      const problems = checks && artefact ? await checks.problems(artefact.content, id, world) : [];
      if (problems.length === 0) continue;
      const earlier = changed || !checks ? 0 : (await checks.problems(artefact?.content, id, before)).length;
      if (changed || earlier < problems.length) found.push(...problems.map((problem) => named(problem, key)));
    }
    return found;
  }

  /** Validate, write the revisions, move the pointer, bring everyone to it; or go back. */
  async #move(
    hashes: Hashes,
    revisions: readonly Revision[],
    text: DeploymentText,
    shipped?: ReadonlyMap<string, string>,
  ): Promise<{ readonly n: number }> {
    const problems = await this.problems(hashes, revisions);
    if (problems.length > 0) throw invalid(problems);
    await this.ledger.keep(revisions);
    const deployment = await this.ledger.move(hashes, text, this.#context.clock.now(), shipped);
    await this.#announce(deployment);
    const failures = await this.#consumers.advance(this.ledger.snapshot);
    const [first] = failures;
    if (!first) return { n: deployment.n };
    const why = `${first.consumer}: ${messageOf(first.error)}`;
    await this.#undo(deployment, why);
    const context = { n: deployment.n, now: this.n, consumer: first.consumer };
    throw new Problem('DEPLOYMENT_FAILED', 422, `deployment ${deployment.n} was rolled back by ${this.n}: ${why}`, {
      cause: first.error,
      context,
    });
  }

  /** Automatic roll back: a deployment with the old hashes that says why. */
  async #undo(failed: Deployment, why: string): Promise<readonly { readonly consumer: string; readonly error: unknown }[]> {
    await this.ledger.markFailed(failed.n, why);
    const hashes: Hashes = new Map(this.ledger.snapshot.hashes);
    for (const { artefact, from } of failed.changed) {
      if (from === undefined) hashes.delete(artefact);
      else hashes.set(artefact, from);
    }
    const text: DeploymentText = { author: 'system', message: why, reason: 'automatic-rollback', undoes: failed.n };
    await this.#announce(await this.ledger.move(hashes, text, this.#context.clock.now()));
    return this.#consumers.advance(this.ledger.snapshot);
  }

  async #announce(deployment: Deployment): Promise<void> {
    this.#context.bus.emit('deployment', { n: deployment.n });
    await this.#audit(deployment);
  }

  /** The pointer has moved already: an audit log that is down delays the entry, and the next start writes it. */
  async #audit(deployment: Deployment): Promise<void> {
    const { n, author, approver, message, reason, changed, undoes } = deployment;
    try {
      await this.#context.audit.append({
        actor: author,
        actorName: author,
        roles: [],
        event: 'deployment',
        object: `deployment/${n}`,
        action: `deployment.${reason}`,
        result: 'done',
        after: { n, changed, ...(approver === undefined ? {} : { approver }), ...(undoes === undefined ? {} : { undoes }) },
        reason: message,
      });
      await this.ledger.markAudited(n);
    } catch (error) {
      this.#context.log.error({ err: error, deployment: n }, 'audit of a deployment waits');
    }
  }

  async #keepReport(report: ConsumerReport): Promise<void> {
    const { consumer, kind, n, at, hashes, failure } = report;
    try {
      await this.#context.store.upsert(REPORTS, {
        _id: `${kind}|${consumer}`,
        consumer,
        kind,
        n,
        at,
        hashes: [...hashes],
        failure: failure ?? null,
      });
    } catch (error) {
      this.#context.log.warn({ err: error, consumer }, 'report of a consumer could not be kept');
    }
  }

  #exclusive<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(run);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const sameHashes = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([key, hash]) => b.get(key) === hash);

const named = (problem: Problem, key: string): Problem =>
  new Problem(problem.code, problem.status, problem.message, {
    place: { element: key, ...problem.place },
    context: { ...problem.context, artefact: key },
  });

function invalid(problems: readonly Problem[]): Problem {
  const [first] = problems;
  const list = problems.map((problem) => ({
    code: problem.code,
    detail: problem.message,
    artefact: problem.context['artefact'],
    place: problem.place,
  }));
  const where = first?.place?.element ?? '';
  return new Problem('ARTEFACT_INVALID', 422, `${where}: ${first?.message ?? ''}`, {
    ...(first?.place ? { place: first.place } : {}),
    context: { problems: list },
  });
}

function revisionOf(
  artefact: Shipped,
  parent: string | undefined,
  by: { readonly author: string; readonly message: string; readonly approver?: string; readonly shipped: boolean },
  at: number,
): Revision {
  const { kind, id } = artefact;
  const { hash, format, text } = hashOf(artefact.content);
  return {
    _id: revisionId(artefactKey(kind, id), hash),
    kind,
    id,
    hash,
    format,
    text,
    author: by.author,
    ...(by.approver === undefined ? {} : { approver: by.approver }),
    at,
    ...(parent === undefined ? {} : { parent }),
    message: by.message,
    shipped: by.shipped,
  };
}

async function hostWithin<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(late());
    }, ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
