import type { Command } from '#domain/command/types.ts';
import { ROLES } from '#domain/role.ts';
import type { RoleId } from '#domain/role.ts';
import type { Sample, TagId, Value } from '#domain/sample.ts';
import { demoPlant } from '#plants/demo.ts';
import { Bus } from '#server/bus.ts';
import { CommandService } from '#server/modules/commands/service.ts';
import type { AuditEntry, Caller, CommandOutcome, Log, RuntimeLink, TagDictionary } from '#server/services.ts';
import { MemoryStore, VirtualTime, emptyDisk } from './memory-store.ts';
import type { Disk, WriteHook } from './memory-store.ts';

export const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export const dictionary: TagDictionary = {
  tags: demoPlant.tags,
  assets: demoPlant.assets,
  gate: new Map(demoPlant.gate.map((rule) => [rule.tag, rule])),
  tag: (id) => demoPlant.tags.find((tag) => tag.id === id),
  asset: (id) => demoPlant.assets.find((asset) => asset.id === id),
};

/** A logged-in person of a role. */
export const person = (id: string, role: RoleId, session = `session-${id}`): Caller => ({
  kind: 'user',
  id,
  name: id,
  roles: [role],
  rights: new Set(ROLES.find((one) => one.id === role)?.rights),
  session,
});

export const UNIT = 'STA007.UNT02';
export const SETPOINT = `${UNIT}.2T_SP`;
export const VALVE = `${UNIT}.BV_SP`;

/** A flow runtime whose answers the test gives, or that answers at once with `answer`. */
export class FakeLink implements RuntimeLink {
  readonly sent: { readonly id: string; readonly tag: TagId; readonly value: number | boolean; readonly at: number }[] = [];
  readonly open = new Map<string, { resolve: (outcome: CommandOutcome) => void; reject: (error: unknown) => void }>();
  answer: ((id: string) => CommandOutcome | Error) | undefined;
  alive = true;
  readonly #time: VirtualTime;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  online = false;
  runtimes: RuntimeLink['runtimes'] = () => [{ runtime: 'local', online: this.online, lastSeen: 0, deployment: 1 }];

  sendCommand(command: Parameters<RuntimeLink['sendCommand']>[0]): Promise<CommandOutcome> {
    if (!this.alive) return Promise.reject(new Error('the process is dead'));
    this.sent.push({ id: command.id, tag: command.tag, value: command.value, at: this.#time.now() });
    const answer = this.answer?.(command.id);
    if (answer instanceof Error) return Promise.reject(answer);
    if (answer) return Promise.resolve(answer);
    return new Promise((resolve, reject) => {
      this.open.set(command.id, { resolve, reject });
    });
  }

  stop: RuntimeLink['stop'] = () => Promise.resolve([]);
}

export interface Run {
  readonly service: CommandService;
  readonly link: FakeLink;
  readonly store: MemoryStore;
  readonly events: Command[];
}

/** One plant, one disk, several lives of the platform. */
export class Plant {
  readonly time = new VirtualTime();
  readonly disk: Disk = emptyDisk();
  readonly audited: AuditEntry[] = [];
  readonly values = new Map<TagId, Sample>();
  readonly stopped = new Set<string>();
  auditDown = false;
  readonly told: { readonly to: readonly string[]; readonly key: string }[] = [];
  #serial = 0;

  constructor() {
    this.set(SETPOINT, 45);
    this.set(VALVE, 100);
    this.set('STA007.STOPPED', false);
    this.set(`${UNIT}.CV_SP`, 40);
    this.set(`${UNIT}.MODE`, 0);
  }

  set(tag: TagId, value: Value, quality: Sample['quality'] = 'good'): void {
    this.values.set(tag, { tag, at: this.time.now(), value, quality });
  }

  /** Cyclic samples: everything is fresh again. */
  refresh(): void {
    for (const sample of this.values.values()) this.set(sample.tag, sample.value, sample.quality);
  }

  async start(hook?: WriteHook): Promise<Run> {
    const link = new FakeLink(this.time);
    const store = new MemoryStore(this.disk, hook);
    const events: Command[] = [];
    const bus = new Bus(() => undefined);
    bus.on('command', (command) => events.push(command));
    const audit = {
      append: (entry: AuditEntry): Promise<number> =>
        this.auditDown || !link.alive ? Promise.reject(new Error('audit is down')) : Promise.resolve(this.audited.push(entry)),
    };
    const ids = { next: () => `c${String((this.#serial += 1)).padStart(6, '0')}`, secret: () => 'secret' };
    const service = new CommandService(
      { store, bus, audit, clock: this.time, ids, log: quiet },
      {
        dictionary,
        image: { get: (tag) => this.values.get(tag), apply: () => undefined },
        link,
        deployments: { n: 3 },
        timers: this.time,
        messenger: { send: ({ to, key }) => Promise.resolve(void this.told.push({ to, key })) },
        directory: { withRole: () => [{ id: 'wang.jianjun', name: 'Wang' }] },
        stopped: (asset) => this.stopped.has(asset),
      },
    );
    await service.open();
    return { service, link, store, events };
  }
}

export const confirmed = (id: string, readBack: Value = 46): CommandOutcome => ({ id, state: 'confirmed', readBack, at: 0 });
