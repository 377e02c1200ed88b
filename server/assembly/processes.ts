import { join } from 'node:path';
import { reports } from '#reports/index.ts';
import { jobs, processes } from '#workflows/index.ts';
import { createTemplates } from '../engines/templates/render.ts';
import { openEmbeddedEngine } from '../engines/workflow/embedded/open.ts';
import messagesModule from '../modules/messages/module.ts';
import tasksModule from '../modules/tasks/module.ts';
import workflowsModule from '../modules/workflows/module.ts';
import type { Deployments, Directory } from '../services.ts';
import type { Assembly } from './assembly.ts';
import type { Data } from './data.ts';
import type { Operations } from './operations.ts';

/** The workflow engine, its processes and tasks, messages to people. */
export async function assembleProcesses(
  assembly: Assembly,
  data: Data & Operations & { readonly deployments: Deployments; readonly directory: Directory; readonly dataFolder: string },
): Promise<void> {
  const { context, stack } = assembly;
  const { directory, dataFolder } = data;
  const engine = stack.use(await openEmbeddedEngine({ file: join(dataFolder, 'workflow.db'), log: context.log }));
  const { messenger } = await assembly.run(messagesModule, {
    directory,
    templates: createTemplates(reports),
    mailFolder: join(dataFolder, 'mail'),
  });
  const running = await assembly.run(workflowsModule, { ...data, engine, processes, jobs, messenger });
  await assembly.run(tasksModule, { ...data, engine, processes: running.processes });
}
