import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { AnnotationView, contract } from '#contract/trends';
import { Problem } from '#domain/errors.ts';
import { etag, Reply, type ModuleContext, type Request } from '../../define-module.ts';
import type { TagDictionary } from '../../services.ts';
import { OwnedDocs } from './owned.ts';
import { tagsOf, timeOf } from './plan.ts';

const COLLECTION = 'trend-annotations';
/** Marks that one picture shows at most. */
const LIMIT = 1000;

const AnnotationDoc = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  tags: Type.Array(Type.String()),
  at: Type.Integer(),
  /** Of a moment the moment itself, so that one filter finds both. */
  until: Type.Integer(),
  text: Type.String(),
  by: Type.Object({ id: Type.String(), name: Type.String() }),
  changed: Type.Integer(),
});
const annotationDoc = Compile(AnnotationDoc);
type Annotation = Static<typeof AnnotationDoc>;

const view = ({ _id, until, ...doc }: Annotation): AnnotationView => ({ ...doc, id: _id, ...(until === doc.at ? {} : { until }) });
const reply = (doc: Annotation, status: number): Reply<AnnotationView> =>
  new Reply(view(doc), { status, headers: { etag: etag(doc.ver) } });

/** 批注: everyone who sees trends reads them; who wrote one changes it. */
export function annotationHandlers(context: ModuleContext, dictionary: TagDictionary) {
  const docs = new OwnedDocs<Annotation>(context, {
    collection: COLLECTION,
    event: 'annotation',
    parse: (doc) => annotationDoc.Parse(doc),
    unknown: (id) => new Problem('ANNOTATION_UNKNOWN', 404, `there is no annotation ${id}`),
    visible: () => true,
  });
  const fieldsOf = ({ tags, at, until = at, text }: Request<typeof contract.addAnnotation>['body']) => {
    tagsOf(tags.join(','), dictionary);
    if (until < at) throw new Problem('RANGE_EMPTY', 400, '`until` must not be before `at`', { place: { path: 'until' } });
    return { tags, at, until, text: text.trim() };
  };
  return {
    async annotations({ query }: Request<typeof contract.annotations>) {
      const tags = tagsOf(query.tags, dictionary).map((tag) => tag.id);
      const filter = { tags: { $in: tags }, at: { $lt: timeOf(query.to, 'to') }, until: { $gte: timeOf(query.from, 'from') } };
      return { items: (await docs.find(filter, { sort: { at: 1 }, limit: LIMIT })).map(view) };
    },
    addAnnotation: async (request: Request<typeof contract.addAnnotation>) => reply(await docs.add(fieldsOf(request.body), request), 201),
    changeAnnotation: async (request: Request<typeof contract.changeAnnotation>) =>
      reply(await docs.change(request.params.id, fieldsOf(request.body), request), 200),
    removeAnnotation: (request: Request<typeof contract.removeAnnotation>) => docs.remove(request.params.id, request),
  };
}
