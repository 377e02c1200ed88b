import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Type from 'typebox';
import { Check } from 'typebox/value';
import type { GateRule } from '#domain/command/types.ts';
import { isProblem } from '#domain/errors.ts';
import type { Sample } from '#domain/sample.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { Language } from '#domain/text.ts';
import type { Clock } from '#domain/time.ts';
import { checkFlows } from '#nodes/flow-file.ts';
import { CORE_TYPES, palette } from '#nodes/index.ts';
import { ControlClient } from './control-client.ts';
import { Deployed } from './deployed.ts';
import { DiskQueue } from './disk-queue.ts';
import { Image } from './image.ts';
import { LinkClient } from './link-client.ts';
import { startNodeRed, type RunningNodeRed } from './node-red.ts';
import { Storage } from './storage.ts';
import { Writes } from './writes.ts';

/** What the host tells the runtime over IPC at its start; nothing of it is in the environment. */
export const StartMessage = Type.Object({
  kind: Type.Literal('start'),
  runtime: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' }),
  credential: Type.String({ minLength: 16 }),
  credentialSecret: Type.String({ minLength: 16 }),
  control: Type.String(),
  broker: Type.String(),
  directory: Type.String(),
  editor: Type.Boolean(),
  language: Type.Union([Type.Literal('zh'), Type.Literal('en')]),
});
export interface RuntimeOptions extends Omit<Type.Static<typeof StartMessage>, 'kind' | 'language'> {
  readonly language: Language;
  readonly clock: Clock;
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
}

interface PlantData {
  readonly tags: readonly TagDefinition[];
  readonly gate: readonly GateRule[];
}
const isPlant = (value: unknown): value is PlantData =>
  Check(
    Type.Object({ tags: Type.Array(Type.Object({ id: Type.String() })), gate: Type.Array(Type.Object({ tag: Type.String() })) }),
    value,
  );

/** Samples that come within this time go into one batch. */
const COLLECT = 50;
const MAX_BATCH = 1000;
const FIRST_START = 30_000;
const QUEUE_BYTES = 256 * 1024 * 1024;

/** Puts what nodes publish on the disk, several messages in one commit. */
function collector(queue: DiskQueue, image: Image, stored: () => void): { publish(samples: readonly Sample[]): void; flush(): void } {
  let pending: Sample[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const samples = pending;
    pending = [];
    for (let i = 0; i < samples.length; i += MAX_BATCH) queue.append(samples.slice(i, i + MAX_BATCH));
    if (samples.length > 0) stored();
  };
  return {
    flush,
    publish(samples) {
      pending.push(...samples);
      timer ??= setTimeout(flush, COLLECT);
      image.apply(samples);
    },
  };
}

export interface Runtime {
  readonly port: number;
  close(): Promise<void>;
}

/** The tag dictionary and the allow-list: from the server, else those of the last time. */
async function loadPlant(request: ControlClient['request'], queue: DiskQueue, log: RuntimeOptions['log']): Promise<PlantData> {
  try {
    const plant = await request('GET', 'plant');
    if (isPlant(plant)) {
      queue.set('plant', JSON.stringify(plant));
      return plant;
    }
  } catch (error) {
    log('warn', `plant: ${error instanceof Error ? error.message : String(error)}; the one on the disk goes on`);
  }
  const cached: unknown = JSON.parse(queue.get('plant') ?? 'null');
  return isPlant(cached) ? cached : { tags: [], gate: [] };
}

/** Waits until the server answers, `within` ms at most. */
async function untilReachable(control: ControlClient, within: number): Promise<void> {
  for (let waited = 0; waited < within; waited += 200) {
    const reached = await control.request('GET', 'plant').then(
      () => true,
      (error: unknown) => isProblem(error) && error.code !== 'CONTROL_UNREACHABLE',
    );
    if (reached) return;
    await sleep(200);
  }
}

/** The flow runtime: disk queue, link, control channel and Node-RED with the palette. Starts without server and broker if it ever ran. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { clock, log } = options;
  mkdirSync(options.directory, { recursive: true });
  const queue = new DiskQueue(join(options.directory, 'queue.db'), clock.now(), QUEUE_BYTES);
  const ended = new AbortController();
  let link: LinkClient | undefined;
  let red: RunningNodeRed | undefined;
  const tags = new Map<string, TagDefinition>();
  const gate = new Map<string, GateRule>();
  const image = new Image((id) => tags.get(id), clock);
  const writes = new Writes({ image, queue, clock, rule: (tag) => gate.get(tag) });
  const samples = collector(queue, image, () => link?.pump());

  const control: ControlClient = new ControlClient({
    url: options.control,
    runtime: options.runtime,
    credential: options.credential,
    signal: ended.signal,
    onStop: (targets, action) => writes.stop(targets, action),
    onCommand: (command) => writes.command(command),
    onDeployment: (n) => void follow(n),
    onOpen: () => void follow(undefined),
    state: () => ({ deployment: deployed.n, hashes: deployed.hashes, owns: writes.owns, stops: writes.stops, queued: queue.count }),
  });
  const check = (flows: unknown) => checkFlows(flows, { palette, coreTypes: CORE_TYPES, knownTag: (tag) => tags.has(tag) });
  const deployed = new Deployed({
    request: (method, path, body) => control.request(method, path, body),
    cache: queue,
    check,
    log: (text) => log('warn', text),
  });
  const storage = new Storage({
    deployed,
    request: (method, path, body) => control.request(method, path, body),
    log: (text) => log('warn', text),
    onSaved: () => control.report(),
  });

  let following = Promise.resolve();
  /** Runs what the pointer names; what fails keeps the last good version and is said in the log and in the report of hashes. */
  const follow = (n: number | undefined): Promise<void> => {
    following = following.then(async () => {
      if (n === deployed.n) return;
      try {
        await refreshPlant();
        if (!(await deployed.refresh()) || !red) return;
        storage.applying = true;
        await red.apply(deployed.nodes);
      } catch (error) {
        log('error', `deployment ${n ?? 'now'}: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        storage.applying = false;
        control.report();
      }
    });
    return following;
  };
  const refreshPlant = async (): Promise<void> => {
    const plant = await loadPlant((method, path) => control.request(method, path), queue, log);
    tags.clear();
    gate.clear();
    for (const tag of plant.tags) tags.set(tag.id, tag);
    for (const rule of plant.gate) gate.set(rule.tag, rule);
  };

  // The very first start needs the server, which may be starting too; later the disk knows enough.
  await untilReachable(control, queue.get('plant') === undefined ? FIRST_START : 0);
  await refreshPlant();
  await deployed.load();
  red = await startNodeRed(
    {
      directory: options.directory,
      palette,
      storage: storage.asModule(),
      credential: options.credential,
      credentialSecret: options.credentialSecret,
      editor: options.editor,
      now: () => clock.now(),
      log,
      services: {
        image,
        writes,
        publish: (batch) => samples.publish(batch),
        tag: (id) => tags.get(id),
        clock,
        kept: queue,
        language: options.language,
      },
    },
    (text) =>
      [...tags.values()]
        .filter((tag) => `${tag.id} ${tag.label.zh} ${tag.label.en}`.toLowerCase().includes(text.toLowerCase()))
        .slice(0, 50)
        .map((tag) => ({ id: tag.id, label: tag.label[options.language], unit: tag.unit })),
  );
  link = new LinkClient({
    url: options.broker,
    runtime: options.runtime,
    credential: options.credential,
    queue,
    clock,
    hello: () => ({ deployment: deployed.n, hashes: deployed.hashes, owns: writes.owns }),
    onCommand: (command) => writes.command(command),
    onDeployment: (n) => void follow(n),
    onState: (online, detail) => log(online && detail === '' ? 'info' : 'warn', `link ${online ? 'online' : 'offline'} ${detail}`),
  });
  void control.run();
  return {
    port: red.port,
    async close() {
      ended.abort();
      await red.close();
      samples.flush();
      await link.close();
      queue.close();
    },
  };
}
