import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AlarmTransition, AlarmView } from '#domain/alarm/types.ts';
import type { Command } from '#domain/command/types.ts';
import { ROLES } from '#domain/role.ts';
import type { RoleId } from '#domain/role.ts';
import { demoPlant } from '#plants/demo.ts';
import { reports } from '#reports/index.ts';
import { jobs, processes, shippedProcesses } from '#workflows/index.ts';
import { Bus } from '../../bus.ts';
import type { Request } from '../../define-module.ts';
import { openEmbeddedEngine } from '../../engines/workflow/embedded/open.ts';
import { createTemplates } from '../../engines/templates/render.ts';
import type { AuditEntry, Caller, CommandRequest } from '../../services.ts';
import { openEmbeddedStore } from '../../store/embedded/store.ts';
import messagesModule from '../messages/module.ts';
import tasksModule from '../tasks/module.ts';
import workflowsModule from './module.ts';

/** Tests: the three modules on a real engine and a real store; devices, alarms and people are stand-ins. */
export interface World {
  now: number;
  readonly alarms: Map<string, AlarmView>;
  readonly audit: AuditEntry[];
  readonly commands: Map<string, Command>;
  /** How the next commands end. */
  outcomes: Pick<Command, 'state' | 'code'>[];
  decisions: number;
  decideFails: boolean;
  decision: { readonly type: string; readonly params: Record<string, unknown> };
}
export const newWorld = (): World => ({
  now: Date.parse('2026-01-10T06:00:00Z'),
  alarms: new Map(),
  audit: [],
  commands: new Map(),
  outcomes: [],
  decisions: 0,
  decideFails: false,
  decision: { type: 'leak', params: { level: 'II', action: 'close-valve', priority: 1 } },
});

const PEOPLE: readonly { id: string; name: string; roles: RoleId[] }[] = [
  { id: 'li', name: '李调度', roles: ['dispatcher'] },
  { id: 'zhao', name: '赵主管', roles: ['manager'] },
  { id: 'wang', name: '王工', roles: ['process-engineer'] },
  { id: 'qian', name: '钱二', roles: ['dispatcher', 'manager'] },
];
export const caller = (id: string): Caller => {
  const person = PEOPLE.find((each) => each.id === id);
  if (!person) throw new Error(`no ${id}`);
  return {
    kind: 'user',
    id,
    name: person.name,
    roles: person.roles,
    rights: new Set(ROLES.filter((role) => person.roles.includes(role.id)).flatMap((role) => role.rights)),
  };
};

export const request = (who: string, parts: object = {}): Request<never> & { params: never; query: never; body: never } => {
  const base: unknown = {
    params: {},
    query: {},
    body: undefined,
    caller: caller(who),
    requestId: 'r1',
    language: 'zh',
    accept: 'application/json',
    signal: AbortSignal.timeout(60_000),
    ...parts,
  };
  return base as never;
};

export const leak = (state: AlarmView['state'], occurrence = 1): AlarmView => ({
  id: 'unit.leak:STA003.UNT02',
  asset: 'STA003.UNT02',
  tag: 'STA003.UNT02.MK_FI',
  unit: 't/h',
  priority: 1,
  class: 'process',
  state,
  occurrence,
  at: 0,
  raisedAt: 0,
  value: 5.2,
  limit: 2,
  revision: 'abc',
  rule: 'unit.leak',
  active: state === 'unack' || state === 'acked',
  bad: false,
  starts: 'emergency-response',
  label: { zh: '泄漏', en: 'leak' },
  cause: { zh: '因', en: 'cause' },
  consequence: { zh: '果', en: 'consequence' },
  response: { zh: '处', en: 'response' },
});

const gate = new Map(demoPlant.gate.map((rule) => [rule.tag, rule]));
const tags = new Map(demoPlant.tags.map((tag) => [tag.id, tag]));
const assets = new Map(demoPlant.assets.map((asset) => [asset.id, asset]));

export async function openStory(folder: string, world: World) {
  mkdirSync(folder, { recursive: true });
  const clock = { now: () => world.now, monotonic: () => world.now };
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const store = await openEmbeddedStore({ dir: join(folder, 'store'), clock });
  const engine = await openEmbeddedEngine({ file: join(folder, 'workflow.db'), clock, log });
  const bus = new Bus((error) => {
    throw error;
  });
  let sequence = 0;
  const context = {
    store,
    bus,
    clock,
    log,
    ids: { next: () => String((sequence += 1)), secret: () => 'x' },
    audit: { append: async (entry: AuditEntry) => world.audit.push(entry) },
    dictionary: {
      tag: (id: string) => tags.get(id),
      asset: (id: string) => assets.get(id),
      tags: demoPlant.tags,
      assets: demoPlant.assets,
      gate,
    },
    directory: {
      user: (id: string) => PEOPLE.find((each) => each.id === id),
      withRole: (role: RoleId) => PEOPLE.filter((each) => each.roles.includes(role)),
      callerOf: (id: string) => (PEOPLE.some((each) => each.id === id) ? caller(id) : undefined),
    },
    image: {
      get: (tag: string) => ({
        tag,
        at: world.now,
        value: [...world.commands.values()].findLast((command) => command.tag === tag && command.state === 'confirmed')?.value ?? 45,
        quality: 'good' as const,
      }),
    },
    history: { read: async () => [] },
    decisions: {
      decide: async () => {
        world.decisions += 1;
        if (world.decideFails) throw new Error('the rule is broken');
        return [world.decision];
      },
    },
    alarms: { current: () => [...world.alarms.values()], view: (id: string) => world.alarms.get(id), steps: async () => [] },
    commands: {
      async submit(given: CommandRequest): Promise<Command> {
        const id = given.idempotencyKey ?? '';
        const known = world.commands.get(id);
        if (known) return known;
        const end = world.outcomes.shift() ?? { state: 'confirmed' as const };
        const command: Command = {
          id,
          tag: given.tag,
          value: given.value,
          unit: '%',
          reason: given.reason,
          submitter: given.submitter.id,
          submittedAt: world.now,
          expires: world.now + 30_000,
          endedAt: world.now,
          before: 100,
          readBack: given.value,
          ...end,
          ...(given.approver ? { approver: given.approver.id } : {}),
          ...(given.instance === undefined ? {} : { instance: given.instance }),
        };
        world.commands.set(id, command);
        return command;
      },
      get: async (id: string) => world.commands.get(id),
      async ended(id: string): Promise<Command> {
        const command = world.commands.get(id);
        if (!command) throw new Error('no command');
        return command;
      },
    },
    deployments: {
      n: 1,
      deployed: () => undefined,
      list: () => [],
      deploy: async () => ({ n: 2 }),
      follow: async (
        _kind: string,
        _consumer: string,
        apply: (changed: readonly { id: string; hash: string; content: unknown }[], removed: readonly string[], n: number) => Promise<void>,
      ) =>
        apply(
          shippedProcesses().map(({ id, content }) => ({ id, hash: id, content })),
          [],
          1,
        ),
    },
    engine,
    processes,
    jobs,
    templates: createTemplates(reports),
    mailFolder: join(folder, 'mail'),
  };
  const messages = await messagesModule.start(context);
  const workflows = await workflowsModule.start({ ...context, messenger: messages.messenger });
  const tasks = await tasksModule.start({ ...context, processes: workflows.processes });
  return {
    world,
    bus,
    engine,
    store,
    messages,
    workflows,
    tasks,
    clock,
    /** A transition of an alarm as the alarm engine would tell it. */
    alarm(view: AlarmView): void {
      const before = world.alarms.get(view.id);
      world.alarms.set(view.id, view);
      const transition: AlarmTransition = {
        at: world.now,
        alarm: view.id,
        from: before?.state ?? 'normal',
        to: view.state,
        occurrence: view.occurrence,
      };
      bus.emit('alarm', transition);
    },
    async [Symbol.asyncDispose]() {
      await tasks[Symbol.asyncDispose]?.();
      await workflows[Symbol.asyncDispose]?.();
      await engine[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
export type Story = Awaited<ReturnType<typeof openStory>>;
