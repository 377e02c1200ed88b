import { contract } from '#contract/changes';
import type { ArtefactView, RevisionView } from '#contract/changes';
import { Problem } from '#domain/errors.ts';
import { defineModule } from '../../define-module.ts';
import type { LiveTopic } from '../../define-module.ts';
import type { Deployments } from '../../services.ts';
import type { ConsumerReport } from './consumers.ts';
import { Deployer } from './deployer.ts';
import type { DeployerNeeds } from './deployer.ts';
import { deploymentView } from './deployment.ts';
import { artefactKey, contentOf, splitKey } from './revision.ts';
import type { Revision } from './revision.ts';

export interface ChangesNeeds extends DeployerNeeds {
  /** Reports of those that follow the pointer from afar (flow runtimes, from their greetings on the link). */
  readonly remoteReports?: () => readonly ConsumerReport[];
}

export interface ChangesGives {
  readonly deployments: Deployments;
  readonly seedShipped: Deployer['seedShipped'];
}

function revisionView(revision: Revision, deployed: string | undefined): RevisionView {
  const { hash, author, approver, parent, message, shipped } = revision;
  return {
    hash,
    author,
    at: new Date(revision.at).toISOString(),
    message,
    shipped,
    deployed: hash === deployed,
    ...(approver === undefined ? {} : { approver }),
    ...(parent === undefined ? {} : { parent }),
  };
}

async function artefacts(deployer: Deployer, kind: string | undefined): Promise<ArtefactView[]> {
  const views = new Map<string, ArtefactView>();
  const { snapshot, shipped } = deployer.ledger;
  for (const revision of await deployer.ledger.revisions(kind === undefined ? {} : { kind })) {
    const key = artefactKey(revision.kind, revision.id);
    const hash = snapshot.hashes.get(key);
    const shippedHash = shipped.get(key);
    const changedAt = revision.hash === hash ? new Date(revision.at).toISOString() : views.get(key)?.changedAt;
    views.set(key, {
      kind: revision.kind,
      id: revision.id,
      revisions: (views.get(key)?.revisions ?? 0) + 1,
      ...(hash === undefined ? {} : { hash }),
      ...(shippedHash === undefined ? {} : { shippedHash }),
      ...(changedAt === undefined ? {} : { changedAt }),
    });
  }
  return [...views.values()].sort((a, b) => (artefactKey(a.kind, a.id) < artefactKey(b.kind, b.id) ? -1 : 1));
}

/** From afar artefacts are named in full: `flow/020-stations`. */
const shortIds = (report: ConsumerReport): ConsumerReport => ({
  ...report,
  hashes: new Map([...report.hashes].map(([name, hash]) => [name.startsWith(`${report.kind}/`) ? splitKey(name).id : name, hash])),
});

/** What a consumer says that it runs, against what the pointer names. */
function compare(report: ConsumerReport, hashes: ReadonlyMap<string, string>): { artefact: string; runs?: string; deployed?: string }[] {
  const wanted = new Map(
    [...hashes]
      .map(([key, hash]) => ({ ...splitKey(key), hash }))
      .filter((one) => one.kind === report.kind)
      .map((one) => [one.id, one.hash]),
  );
  return [...new Set([...wanted.keys(), ...report.hashes.keys()])].flatMap((id) => {
    const runs = report.hashes.get(id);
    const deployed = wanted.get(id);
    if (runs === deployed) return [];
    return [
      { artefact: artefactKey(report.kind, id), ...(runs === undefined ? {} : { runs }), ...(deployed === undefined ? {} : { deployed }) },
    ];
  });
}

const deploymentTopic = (deployer: Deployer, onMove: (listener: () => void) => () => void): LiveTopic => ({
  name: 'deployment',
  allowed: (caller) => caller.rights.has('live.read'),
  snapshot: () => ({ deployment: { n: deployer.n } }),
  subscribe: (_caller, _argument, push) =>
    onMove(() => {
      push({ deployment: { n: deployer.n } });
    }),
});

/** 版本与发布. Needs the kinds; gives `deployments` and `seedShipped`. */
export const changesModule = defineModule<typeof contract, ChangesNeeds, ChangesGives>({
  name: 'changes',
  contract,
  async start(context) {
    const deployer = new Deployer(context, context);
    await deployer.open();
    const { ledger } = deployer;
    const reports = (): readonly ConsumerReport[] => [...deployer.reports(), ...(context.remoteReports?.() ?? []).map(shortIds)];
    const settled = (): boolean =>
      reports().every((report) => report.n === deployer.n && compare(report, ledger.snapshot.hashes).length === 0);
    return {
      deployments: deployer,
      seedShipped: (list) => deployer.seedShipped(list),
      topics: [deploymentTopic(deployer, (listener) => context.bus.on('deployment', listener))],
      handlers: {
        artefacts: async ({ query }) => ({ items: await artefacts(deployer, query.kind) }),
        async revisions({ params: { kind, id } }) {
          const found = await ledger.revisions({ kind, id });
          if (found.length === 0) throw new Problem('ARTEFACT_UNKNOWN', 404, `there is no artefact ${kind}/${id}`);
          const deployed = ledger.snapshot.hashes.get(artefactKey(kind, id));
          return { kind, id, items: found.map((revision) => revisionView(revision, deployed)) };
        },
        async revision({ params: { kind, id, hash } }) {
          const revision = await ledger.revision(kind, id, hash);
          if (!revision) throw new Problem('REVISION_UNKNOWN', 404, `there is no revision ${hash} of ${kind}/${id}`);
          return { revision: revisionView(revision, ledger.snapshot.hashes.get(artefactKey(kind, id))), content: contentOf(revision) };
        },
        async deployments({ query }) {
          const list = await ledger.deployments(query.limit ?? 50);
          return { n: deployer.n, items: list.map((one) => deploymentView(one, deployer.n, settled())) };
        },
        async verify() {
          const consumers = reports().map((report) => {
            const differences = compare(report, ledger.snapshot.hashes);
            const { consumer, kind, n, failure } = report;
            const at = new Date(report.at).toISOString();
            return { consumer, kind, n, at, agree: differences.length === 0, differences, ...(failure === undefined ? {} : { failure }) };
          });
          return { n: deployer.n, agree: consumers.every((one) => one.agree), consumers };
        },
        async rollback({ params, body, caller }) {
          const made = await deployer.rollback(params.n, caller.id, body.reason);
          return deploymentView(made, deployer.n, settled());
        },
      },
    };
  },
});
