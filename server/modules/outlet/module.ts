import { contract } from '#contract/outlet';
import { Problem } from '#domain/errors.ts';
import type { Millis } from '#domain/time.ts';
import { defineModule } from '../../define-module.ts';
import type { History } from '../../services.ts';
import { Forwarder, type ForwarderNeeds } from './forwarder.ts';
import { Position } from './position.ts';

interface OutletNeeds extends Omit<ForwarderNeeds, 'clock' | 'log'> {
  /** Null = nothing is forwarded. */
  readonly receiver: { readonly url: string; readonly token?: string; readonly measurement: string } | null;
}

function timeOf(text: string, path: string): Millis {
  const at = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isFinite(at))
    throw new Problem('TIME_INVALID', 400, `"${text}" is no time: ISO 8601 or UTC milliseconds`, { place: { path } });
  return at;
}

/** The history as those see it who store: the outlet hears of late samples first. */
function watched(history: History, forwarder: Forwarder): History {
  return {
    append: (samples, source) => forwarder.storing(samples, () => history.append(samples, source)),
    lastSeq: (runtime) => history.lastSeq(runtime),
    read: (tags, from, to, options) => history.read(tags, from, to, options),
    summarise: (tags, edges, options) => history.summarise(tags, edges, options),
    scan: (tag, from, to, options) => history.scan(tag, from, to, options),
    latest: () => history.latest(),
  };
}

/** 转发: hands the samples on to an outside time-series database by line protocol. Gives the history that samples have to be stored by. */
export const outletModule = defineModule<typeof contract, OutletNeeds, { readonly history: History }>({
  name: 'outlet',
  contract,
  async start({ store, clock, log, audit, history, dictionary, timers, receiver }) {
    const position = await Position.open(store, clock.now());
    const forwarder = receiver && new Forwarder({ history, dictionary, clock, timers, log }, receiver, position);
    forwarder?.begin();
    const view = () => ({
      enabled: forwarder !== null,
      forwardedTo: forwarder === null ? null : new Date(position.cursor).toISOString(),
      waiting: forwarder === null ? 0 : position.late.length,
      sent: forwarder?.sent ?? 0,
      refused: forwarder?.refused ?? 0,
      error: forwarder?.error ?? null,
    });
    return {
      history: forwarder ? watched(history, forwarder) : history,
      handlers: {
        outlet: () => Promise.resolve(view()),
        async resend({ body, caller, requestId }) {
          if (!forwarder) throw new Problem('OUTLET_OFF', 409, 'the setting history.outlet names no receiver');
          const range = { from: timeOf(body.from, 'from'), to: timeOf(body.to, 'to'), tags: body.tags ?? null };
          if (range.to <= range.from) throw new Problem('RANGE_EMPTY', 400, '`to` must be later than `from`', { place: { path: 'to' } });
          const unknown = range.tags?.find((tag) => !dictionary.tag(tag));
          if (unknown !== undefined) throw new Problem('TAG_UNKNOWN', 404, `there is no tag "${unknown}"`, { context: { tag: unknown } });
          await audit.append({
            actor: caller.id,
            actorName: caller.name,
            roles: caller.roles,
            event: 'export',
            object: 'outlet',
            action: 'resend',
            result: 'done',
            after: body,
            requestId,
          });
          await forwarder.resend(range);
          return view();
        },
      },
      async [Symbol.asyncDispose]() {
        await forwarder?.close();
      },
    };
  },
});
