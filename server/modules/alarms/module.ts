import contract from '#contract/alarms';
import type { AlarmItem } from '#contract/alarms';
import type { AlarmAction } from '#domain/alarm/engine.ts';
import type { Refusal } from '#domain/alarm/state.ts';
import { Problem } from '#domain/errors.ts';
import { listInMemory } from '#domain/list-memory.ts';
import { planList } from '#domain/list.ts';
import type { ListShape } from '#domain/list.ts';
import { parseDuration } from '#domain/time.ts';
import { defineModule } from '../../define-module.ts';
import type { LiveTopic, ModuleContext } from '../../define-module.ts';
import type { Alarms, Caller, TagDictionary } from '../../services.ts';
import { itemOf, occurrenceOf, stepOf } from './item.ts';

export interface AlarmsNeeds {
  readonly alarms: Alarms;
  readonly dictionary: TagDictionary;
}
type Context = ModuleContext & AlarmsNeeds;

const LIST: ListShape = {
  fields: {
    id: 'string',
    state: 'string',
    priority: 'number',
    asset: 'string',
    tag: 'string',
    class: 'string',
    rule: 'string',
    at: 'time',
    raisedAt: 'time',
    active: 'boolean',
    bad: 'boolean',
  },
  sort: 'priority',
  limit: 1000,
};
const OCCURRENCES: ListShape = {
  fields: { alarm: 'string', asset: 'string', priority: 'number', occurrence: 'number', at: 'time' },
  sort: '-at',
};

/** Refusals of the machine as stable codes; all are conflicts with the state as it is. */
const REFUSED: Readonly<Record<Exclude<Refusal, 'unknown-alarm' | 'no-limit'>, { readonly code: string; readonly detail: string }>> = {
  'older-occurrence': { code: 'ALARM_OLDER_OCCURRENCE', detail: 'the alarm has risen again since; acknowledge the latest occurrence' },
  'future-occurrence': { code: 'ALARM_FUTURE_OCCURRENCE', detail: 'the alarm has not risen so often' },
  already: { code: 'ALARM_ALREADY', detail: 'this occurrence was acknowledged before' },
  'nothing-to-acknowledge': { code: 'ALARM_NOTHING_TO_ACKNOWLEDGE', detail: 'the alarm is not in a state that can be acknowledged' },
  'nothing-to-reset': {
    code: 'ALARM_NOTHING_TO_RESET',
    detail: 'only a latched alarm that was acknowledged and has returned can be reset',
  },
  state: { code: 'ALARM_STATE', detail: 'not possible in the present state' },
  priority: { code: 'ALARM_PRIORITY', detail: 'an alarm of priority 1 cannot be shelved' },
  reason: { code: 'ALARM_REASON', detail: 'a reason is needed' },
  duration: { code: 'ALARM_DURATION', detail: 'a shelf lasts from 1 minute to 12 hours' },
};

const unknown = (id: string): Problem => new Problem('ALARM_UNKNOWN', 404, `there is no alarm ${id}`);

function problemOf(refusal: Refusal, alarm: string, alarms: Alarms): Problem {
  if (refusal === 'unknown-alarm' || refusal === 'no-limit') return unknown(alarm);
  const { code, detail } = REFUSED[refusal];
  const view = alarms.view(alarm);
  return new Problem(code, 409, detail, { context: { alarm, state: view?.state, occurrence: view?.occurrence } });
}

interface Asked {
  readonly caller: Caller;
  readonly requestId: string;
}

/** Acts, and writes the audit entry of what was done or refused. */
async function act(context: Context, action: AlarmAction, asked: Asked, reason?: string): Promise<AlarmItem> {
  const { alarms, audit, dictionary } = context;
  const { caller, requestId } = asked;
  const before = alarms.view(action.alarm);
  if (!before) throw unknown(action.alarm);
  const refusal = await alarms.act(action, { id: caller.id, name: caller.name }, reason);
  const after = alarms.view(action.alarm) ?? before;
  await audit.append({
    actor: caller.id,
    actorName: caller.name,
    roles: caller.roles,
    event: 'alarm',
    object: action.alarm,
    action: action.kind,
    result: refusal === undefined ? 'done' : 'refused',
    before: { state: before.state, occurrence: before.occurrence },
    after: { state: after.state, occurrence: after.occurrence, ...(refusal === undefined ? {} : { refused: refusal }) },
    requestId,
    ...(reason === undefined ? {} : { reason }),
    ...(caller.session === undefined ? {} : { session: caller.session }),
    ...(caller.ip === undefined ? {} : { ip: caller.ip }),
  });
  if (refusal !== undefined) throw problemOf(refusal, action.alarm, alarms);
  return itemOf(after, dictionary);
}

/** Topic `alarms`: first every alarm that is not normal, then one message a change; everything anew after a deployment. */
function liveTopic({ alarms, bus, dictionary }: Context): LiveTopic {
  const snapshot = () => ({ alarms: alarms.current().flatMap((view) => (view.state === 'normal' ? [] : [itemOf(view, dictionary)])) });
  return {
    name: 'alarms',
    allowed: (caller) => caller.rights.has('live.read'),
    snapshot,
    subscribe(_caller, _argument, push) {
      const stops = [
        bus.on('alarm', ({ alarm }) => {
          const view = alarms.view(alarm);
          if (view) push({ alarm: itemOf(view, dictionary) });
        }),
        bus.on('deployment', () => push(snapshot())),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

async function occurrences({ alarms, dictionary }: Context, query: Parameters<typeof planList>[0]) {
  const plan = planList(query, OCCURRENCES);
  const { rows, next } = plan.page(await alarms.occurrences(plan));
  return { items: rows.flatMap(({ steps }) => occurrenceOf(steps, alarms, dictionary) ?? []), ...(next === undefined ? {} : { next }) };
}

async function trace({ alarms }: Context, alarm: string, occurrence: number) {
  const steps = await alarms.steps(alarm, occurrence);
  const deployed = alarms.definition(alarm);
  if (!deployed && steps.length === 0) throw unknown(alarm);
  return { alarm, occurrence, steps: steps.map(stepOf), definition: deployed?.definition ?? null };
}

const shelfOf = (text: string): { readonly for?: number } => {
  const ms = parseDuration(text);
  return ms === undefined ? {} : { for: ms };
};

/** 报警: lists, trace, actions and the live topic. Needs the engine (`alarms`) and the dictionary. */
export const alarmsModule = defineModule<typeof contract, AlarmsNeeds>({
  name: 'alarms',
  contract,
  start: async (context) => {
    const { alarms, dictionary } = context;
    return {
      topics: [liveTopic(context)],
      handlers: {
        async list({ query }) {
          const all = query.filter === undefined ? alarms.current().filter(({ state }) => state !== 'normal') : alarms.current();
          const { items, next } = listInMemory(
            all,
            (view, field) => Object.entries(view).find(([name]) => name === field)?.[1],
            query,
            LIST,
          );
          return { items: items.map((view) => itemOf(view, dictionary)), ...(next === undefined ? {} : { next }) };
        },
        occurrences: ({ query }) => occurrences(context, query),
        async get({ params }) {
          const view = alarms.view(params.id);
          if (!view) throw unknown(params.id);
          return itemOf(view, dictionary);
        },
        trace: ({ params }) => trace(context, params.id, params.occurrence),
        acknowledge: (asked) => act(context, { kind: 'acknowledge', alarm: asked.params.id, occurrence: asked.body.occurrence }, asked),
        reset: (asked) => act(context, { kind: 'reset', alarm: asked.params.id }, asked),
        shelve: (asked) =>
          act(
            context,
            { kind: 'shelve', alarm: asked.params.id, reason: asked.body.reason, ...shelfOf(asked.body.for) },
            asked,
            asked.body.reason,
          ),
        unshelve: (asked) => act(context, { kind: 'unshelve', alarm: asked.params.id }, asked),
        outOfService: (asked) => act(context, { kind: 'outOfService', alarm: asked.params.id }, asked, asked.body.reason),
        inService: (asked) => act(context, { kind: 'inService', alarm: asked.params.id }, asked),
      },
    };
  },
});
