import { defineArtefactKind } from '../define-kind.ts';
import type { ArtefactKind } from '../define-kind.ts';
import { fault, plainObject } from './checks.ts';
import type { KindChecks } from './checks.ts';

/** The XML alone, or an object with it and what belongs to it (forms). */
function parseProcess(content: unknown, id: string): unknown {
  const xml = typeof content === 'string' ? content : plainObject(content, id)['bpmn'];
  if (typeof xml !== 'string') throw fault(id, 'bpmn', 'a process needs its BPMN as XML');
  if (!xml.trimStart().startsWith('<')) throw fault(id, 'bpmn', 'the BPMN is no XML');
  return content;
}

/** 流程: a BPMN definition, as XML as it is stored. */
export const processKind = (checks: KindChecks = {}): ArtefactKind =>
  defineArtefactKind({
    kind: 'process',
    label: { zh: '流程', en: 'Process' },
    parse: parseProcess,
    validate: async (content, id, world) => (await checks.check?.(content, id, world)) ?? [],
    risk: () => 'high',
  });
