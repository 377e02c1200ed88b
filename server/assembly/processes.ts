import { join } from 'node:path';
import { jobs, processes } from '#workflows/index.ts';
import { openEmbeddedEngine } from '../engines/workflow/embedded/open.ts';
import tasksModule from '../modules/tasks/module.ts';
import workflowsModule from '../modules/workflows/module.ts';
import type { Directory } from '../people.ts';
import type { Deployments, Messenger } from '../services.ts';
import type { Assembly } from './assembly.ts';
import type { Data } from './data.ts';
import type { Operations } from './operations.ts';

/** The workflow engine, its processes and tasks. */
export async function assembleProcesses(
  assembly: Assembly,
  data: Data &
    Operations & {
      readonly deployments: Deployments;
      readonly directory: Directory;
      readonly messenger: Messenger;
      readonly dataFolder: string;
    },
): Promise<void> {
  const { context, stack } = assembly;
  const { dataFolder } = data;
  const engine = stack.use(await openEmbeddedEngine({ file: join(dataFolder, 'workflow.db'), log: context.log }));
  const running = await assembly.run(workflowsModule, { ...data, engine, processes, jobs });
  await assembly.run(tasksModule, { ...data, engine, processes: running.processes });
}
