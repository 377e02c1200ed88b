import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDefinition } from '#domain/alarm/parse.ts';
import type { GateRule } from '#domain/command/types.ts';
import { Problem, isProblem } from '#domain/errors.ts';
import { typeFaults } from '#domain/ledger/check-type.ts';
import { ledgerTypes } from '#ledgers/index.ts';
import type { FlowFault } from '#nodes/flow-file.ts';
import { checkFlows, parseFlows, splitFlows, type FlowNode } from '#nodes/flow-file.ts';
import { CORE_TYPES, palette } from '#nodes/index.ts';
import { demoPlant } from '#plants/demo.ts';
import { decisionRules, shippedAlarms } from '#rules/index.ts';
import { shippedProcesses } from '#workflows/index.ts';
import type { Settings } from '../config.ts';
import { parseDecision } from '../engines/decisions/parse.ts';
import { ModelRejected } from '../engines/workflow/port.ts';
import { compile } from '../engines/workflow/embedded/compile.ts';
import { flowKind } from '../modules/changes/kinds/flow.ts';
import { gateKind, parseAllowList } from '../modules/changes/kinds/gate.ts';
import { ledgerTypeKind } from '../modules/changes/kinds/ledger-type.ts';
import { processKind } from '../modules/changes/kinds/process.ts';
import { alarmKind, decisionKind } from '../modules/changes/kinds/rules.ts';
import { changesModule, type ChangesGives, type ChangesNeeds } from '../modules/changes/module.ts';
import type { Shipped } from '../modules/changes/seed.ts';
import { parseLedgerType } from '../modules/ledgers/catalogue.ts';
import { gateTags, type PlantDictionary } from '../modules/tags/dictionary.ts';
import type { Deployments, TagDictionary } from '../services.ts';
import type { Assembly } from './assembly.ts';

const FLOWS = fileURLToPath(new URL('../../flows', import.meta.url));
const NO_NAMED = new Map();

/** Faults of a set of flows: types that must not run, configurations, unknown tags. */
export const flowCheck =
  (dictionary: TagDictionary) =>
  (flows: unknown): readonly FlowFault[] =>
    checkFlows(flows, { palette, coreTypes: CORE_TYPES, knownTag: (tag) => dictionary.tag(tag) !== undefined });

/** The demo's devices live at the ports of the settings. */
function atOwnPorts(node: FlowNode, settings: Settings): FlowNode {
  if (!settings.demo) return node;
  const { modbusPort, opcuaPort } = settings.simulator;
  if (node.type === 'modbus-device') return Object.assign({ ...node }, { port: modbusPort });
  if (node.type === 'heat-opcua-device') return Object.assign({ ...node }, { endpoint: `opc.tcp://127.0.0.1:${opcuaPort}` });
  if (node.type === 'heat-mqtt-broker')
    return Object.assign({ ...node }, { url: settings.mqtt.url ?? `mqtt://${settings.mqtt.host}:${settings.mqtt.port}` });
  return node;
}

function shippedFlows(settings: Settings, check: (flows: unknown) => readonly FlowFault[]): Shipped[] {
  const files = readdirSync(FLOWS).filter((name) => name.endsWith('.flow.json'));
  const fileOf = new Map<string, string>();
  const nodes = files.toSorted().flatMap((name) => {
    const file = join(FLOWS, name);
    try {
      const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
      const parsed = parseFlows(content);
      for (const { id } of parsed) fileOf.set(id, `flows/${name}`);
      return [...parsed];
    } catch (error) {
      throw new Problem('FLOW_INVALID', 422, `flows/${name}: ${error instanceof Error ? error.message : String(error)}`, {
        place: { file: `flows/${name}` },
        cause: error,
      });
    }
  });
  const own = nodes.map((node) => atOwnPorts(node, settings));
  const [fault] = check(own);
  if (fault) {
    const file = fileOf.get(fault.node) ?? 'flows/';
    throw new Problem(fault.code, 422, `${file}: node ${fault.node}: ${fault.detail}`, { place: { file, element: fault.node } });
  }
  return [...splitFlows(own)].map(([id, content]) => ({ kind: 'flow', id, content }));
}

/** The models are compiled before anything is seeded: a broken one is told with its element. */
async function compiledProcesses(): Promise<Shipped[]> {
  return Promise.all(
    shippedProcesses().map(async (shipped) => {
      const file = `workflows/${shipped.id}/${shipped.id}.bpmn`;
      try {
        await compile(file, shipped.content.bpmn);
      } catch (error) {
        if (!(error instanceof ModelRejected)) throw error;
        const element = error.problems[0]?.element;
        throw new Problem('BPMN_INVALID', 422, error.message, { place: { file, ...(element ? { element } : {}) }, cause: error });
      }
      return shipped;
    }),
  );
}

/** Everything that the repository ships, as revision 0 of its artefact. @throws Problem with the file or the element of the first fault */
async function shippedArtefacts(settings: Settings, check: (flows: unknown) => readonly FlowFault[]): Promise<Shipped[]> {
  return [
    ...shippedAlarms(demoPlant).map((definition) => ({ kind: 'alarm', id: definition.id, content: definition })),
    ...decisionRules.map((rule) => ({ kind: 'decision', id: rule.id, content: rule })),
    ...ledgerTypes.map((type) => ({ kind: 'ledger-type', id: type.id, content: type })),
    ...(await compiledProcesses()),
    ...shippedFlows(settings, check),
    { kind: 'gate', id: demoPlant.id, content: demoPlant.gate },
  ];
}

interface Content extends Pick<ChangesGives, 'deployments'> {
  /** Faults of what is shipped now: the content that was deployed before goes on. */
  readonly refused: readonly Problem[];
}

/**
 * Artefacts, their kinds and the deployment pointer, seeded with what is shipped.
 * @throws Problem with the file or the element if what is shipped is broken and there is no earlier deployment to go on with
 */
export async function assembleContent(
  assembly: Assembly,
  settings: Settings,
  dictionary: PlantDictionary,
  remoteReports: NonNullable<ChangesNeeds['remoteReports']>,
): Promise<Content> {
  const check = flowCheck(dictionary);
  const kinds = [
    alarmKind({ check: (content) => void parseDefinition(content, '$', NO_NAMED) }),
    decisionKind({ check: (content) => void parseDecision(content) }),
    processKind(),
    flowKind({
      check: (content, id) =>
        check(content)
          .filter((fault) => fault.code !== 'FLOW_INVALID' || fault.node !== '')
          .map((fault) => new Problem(fault.code, fault.status, fault.detail, { place: { element: fault.node || id } })),
    }),
    gateKind({ check: (content, id) => unknownTags(parseAllowList(content, id), id, dictionary) }),
    ledgerTypeKind({
      check: (content, _id, world) => typeFaults(parseLedgerType(content), new Set(world.list('ledger-type').map((type) => type.id))),
    }),
  ];
  const { deployments, seedShipped } = await assembly.run(changesModule, { kinds, remoteReports });
  const seed = async () => seedShipped(await shippedArtefacts(settings, check));
  const seeded = await seed().catch((error: unknown) => {
    if (deployments.n === 0 || !isProblem(error)) throw error;
    assembly.context.log.error({ err: error, place: error.place }, 'shipped content is refused, the deployed one goes on');
    return { refused: [error] };
  });
  await followAllowLists(deployments, dictionary);
  return { deployments, refused: seeded.refused };
}

const unknownTags = (list: readonly GateRule[], id: string, dictionary: TagDictionary): readonly Problem[] =>
  list.flatMap((rule, index) =>
    gateTags(rule)
      .filter((tag) => dictionary.tag(tag) === undefined)
      .map((tag) => new Problem('ARTEFACT_INVALID', 422, `there is no tag ${tag}`, { place: { element: id, path: `[${index}]` } })),
  );

/** The gate judges by the allow-lists that are deployed; the flow runtimes are given the same ones with the plant's tags. */
async function followAllowLists(deployments: Deployments, dictionary: PlantDictionary): Promise<void> {
  const lists = new Map<string, readonly GateRule[]>();
  // oxlint-disable-next-line typescript/require-await -- the shape of a consumer
  await deployments.follow('gate', 'gate', async (changed, removed) => {
    const next = new Map(lists);
    for (const id of removed) next.delete(id);
    for (const { id, content } of changed) next.set(id, parseAllowList(content, id));
    dictionary.allow([...next.values()].flat());
    lists.clear();
    for (const [id, rules] of next) lists.set(id, rules);
  });
}
