import type { AlarmDefinition } from '#domain/alarm/definition.ts';
import * as household from './customer/household.alarm.ts';
import type { AlarmRule, DecisionRule } from './define.ts';
import { expandAlarms } from './expand.ts';
import type { PlantModel } from './expand.ts';
import * as primary from './network/primary.alarm.ts';
import * as equipment from './source/equipment.alarm.ts';
import * as outlet from './source/outlet.alarm.ts';
import { leakResponse } from './station/leak-response.decision.ts';
import * as station from './station/station.alarm.ts';
import * as unit from './station/unit.alarm.ts';

/** Every shipped alarm rule, in the order in which alarms are judged. */
export const alarmRules: readonly AlarmRule[] = [unit, station, primary, outlet, equipment, household].flatMap((file) =>
  Object.values(file),
);

export const decisionRules: readonly DecisionRule[] = [leakResponse];

/** Processes that rules may start: each must be in `workflows/`. */
export const startedProcesses: readonly string[] = [
  ...new Set([...alarmRules.flatMap((rule) => rule.starts ?? []), ...decisionRules.flatMap((rule) => rule.processes)]),
];

/** The shipped definitions of a plant: revision 0 of the artefacts `alarm/<id>`. */
export const shippedAlarms = (plant: PlantModel): readonly AlarmDefinition[] => expandAlarms(alarmRules, plant);
