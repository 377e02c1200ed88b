import { palette } from '#nodes/index.ts';
import { modeOf } from '#domain/command/mode.ts';
import { tagOut } from '#nodes/data/tag-out.node.ts';
import { nodeTags, parseFlows } from '#nodes/flow-file.ts';
import { hostTimers } from '../ambient.ts';
import { LiveAlarms } from '../engines/alarms/live.ts';
import { DecisionEngine } from '../engines/decisions/decisions.ts';
import type { LinkServer } from '../link/link-server.ts';
import { alarmsModule } from '../modules/alarms/module.ts';
import { commandsModule } from '../modules/commands/module.ts';
import flowsModule from '../modules/flows/module.ts';
import { rulesModule } from '../modules/rules/module.ts';
import { stopModule } from '../modules/stop/module.ts';
import type { Directory } from '../people.ts';
import type { Alarms, Commands, Decisions, Deployments, FlowHost, Messenger } from '../services.ts';
import type { Assembly } from './assembly.ts';
import type { Data } from './data.ts';

export interface Operations {
  readonly alarms: Alarms;
  /** Call it when every listener is on the bus. */
  readonly beginAlarms: () => Promise<void>;
  readonly decisions: Decisions;
  readonly commands: Commands;
}

/** Alarms, decisions, the one-key stop, commands and the page of flows. */
export async function assembleOperations(
  assembly: Assembly,
  data: Data & {
    readonly deployments: Deployments;
    readonly link: LinkServer;
    readonly dataFolder: string;
    readonly flowHost?: FlowHost;
    readonly directory: Directory;
    readonly messenger: Messenger;
  },
): Promise<Operations> {
  const { context, stack } = assembly;
  const { deployments, history, image, dictionary, link, dataFolder, flowHost, directory, messenger } = data;
  const alarms = stack.use(await LiveAlarms.open({ ...context, timers: hostTimers, deployments, history, image, dictionary }));
  await assembly.run(alarmsModule, { alarms, dictionary });
  const decisions = stack.use(await DecisionEngine.open({ deployments, timers: hostTimers }));
  const { stops } = await assembly.run(stopModule, { link, dataFolder, dictionary });
  const { commands } = await assembly.run(commandsModule, {
    dictionary,
    image,
    link,
    deployments,
    timers: hostTimers,
    directory,
    messenger,
    automatic: inAutomatic(data, ownedByControl(assembly, deployments)),
    stopped: (asset) => stops.latched(asset),
  });
  await assembly.run(rulesModule, { deployments, dictionary, history });
  const queued = (runtime: string): number | undefined => link.hellos().find((hello) => hello.runtime === runtime)?.queued;
  await assembly.run(flowsModule, { deployments, link, nodeTags: nodeTags(palette), queued, ...(flowHost ? { flowHost } : {}) });
  return { alarms, beginAlarms: () => alarms.begin(), decisions, commands };
}

/** A control node acts only while its unit is in remote mode; an unknown mode counts as such. */
function inAutomatic({ dictionary, image }: Data, owned: (tag: string) => boolean): (tag: string) => boolean {
  return (tag) => {
    if (!owned(tag)) return false;
    const mode = dictionary.tag(`${dictionary.tag(tag)?.asset ?? ''}.MODE`);
    const value = mode ? image.get(mode.id)?.value : undefined;
    return typeof value !== 'number' || modeOf(value) === 'remote';
  };
}

/** True for a tag that an enabled output node of a deployed flow writes cyclically: one owner a tag. */
function ownedByControl(assembly: Assembly, deployments: Deployments): (tag: string) => boolean {
  const owned = (): Set<string> =>
    new Set(
      deployments.list('flow').flatMap(({ content }) => {
        const nodes = parseFlows(content);
        const off = new Set(nodes.filter((node) => node.type === 'tab' && node.disabled).map((node) => node.id));
        return nodes
          .filter((node) => node.type === tagOut.type && !node.d && !off.has(node.z ?? ''))
          .flatMap((node) => nodeTags(palette)(node).flatMap(({ tag, access }) => (access === 'writes' ? [tag] : [])));
      }),
    );
  let tags = owned();
  assembly.stack.defer(
    assembly.context.bus.on('deployment', () => {
      tags = owned();
    }),
  );
  return (tag) => tags.has(tag);
}
