import { defineArtefactKind } from '../define-kind.ts';
import type { ArtefactKind } from '../define-kind.ts';
import { namedObject } from './checks.ts';
import type { KindChecks } from './checks.ts';

/** 报警规则: one definition of `rules/` (alarms.md 2), by its id. */
export const alarmKind = (checks: KindChecks = {}): ArtefactKind =>
  defineArtefactKind({
    kind: 'alarm',
    label: { zh: '报警规则', en: 'Alarm rule' },
    parse: namedObject,
    validate: async (rule, id, world) => (await checks.check?.(rule, id, world)) ?? [],
    risk: () => 'middle',
  });

/** 决策规则: conditions and events for json-rules-engine, by its id. */
export const decisionKind = (checks: KindChecks = {}): ArtefactKind =>
  defineArtefactKind({
    kind: 'decision',
    label: { zh: '决策规则', en: 'Decision rule' },
    parse: namedObject,
    validate: async (rule, id, world) => (await checks.check?.(rule, id, world)) ?? [],
    risk: () => 'middle',
  });
