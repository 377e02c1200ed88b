import { contract } from '#contract/stop';
import { Problem } from '#domain/errors.ts';
import { Reply, defineModule } from '../../define-module.ts';
import type { LiveTopic } from '../../define-module.ts';
import { toView } from './record.ts';
import type { StopRecord } from './record.ts';
import { StopService } from './service.ts';
import type { StopNeeds } from './service.ts';

/** How often the spool is offered to the audit log again, ms. */
const DRAIN_EVERY = 5000;

/** The latch of the one-key stop, for the gate. */
export interface StopLatch {
  /** By the id of a station. */
  readonly latched: (asset: string) => boolean;
}

/** 一键关停. Needs the link, a folder and the dictionary; never the store. Gives the latch. */
export const stopModule = defineModule<typeof contract, StopNeeds, { readonly stops: StopLatch }>({
  name: 'stop',
  contract,
  async start(context) {
    const service = new StopService(context);
    await service.open();
    const view = (record: StopRecord): ReturnType<typeof toView> => toView(record, service.spool.stuck);
    void service.spool.drain();
    const timer = setInterval(() => {
      if (service.spool.pending > 0) void service.spool.drain();
    }, DRAIN_EVERY);
    const topic: LiveTopic = {
      name: 'stop',
      allowed: (caller) => caller.rights.has('live.read'),
      snapshot: () => ({ stops: service.list().map(view) }),
      subscribe: (_caller, _argument, push) =>
        service.onChange((record) => {
          push({ stop: view(record) });
        }),
    };
    return {
      stops: service,
      topics: [topic],
      handlers: {
        async stop({ body, caller }) {
          const { record } = service.stop(body.scope, body.confirm, caller);
          return new Reply(view(record), { status: 202, headers: { location: `/api/stop/${record.id}` } });
        },
        list: () =>
          Promise.resolve({ items: service.list().map(view), scopes: service.scopes.map(({ scope, label }) => ({ scope, label })) }),
        async get({ params }) {
          const record = service.get(params.id);
          if (!record) throw new Problem('STOP_UNKNOWN', 404, `there is no stop ${params.id}`);
          return view(record);
        },
        reset: async ({ params, caller }) => view(await service.reset(params.id, caller)),
      },
      async [Symbol.asyncDispose]() {
        clearInterval(timer);
        await service.close();
      },
    };
  },
});
