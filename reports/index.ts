import type { ReportDefinition } from './define.ts';
import { commandUnknown } from './command-unknown/report.ts';
import { escalation } from './escalation/report.ts';
import { leakMessage } from './leak-message/report.ts';
import { setpointResult } from './setpoint-result/report.ts';

export const reports: readonly ReportDefinition[] = [leakMessage, escalation, setpointResult, commandUnknown];
