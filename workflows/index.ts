import type { JobDefinition, ProcessDefinition } from './define.ts';
import { emergencyResponse } from './emergency-response/process.ts';
import { setpointChange } from './setpoint-change/process.ts';

/** The shipped processes: revision 0 of their artefacts. */
export const processes: readonly ProcessDefinition[] = [emergencyResponse, setpointChange];

/** Every job type once. */
export const jobs: readonly JobDefinition[] = [...new Set(processes.flatMap((process) => process.jobs))];
