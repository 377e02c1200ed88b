import { palette } from '#nodes/index.ts';
import { nodeTags } from '#nodes/flow-file.ts';
import { hostTimers } from '../ambient.ts';
import { LiveAlarms } from '../engines/alarms/live.ts';
import { DecisionEngine } from '../engines/decisions/decisions.ts';
import type { LinkServer } from '../link/link-server.ts';
import { alarmsModule } from '../modules/alarms/module.ts';
import { commandsModule } from '../modules/commands/module.ts';
import flowsModule from '../modules/flows/module.ts';
import { rulesModule } from '../modules/rules/module.ts';
import { stopModule } from '../modules/stop/module.ts';
import type { Alarms, Commands, Decisions, Deployments, FlowHost } from '../services.ts';
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
  data: Data & { readonly deployments: Deployments; readonly link: LinkServer; readonly dataFolder: string; readonly flowHost?: FlowHost },
): Promise<Operations> {
  const { context, stack } = assembly;
  const { deployments, history, image, dictionary, link, dataFolder, flowHost } = data;
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
    stopped: (asset) => stops.latched(asset),
  });
  await assembly.run(rulesModule, { deployments, dictionary, history });
  const queued = (runtime: string): number | undefined => link.hellos().find((hello) => hello.runtime === runtime)?.queued;
  await assembly.run(flowsModule, { deployments, link, nodeTags: nodeTags(palette), queued, ...(flowHost ? { flowHost } : {}) });
  return { alarms, beginAlarms: () => alarms.begin(), decisions, commands };
}
