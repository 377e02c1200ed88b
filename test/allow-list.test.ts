import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { demoPlant } from '#plants/demo.ts';
import { hostClock, hostIds } from '#server/ambient.ts';
import { Assembly } from '#server/assembly/assembly.ts';
import { assembleContent } from '#server/assembly/content.ts';
import { Bus } from '#server/bus.ts';
import { DEFAULT_SETTINGS } from '#server/config.ts';
import { createTagDictionary, type PlantDictionary } from '#server/modules/tags/dictionary.ts';
import type { Deployments } from '#server/services.ts';
import { openEmbeddedStore } from '#server/store/embedded/store.ts';
import { quiet } from './command-kit.ts';

const TAG = 'STA007.UNT02.2T_SP';
const narrower = demoPlant.gate.map((rule) => (rule.tag === TAG ? { ...rule, max: 52 } : rule));

let dir: string;
let stack: AsyncDisposableStack;
let dictionary: PlantDictionary;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nuanliu-gate-'));
  stack = new AsyncDisposableStack();
});
afterEach(async () => {
  await stack.disposeAsync();
  await rm(dir, { recursive: true });
});

/** The content of a server that starts on this folder. */
async function start(): Promise<Deployments> {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
  dictionary = createTagDictionary(demoPlant);
  const context = {
    store: stack.use(await openEmbeddedStore({ dir })),
    audit: { append: () => Promise.resolve(1) },
    bus: new Bus(() => undefined),
    clock: hostClock,
    ids: hostIds(hostClock),
    log: quiet,
  };
  return (await assembleContent(new Assembly(context, stack), DEFAULT_SETTINGS, dictionary, () => [])).deployments;
}
const deploy = (deployments: Deployments, content: unknown): Promise<unknown> =>
  deployments.deploy({
    artefacts: [{ kind: 'gate', id: demoPlant.id, content }],
    author: 'li.gongyi',
    approver: 'zhao.lixin',
    message: 'no more than 52 °C',
  });

it('the gate judges by the allow-list that is deployed, after a restart too', async () => {
  const deployments = await start();
  expect(dictionary.gate.get(TAG)?.max).toBe(demoPlant.gate.find((rule) => rule.tag === TAG)?.max);
  await deploy(deployments, narrower);
  expect(dictionary.gate.get(TAG)?.max).toBe(52);
  await deploy(
    deployments,
    narrower.filter((rule) => rule.tag !== TAG),
  );
  expect(dictionary.gate.has(TAG)).toBe(false);
  await start();
  expect(dictionary.gate.has(TAG)).toBe(false);
  expect(dictionary.gate.size).toBe(demoPlant.gate.length - 1);
});

it('a list that names a tag that is not there takes no effect, and the earlier one stays deployed', async () => {
  const deployments = await start();
  const before = deployments.deployed('gate', demoPlant.id)?.hash;
  const astray = narrower.map((rule) => (rule.tag === TAG ? { ...rule, readBack: { ...rule.readBack, tag: 'NOWHERE' } } : rule));
  await expect(deploy(deployments, astray)).rejects.toMatchObject({ code: 'ARTEFACT_INVALID', place: { element: demoPlant.id } });
  expect(dictionary.gate.get(TAG)?.max).not.toBe(52);
  expect(deployments.deployed('gate', demoPlant.id)?.hash).toBe(before);
});
