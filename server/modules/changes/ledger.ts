import { Problem } from '#domain/errors.ts';
import { DuplicateKey } from '../../store/port.ts';
import type { Store } from '../../store/port.ts';
import type { DeployedArtefact, World } from './define-kind.ts';
import { DEPLOYMENTS, deploymentId, difference, parseDeployment } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { REVISIONS, artefactKey, contentOf, parseRevision, revisionId, splitKey } from './revision.ts';
import type { Revision } from './revision.ts';

/** Revisions read in one go at the start. */
const CHUNK = 200;

/** One state of the pointer with the contents that it names. */
export class Snapshot implements World {
  readonly n: number;
  readonly hashes: ReadonlyMap<string, string>;
  readonly #contents: ReadonlyMap<string, unknown>;

  /** `contents` by revision id. */
  constructor(n: number, hashes: ReadonlyMap<string, string>, contents: ReadonlyMap<string, unknown>) {
    this.n = n;
    this.hashes = hashes;
    this.#contents = contents;
  }

  get(kind: string, id: string): DeployedArtefact | undefined {
    const key = artefactKey(kind, id);
    const hash = this.hashes.get(key);
    return hash === undefined ? undefined : { id, hash, content: this.#contents.get(revisionId(key, hash)) };
  }

  list(kind: string): readonly DeployedArtefact[] {
    return [...this.hashes.keys()]
      .map((key) => splitKey(key))
      .filter((name) => name.kind === kind)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .flatMap((name) => this.get(name.kind, name.id) ?? []);
  }
}

export type DeploymentText = Pick<Deployment, 'author' | 'message' | 'reason' | 'approver' | 'undoes'>;

/** Revisions and the pointer in the store: a revision is there before a pointer names it, and the pointer moves in one insert. */
export class DeploymentLedger {
  readonly #store: Store;
  readonly #contents = new Map<string, unknown>();
  #snapshot = new Snapshot(0, new Map(), this.#contents);
  #newest: Deployment | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get newest(): Deployment | undefined {
    return this.#newest;
  }

  /** Artefact to hash of what the program shipped at the newest deployment. */
  get shipped(): ReadonlyMap<string, string> {
    return new Map(this.#newest?.shipped);
  }

  async open(): Promise<void> {
    await this.#store.ensureIndex(REVISIONS, ['kind', 'id']);
    await this.#store.ensureIndex(DEPLOYMENTS, ['n'], { unique: true });
    await this.refresh();
  }

  /** Takes the newest pointer from the store. @throws Problem REVISION_MISSING, REVISION_DAMAGED */
  async refresh(): Promise<void> {
    const [doc] = await this.#store.all(DEPLOYMENTS, {}, { sort: { n: -1 }, limit: 1 });
    if (!doc) return;
    const newest = parseDeployment(doc);
    const hashes = new Map(newest.artefacts);
    await this.#load(hashes);
    this.#newest = newest;
    this.#snapshot = new Snapshot(newest.n, hashes, this.#contents);
  }

  async #load(hashes: ReadonlyMap<string, string>): Promise<void> {
    const missing = [...hashes].map(([key, hash]) => revisionId(key, hash)).filter((id) => !this.#contents.has(id));
    for (let from = 0; from < missing.length; from += CHUNK) {
      const ids = missing.slice(from, from + CHUNK);
      for (const doc of await this.#store.all(REVISIONS, { _id: { $in: ids } })) this.#contents.set(doc._id, contentOf(parseRevision(doc)));
    }
    const lost = missing.find((id) => !this.#contents.has(id));
    if (lost !== undefined)
      throw new Problem('REVISION_MISSING', 500, `the deployment names revision ${lost}, which is not stored`, {
        place: { element: lost },
      });
  }

  /** The world as it would be with these hashes; every revision must be stored or in `drafts`. */
  async world(hashes: ReadonlyMap<string, string>, drafts: readonly Revision[]): Promise<Snapshot> {
    const drafted = new Map(drafts.map((revision) => [revision._id, contentOf(revision)]));
    await this.#load(new Map([...hashes].filter(([key, hash]) => !drafted.has(revisionId(key, hash)))));
    return new Snapshot(this.#snapshot.n + 1, hashes, new Map([...this.#contents, ...drafted]));
  }

  /** Writes revisions; one that is there already stays as it is. */
  async keep(revisions: readonly Revision[]): Promise<void> {
    for (const revision of revisions) {
      try {
        await this.#store.insert(REVISIONS, [revision]);
      } catch (error) {
        if (!(error instanceof DuplicateKey)) throw error;
      }
    }
  }

  /** Moves the pointer from the present number to the next. @throws Problem DEPLOYMENT_CONFLICT if another process was faster. */
  async move(
    hashes: ReadonlyMap<string, string>,
    text: DeploymentText,
    at: number,
    shipped?: ReadonlyMap<string, string>,
  ): Promise<Deployment> {
    const n = this.#snapshot.n + 1;
    const fields = {
      n,
      at,
      ...text,
      artefacts: [...hashes],
      shipped: [...(shipped ?? this.shipped)],
      changed: difference(this.#snapshot.hashes, hashes),
      audited: false,
    };
    const deployment: Deployment = { ...fields, _id: deploymentId(n), ver: 1 };
    try {
      await this.#store.insert(DEPLOYMENTS, [{ ...fields, _id: deployment._id }]);
    } catch (error) {
      await this.refresh();
      if (error instanceof DuplicateKey) throw new Problem('DEPLOYMENT_CONFLICT', 409, `deployment ${n} was made by another one meanwhile`);
      // The insert may have taken effect although its answer was lost; then the truth has moved.
      if (this.#snapshot.n < n) throw error;
      return this.#newest ?? deployment;
    }
    await this.#load(hashes);
    this.#newest = deployment;
    this.#snapshot = new Snapshot(n, hashes, this.#contents);
    return deployment;
  }

  async deployment(n: number): Promise<Deployment | undefined> {
    const doc = await this.#store.get(DEPLOYMENTS, deploymentId(n));
    return doc && parseDeployment(doc);
  }

  async revision(kind: string, id: string, hash: string): Promise<Revision | undefined> {
    const doc = await this.#store.get(REVISIONS, revisionId(artefactKey(kind, id), hash));
    return doc && parseRevision(doc);
  }

  async deployments(limit: number): Promise<Deployment[]> {
    return (await this.#store.all(DEPLOYMENTS, {}, { sort: { n: -1 }, limit })).map(parseDeployment);
  }

  async unaudited(): Promise<Deployment[]> {
    return (await this.#store.all(DEPLOYMENTS, { audited: false }, { sort: { n: 1 } })).map(parseDeployment);
  }

  async markAudited(n: number): Promise<void> {
    await this.#store.update(DEPLOYMENTS, { _id: deploymentId(n) }, { $set: { audited: true } });
  }

  async markFailed(n: number, failure: string): Promise<void> {
    await this.#store.update(DEPLOYMENTS, { _id: deploymentId(n) }, { $set: { failure } });
  }

  async revisions(filter: { readonly kind?: string; readonly id?: string; readonly shipped?: boolean }): Promise<Revision[]> {
    return (await this.#store.all(REVISIONS, filter, { sort: { at: 1, _id: 1 } })).map(parseRevision);
  }
}
