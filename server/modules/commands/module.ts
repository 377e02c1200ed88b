import { contract } from '#contract/commands';
import type { GateView } from '#contract/commands';
import type { GateCode } from '#domain/command/gate.ts';
import { Problem } from '#domain/errors.ts';
import { planList } from '#domain/list.ts';
import type { ListShape } from '#domain/list.ts';
import { parseDuration } from '#domain/time.ts';
import { Reply, defineModule } from '../../define-module.ts';
import type { LiveTopic, ModuleContext } from '../../define-module.ts';
import type { Commands } from '../../services.ts';
import { COMMANDS, parseRecord, toView } from './record.ts';
import type { CommandRecord } from './record.ts';
import { unknownCommand } from './sender.ts';
import { CommandService } from './service.ts';
import type { CommandNeeds } from './service.ts';

const LIST: ListShape = {
  fields: {
    state: 'string',
    tag: 'string',
    submitter: 'string',
    approver: 'string',
    instance: 'string',
    code: 'string',
    submittedAt: 'time',
    endedAt: 'time',
  },
  sort: '-submittedAt',
};

/** Statuses of the gate's refusals: a value that can never pass 422, a state that may change 409, a missing right 403. */
const STATUS: Readonly<Record<GateCode, number>> = {
  GATE_NOT_LISTED: 422,
  GATE_WRITER: 422,
  GATE_ROLE: 403,
  GATE_PERSONS: 403,
  GATE_VALUE: 422,
  GATE_RANGE: 422,
  GATE_MODE: 409,
  TAG_IN_AUTO: 409,
  GATE_PERMISSIVE: 409,
  GATE_PRESENT_UNKNOWN: 409,
  GATE_STEP: 422,
  GATE_RATE: 409,
};
const statusOf = (code: string): number => Object.entries(STATUS).find(([known]) => known === code)?.[1] ?? 409;

function refusal(record: CommandRecord, language: 'zh' | 'en'): Problem {
  const code = record.code ?? 'STATE_REFUSED';
  const detail = record.why?.[language] ?? code;
  return new Problem(code, statusOf(code), detail, { place: { path: 'value' }, context: { command: record._id } });
}

function milliseconds(expires: string | undefined): number | undefined {
  if (expires === undefined) return undefined;
  const ms = parseDuration(expires);
  if (ms === undefined) throw new Problem('COMMAND_EXPIRES', 422, `"${expires}" is no duration`, { place: { path: 'expires' } });
  return ms;
}

async function gateView(
  context: ModuleContext & CommandNeeds,
  service: CommandService,
  tag: string,
  tried: number | undefined,
): Promise<GateView> {
  const definition = context.dictionary.tag(tag);
  if (!definition) throw new Problem('TAG_UNKNOWN', 404, `there is no tag ${tag}`);
  const { gate } = service;
  const rule = gate.rule(tag);
  const sample = context.image.get(tag);
  const present = gate.value(tag);
  const value = tried ?? (typeof present === 'number' || typeof present === 'boolean' ? present : (rule?.min ?? 0));
  const verdict = gate.check({ tag, value, lastWriteAt: service.lastWrite(tag), persons: ['you'], roleOk: true, alone: true });
  const mode = gate.mode(tag);
  return {
    tag,
    unit: definition.unit,
    listed: rule?.writers.includes('command') ?? false,
    ...(rule
      ? {
          rule: {
            min: rule.min,
            max: rule.max,
            ...(rule.maxStep === undefined ? {} : { maxStep: rule.maxStep }),
            ...(rule.minInterval === undefined ? {} : { minInterval: rule.minInterval }),
            risk: rule.risk,
            persons: rule.persons,
            ...(rule.mode ? { modes: [...rule.mode.allow] } : {}),
            readBack: { ...rule.readBack },
          },
        }
      : {}),
    ...(sample
      ? {
          present: {
            at: new Date(sample.at).toISOString(),
            value: sample.value,
            quality: sample.quality,
            age: Math.max(0, Math.round(context.clock.now() - sample.at)),
          },
        }
      : {}),
    ...(mode === undefined ? {} : { mode }),
    stopped: gate.stopped(tag),
    ...(verdict.ok ? {} : { refusal: { code: verdict.code, detail: verdict.detail } }),
    secondPerson: rule?.persons === 2,
    active: (await service.active(tag)).map(toView),
  };
}

const liveTopic = (service: CommandService): LiveTopic => ({
  name: 'commands',
  allowed: (caller) => caller.rights.has('live.read'),
  snapshot: async () => ({ commands: (await service.active()).map(toView) }),
  subscribe: (_caller, _argument, push) =>
    service.onChange((record) => {
      push({ command: toView(record) });
    }),
});

/** 控制命令. Needs the process image, the dictionary, the link and the deployment number; gives `commands`. */
export const commandsModule = defineModule<typeof contract, CommandNeeds, { readonly commands: Commands }>({
  name: 'commands',
  contract,
  async start(context) {
    const service = new CommandService(context, context);
    await service.open();
    return {
      commands: service,
      topics: [liveTopic(service)],
      handlers: {
        async submit({ body, caller, idempotencyKey, language }) {
          const expires = milliseconds(body.expires);
          const record = await service.submitRecord({
            tag: body.tag,
            value: body.value,
            reason: body.reason,
            submitter: caller,
            ...(expires === undefined ? {} : { expiresIn: expires }),
            ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
          });
          if (record.state === 'refused') throw refusal(record, language);
          return new Reply(toView(record), { status: 202, headers: { location: `/api/commands/${record._id}` } });
        },
        async list({ query }) {
          const plan = planList(query, LIST);
          const docs = await context.store.all(COMMANDS, plan.filter, { sort: plan.sort, limit: plan.read });
          const { rows, next } = plan.page(docs);
          return { items: rows.map((doc) => toView(parseRecord(doc))), ...(next === undefined ? {} : { next }) };
        },
        async get({ params }) {
          const record = await service.record(params.id);
          if (!record) throw unknownCommand(params.id);
          return toView(record);
        },
        approve: async ({ params, caller }) => toView(await service.approve(params.id, caller)),
        withdraw: async ({ params, body, caller }) => toView(await service.withdraw(params.id, caller, body.reason)),
        gate: ({ params, query }) => gateView(context, service, params.tag, query.value),
      },
      async [Symbol.asyncDispose]() {
        service.close();
      },
    };
  },
});
