import { Problem } from '#domain/errors.ts';
import { contract } from './contract.ts';
import { defineModule } from '../../define-module.ts';
import type { Deployments, FlowHost, RuntimeLink } from '../../services.ts';
import { flowViews, nodesOfTag, type NodeTags } from './service.ts';

interface FlowsNeeds {
  readonly deployments: Deployments;
  readonly link: RuntimeLink;
  /** Left out where no runtime is started here: the editor is then somewhere else. */
  readonly flowHost?: FlowHost;
  /** Tags of a stored node by the palette: `nodeTags(palette)`. */
  readonly nodeTags: NodeTags;
  /** Batches in a runtime's disk queue, as it last said. */
  readonly queued: (runtime: string) => number | undefined;
}

const iso = (at: number): string => new Date(at).toISOString();

/** 编排: what is deployed, which node reads or writes a tag, the way into the editor, the state of the runtimes. */
export default defineModule<typeof contract, FlowsNeeds>({
  name: 'flows',
  contract,
  async start({ deployments, link, flowHost, nodeTags, queued, audit }) {
    const flows = () => flowViews(deployments.list('flow'), nodeTags);
    return {
      handlers: {
        listFlows: async () => ({ deployment: deployments.n, items: flows() }),
        nodesOfTag: async ({ query }) => ({ items: nodesOfTag(flows(), query.tag) }),
        async createTicket({ body, caller, requestId }) {
          if (!flowHost) throw new Problem('FLOW_EDITOR_DOWN', 503, 'no flow editor runs on this machine');
          const ticket = flowHost.ticket(caller, body.link);
          await audit.append({
            actor: caller.id,
            actorName: caller.name,
            roles: caller.roles,
            event: 'flow.editor',
            object: body.link ?? 'flow',
            action: ticket.mayEdit ? 'edit' : 'read',
            result: 'done',
            requestId,
            ...(caller.session ? { session: caller.session } : {}),
            ...(caller.ip ? { ip: caller.ip } : {}),
          });
          return { ...ticket, expires: iso(ticket.expires) };
        },
        async runtimes() {
          const own = flowHost?.runtime();
          const seen = new Map(link.runtimes().map((runtime) => [runtime.runtime, runtime]));
          const names = new Set([...(own ? [own.runtime] : []), ...seen.keys()]);
          return {
            items: [...names].toSorted().map((runtime) => {
              const heard = seen.get(runtime);
              const mine = own?.runtime === runtime ? own : undefined;
              return {
                runtime,
                state: mine?.state ?? (heard?.online ? 'running' : 'stopped'),
                online: heard?.online ?? false,
                lastSeen: heard ? iso(heard.lastSeen) : null,
                deployment: heard?.deployment ?? 0,
                deployed: deployments.n,
                queued: queued(runtime) ?? null,
                restarts: mine?.restarts ?? 0,
                detail: mine?.detail ?? '',
              };
            }),
          };
        },
      },
    };
  },
});
