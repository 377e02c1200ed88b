import { createHash } from 'node:crypto';
import Type from 'typebox';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import { canonicalJson } from '#domain/canonical.ts';
import { Problem } from '#domain/errors.ts';
import type { Doc } from '../../store/port.ts';

export const REVISIONS = 'revisions';

/** An immutable version. `text` is what the hash is of: canonical JSON, or a text (BPMN XML) as it was stored. */
const revisionSchema = Type.Object({
  _id: Type.String(),
  kind: Type.String(),
  id: Type.String(),
  hash: Type.String(),
  format: Type.Union([Type.Literal('json'), Type.Literal('text')]),
  text: Type.String(),
  author: Type.String(),
  approver: Type.Optional(Type.String()),
  at: Type.Number(),
  parent: Type.Optional(Type.String()),
  message: Type.String(),
  shipped: Type.Boolean(),
});
export type Revision = Static<typeof revisionSchema>;

export const artefactKey = (kind: string, id: string): string => `${kind}/${id}`;

/** The kind is what stands before the first slash; an id may hold more of them. */
export function splitKey(key: string): { readonly kind: string; readonly id: string } {
  const slash = key.indexOf('/');
  return { kind: key.slice(0, slash), id: key.slice(slash + 1) };
}

export const revisionId = (key: string, hash: string): string => `${key}@${hash}`;

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** SHA-256 of the canonical JSON (RFC 8785); of the text itself where the content is a text. */
export function hashOf(content: unknown): { readonly hash: string; readonly format: Revision['format']; readonly text: string } {
  const format = typeof content === 'string' ? 'text' : 'json';
  const text = typeof content === 'string' ? content : canonicalJson(content);
  return { hash: sha256(text), format, text };
}

/** @throws Problem REVISION_DAMAGED if the stored text is not what its name says. */
export function parseRevision(doc: Doc): Revision {
  const { ver: _ver, ...fields } = doc;
  if (!Value.Check(revisionSchema, fields)) throw damaged(doc._id, 'it has not the shape of a revision');
  if (sha256(fields.text) !== fields.hash) throw damaged(doc._id, 'its content has another hash than its name');
  return fields;
}

export function contentOf(revision: Revision): unknown {
  if (revision.format === 'text') return revision.text;
  const content: unknown = JSON.parse(revision.text);
  return content;
}

const damaged = (id: string, why: string): Problem =>
  new Problem('REVISION_DAMAGED', 500, `revision ${id} is damaged: ${why}`, { place: { element: id } });
