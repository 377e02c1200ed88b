import Type from 'typebox';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import { Problem } from '#domain/errors.ts';
import type { Doc } from '../../store/port.ts';

export const RULE_DRAFTS = 'ruleDrafts';
export const RULE_REVISIONS = 'ruleRevisions';

const Person = Type.Object({ id: Type.String(), name: Type.String() });
const Limits = Type.Object({
  hh: Type.Optional(Type.Number()),
  h: Type.Optional(Type.Number()),
  l: Type.Optional(Type.Number()),
  ll: Type.Optional(Type.Number()),
  limit: Type.Optional(Type.Number()),
});

const DraftSchema = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  rule: Type.String(),
  /** Hash of the revision that it changes. */
  parent: Type.String(),
  before: Limits,
  limits: Limits,
  reason: Type.String(),
  author: Person,
  at: Type.Number(),
  state: Type.Enum(['open', 'approved', 'rejected', 'withdrawn']),
  decidedBy: Type.Optional(Person),
  decidedAt: Type.Optional(Type.Number()),
  deployment: Type.Optional(Type.Integer()),
});
export type Draft = Static<typeof DraftSchema>;

/** A revision that this module deployed, or found deployed when it deployed the next. */
const RevisionSchema = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  rule: Type.String(),
  n: Type.Integer(),
  hash: Type.String(),
  content: Type.Unknown(),
  at: Type.Optional(Type.Number()),
  author: Type.Optional(Person),
  approver: Type.Optional(Person),
  reason: Type.Optional(Type.String()),
  deployment: Type.Optional(Type.Integer()),
});
export type StoredRevision = Static<typeof RevisionSchema>;

function parse<T extends Type.TSchema>(schema: T, doc: Doc, collection: string): Static<T> {
  try {
    return Value.Parse(schema, doc);
  } catch (error) {
    throw new Problem('STORE_CORRUPT', 500, `${collection}/${doc._id} does not have the shape of this version`, { cause: error });
  }
}

export const parseDraft = (doc: Doc): Draft => parse(DraftSchema, doc, RULE_DRAFTS);
export const parseRevision = (doc: Doc): StoredRevision => parse(RevisionSchema, doc, RULE_REVISIONS);
