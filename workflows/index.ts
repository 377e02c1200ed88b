import { processContent } from './content.ts';
import type { ProcessContent } from './content.ts';
import type { JobDefinition, ProcessDefinition } from './define.ts';
import { emergencyResponse } from './emergency-response/process.ts';
import { setpointChange } from './setpoint-change/process.ts';

/** The shipped processes: revision 0 of their artefacts. */
export const processes: readonly ProcessDefinition[] = [emergencyResponse, setpointChange];

/** Every job type once. */
export const jobs: readonly JobDefinition[] = [...new Set(processes.flatMap((process) => process.jobs))];

/** What `Deployments` is seeded with: content of each process as an artefact of kind `process`. */
export const shippedProcesses = (): readonly { readonly kind: 'process'; readonly id: string; readonly content: ProcessContent }[] =>
  processes.map((process) => ({ kind: 'process', id: process.id, content: processContent(process) }));
