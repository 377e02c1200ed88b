import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '#domain/errors.ts';
import type { ProcessDefinition } from './define.ts';

const TextSchema = Type.Object({ zh: Type.String({ minLength: 1 }), en: Type.String({ minLength: 1 }) });

const ProcessContent = Type.Object({
  bpmn: Type.String(),
  label: TextSchema,
  labels: Type.Record(Type.String(), TextSchema),
  /** Form key -> form-js JSON. */
  forms: Type.Record(Type.String(), Type.Unknown()),
  startForm: Type.Optional(Type.Object({ key: Type.String(), starter: Type.String() })),
});
/** Content of an artefact of kind `process`: the model with its texts and forms. */
export type ProcessContent = Static<typeof ProcessContent>;
const check = Compile(ProcessContent);

function formJson(process: string, file: URL): unknown {
  const name = `workflows/${process}/${basename(file.pathname)}`;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new Problem('FORM_INVALID', 422, `${name}: ${detail}`, { place: { file: name }, cause: error });
  }
}

/** A shipped process as the content of its revision 0. @throws Problem FORM_INVALID with the file of a form that is no JSON */
export function processContent(definition: ProcessDefinition): ProcessContent {
  return {
    bpmn: readFileSync(definition.bpmn, 'utf8'),
    label: definition.label,
    labels: definition.labels,
    forms: Object.fromEntries(Object.entries(definition.forms).map(([key, file]) => [key, formJson(definition.id, file)])),
    ...(definition.startForm ? { startForm: definition.startForm } : {}),
  };
}

/**
 * The bare XML, or an object with what belongs to it.
 * @throws Problem PROCESS_INVALID with the place
 */
export function parseContent(id: string, content: unknown): ProcessContent {
  if (typeof content === 'string') return { bpmn: content, label: { zh: id, en: id }, labels: {}, forms: {} };
  if (check.Check(content)) return content;
  const [first] = check.Errors(content);
  throw new Problem('PROCESS_INVALID', 422, `process ${id}: ${first?.message ?? 'is damaged'}`, {
    place: { file: `process/${id}`, path: first?.instancePath ?? '' },
  });
}
