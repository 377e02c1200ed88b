import type { contract, WorkView } from '#contract/trends';
import type { Season } from '#domain/history/buckets.ts';
import { Problem } from '#domain/errors.ts';
import { Reply, type ModuleContext, type Request } from '../../define-module.ts';
import type { Audit, Caller, History, TagDictionary } from '../../services.ts';
import { zoneClock } from './csv.ts';
import { MEDIA, writeExport, type ExportSource } from './export-files.ts';
import { planOf, type HistoryPlan } from './plan.ts';
import { tableOf } from './table.ts';
import type { Work, Works } from './works.ts';

interface ExportNeeds {
  readonly history: History;
  readonly dictionary: TagDictionary;
  readonly season: Season;
}

const view = (work: Work): WorkView => ({
  id: work._id,
  kind: 'history-export',
  state: work.state,
  progress: work.progress,
  created: new Date(work.created).toISOString(),
  ...(work.ended === undefined ? {} : { ended: new Date(work.ended).toISOString() }),
  ...(work.state === 'done' ? { result: `/api/history/exports/${work._id}/file`, name: work.name } : {}),
  ...(work.size === undefined ? {} : { size: work.size }),
  ...(work.code === undefined ? {} : { code: work.code }),
});

/** The rows above the header: who exported what, when, in which zone. */
function infoOf(plan: HistoryPlan, caller: Caller, now: number, language: 'zh' | 'en'): string[][] {
  const clock = zoneClock(plan.zone);
  const [exported, range] = language === 'zh' ? ['导出', '范围'] : ['exported', 'range'];
  const how = plan.buckets ? [plan.buckets.every, plan.buckets.aggregates.map((one) => one.name).join(' ')] : [];
  return [
    [exported, `${caller.name} (${caller.id})`, clock(now)],
    [range, clock(plan.from), clock(plan.to), plan.zone.name, ...how],
  ];
}

const fileName = (plan: HistoryPlan, format: string): string => {
  const day = (at: number): string => new Date(at + plan.zone.offset(at)).toISOString().slice(0, 10);
  return `history-${day(plan.from)}-${day(plan.to - 1)}.${format}`;
};

/** What became of an export is in the audit log before anybody can fetch it. */
export async function auditEnd(audit: Audit, { _id, owner, state, size, code }: Work): Promise<void> {
  await audit.append({
    actor: owner,
    actorName: '',
    roles: [],
    event: 'export',
    object: `work/${_id}`,
    action: state === 'cancelled' ? 'cancelled' : 'write',
    result: state === 'failed' ? 'failed' : 'done',
    after: { state, ...(size === undefined ? {} : { size }), ...(code === undefined ? {} : { code }) },
  });
}

/** 导出: long files in the background; each is audited when it is asked for, ends, and is fetched. */
export function exportHandlers(context: ModuleContext & ExportNeeds, works: Works) {
  const { history, dictionary, season, clock, audit } = context;
  const note = (caller: Caller, requestId: string, id: string, action: string, after?: unknown): Promise<number> =>
    audit.append({
      actor: caller.id,
      actorName: caller.name,
      roles: caller.roles,
      event: 'export',
      object: `work/${id}`,
      action,
      result: 'done',
      requestId,
      ...(after === undefined ? {} : { after }),
    });
  return {
    async exportHistory({ body, caller, language, requestId }: Request<typeof contract.exportHistory>) {
      // Who may export something else, but not look at trends, exports no trends.
      if (!caller.rights.has('live.read'))
        throw new Problem('RIGHT_MISSING', 403, 'no right to see trends', { context: { right: 'live.read' } });
      const { format, ...ask } = body;
      const plan = planOf({ ...ask, tags: body.tags.join(',') }, dictionary, season);
      const info = infoOf(plan, caller, clock.now(), language);
      const work = await works.begin(
        { owner: caller.id, name: fileName(plan, format), media: MEDIA[format] },
        async (path, progress, signal) => {
          const passed = (to: number): void => {
            signal.throwIfAborted();
            progress((to - plan.from) / (plan.to - plan.from));
          };
          const table = tableOf(plan, { history, now: clock.now(), signal });
          const source: ExportSource = { table, zone: plan.zone, language, info, passed };
          await writeExport(path, format, source, (tag) => dictionary.tag(tag)?.type === 'string');
        },
      );
      await note(caller, requestId, work._id, 'request', body);
      return new Reply(view(work), { status: 202, headers: { location: `/api/work/${work._id}` } });
    },
    work: ({ params, caller }: Request<typeof contract.work>) => Promise.resolve(view(works.get(params.id, caller.id))),
    async cancelWork({ params, caller, requestId }: Request<typeof contract.cancelWork>) {
      await works.cancel(params.id, caller.id);
      await note(caller, requestId, params.id, 'cancel');
      return undefined;
    },
    async exportFile({ params, caller, requestId }: Request<typeof contract.exportFile>) {
      const { work, stream } = await works.file(params.id, caller.id);
      await note(caller, requestId, work._id, 'download', { name: work.name, size: work.size });
      const headers = {
        'content-type': work.media,
        'content-disposition': `attachment; filename="${work.name}"`,
        'x-content-type-options': 'nosniff',
        ...(work.size === undefined ? {} : { 'content-length': String(work.size) }),
      };
      return new Reply<undefined>(undefined, { headers, stream });
    },
  };
}
