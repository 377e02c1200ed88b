import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { contract, SavedView } from '#contract/trends';
import { Problem } from '#domain/errors.ts';
import { etag, Reply, type ModuleContext, type Request } from '../../define-module.ts';
import { OwnedDocs } from './owned.ts';

const COLLECTION = 'trend-views';
/** Views that one person keeps at most. */
const LIMIT = 200;
/** Own and shared views that are listed at most. */
const LISTED = 1000;

const ViewDoc = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  name: Type.String(),
  shared: Type.Boolean(),
  search: Type.String(),
  by: Type.Object({ id: Type.String(), name: Type.String() }),
  changed: Type.Integer(),
});
const viewDoc = Compile(ViewDoc);
type ViewDoc = Static<typeof ViewDoc>;

const view = ({ _id, ...doc }: ViewDoc): SavedView => ({ ...doc, id: _id });
const reply = (doc: ViewDoc, status: number): Reply<SavedView> => new Reply(view(doc), { status, headers: { etag: etag(doc.ver) } });

/** 视图: addresses of the page under a name; a shared one is seen by everyone, changed by its owner. */
export function viewHandlers(context: ModuleContext) {
  const docs = new OwnedDocs<ViewDoc>(context, {
    collection: COLLECTION,
    event: 'trendView',
    parse: (doc) => viewDoc.Parse(doc),
    unknown: (id) => new Problem('VIEW_UNKNOWN', 404, `there is no view ${id}`),
    visible: (doc, person) => doc.shared || doc.by.id === person,
  });
  const fieldsOf = ({ name, shared, search }: Request<typeof contract.addView>['body']) => ({ name: name.trim(), shared, search });
  return {
    async views({ caller }: Request<typeof contract.views>) {
      const filter = { $or: [{ shared: true }, { 'by.id': caller.id }] };
      return { items: (await docs.find(filter, { sort: { name: 1 }, limit: LISTED })).map(view) };
    },
    async addView(request: Request<typeof contract.addView>) {
      if ((await docs.count(request.caller.id)) >= LIMIT)
        throw new Problem('VIEWS_FULL', 409, `a person keeps at most ${LIMIT} views; remove one first`);
      return reply(await docs.add(fieldsOf(request.body), request), 201);
    },
    changeView: async (request: Request<typeof contract.changeView>) =>
      reply(await docs.change(request.params.id, fieldsOf(request.body), request), 200),
    removeView: (request: Request<typeof contract.removeView>) => docs.remove(request.params.id, request),
  };
}
