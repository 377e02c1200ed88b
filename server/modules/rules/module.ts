import contract from '#contract/rules';
import type { RuleItem } from '#contract/rules';
import { listInMemory } from '#domain/list-memory.ts';
import type { ListShape } from '#domain/list.ts';
import { defineModule } from '../../define-module.ts';
import { backTest } from './back-test.ts';
import { limitsOf, withLimits } from './limits.ts';
import { parseDefinition } from '#domain/alarm/parse.ts';
import { RuleService } from './service.ts';
import type { RulesNeeds } from './service.ts';
import type { StoredRevision } from './stored.ts';

const LIST: ListShape = {
  fields: {
    id: 'string',
    asset: 'string',
    tag: 'string',
    kind: 'string',
    class: 'string',
    priority: 'number',
    origin: 'string',
    starts: 'string',
    drafts: 'number',
  },
  sort: 'id',
  limit: 200,
};
const DAY = 86_400_000;

const revisionView = (revision: StoredRevision, current: number) => ({
  n: revision.n,
  hash: revision.hash,
  limits: limitsOf(parseDefinition(revision.content, '', new Map())),
  current: revision.n === current,
  ...(revision.at === undefined ? {} : { at: new Date(revision.at).toISOString() }),
  ...(revision.author ? { author: revision.author } : {}),
  ...(revision.approver ? { approver: revision.approver } : {}),
  ...(revision.reason === undefined ? {} : { reason: revision.reason }),
  ...(revision.deployment === undefined ? {} : { deployment: revision.deployment }),
});

/** 规则: deployed alarm rules and the way of a limit: draft, second person, live, rolled back. Needs deployments, dictionary and history. */
export const rulesModule = defineModule<typeof contract, RulesNeeds>({
  name: 'rules',
  contract,
  async start(context) {
    const service = new RuleService(context);
    await service.open();
    return {
      handlers: {
        async list({ query }) {
          const [revisions, drafts] = [await service.revisions(), await service.drafts({ state: 'open' })];
          const rows: RuleItem[] = service.rules().map((rule) => service.item(rule, revisions, drafts));
          const { items, next } = listInMemory(
            rows,
            (row, field) => Object.entries(row).find(([name]) => name === field)?.[1],
            query,
            LIST,
          );
          return { items: [...items], ...(next === undefined ? {} : { next }) };
        },
        async drafts({ query }) {
          const filter = {
            ...(query.state === undefined ? {} : { state: query.state }),
            ...(query.rule === undefined ? {} : { rule: query.rule }),
          };
          return { items: (await service.drafts(filter)).map((draft) => service.draftView(draft)) };
        },
        async get({ params }) {
          const rule = service.rule(params.id);
          const [revisions, drafts] = [await service.revisions(rule.id), await service.drafts({ rule: rule.id })];
          const item = service.item(rule, revisions, drafts);
          const shown =
            revisions.length > 0 ? revisions : [{ _id: '', ver: 1, rule: rule.id, n: 0, hash: rule.hash, content: rule.definition }];
          return {
            rule: item,
            definition: rule.definition,
            revisions: shown.map((revision) => revisionView(revision, item.n)),
            drafts: drafts.map((draft) => service.draftView(draft)),
          };
        },
        draft: (asked) => service.draft(asked.params.id, asked.body.limits, asked.body.reason, asked),
        approve: (asked) => service.approve(asked.params.id, asked.params.draft, asked),
        reject: (asked) => service.reject(asked.params.id, asked.params.draft, asked),
        withdraw: (asked) => service.withdraw(asked.params.id, asked.params.draft, asked),
        rollback: (asked) => service.rollback(asked.params.id, asked.body.n, asked.body.reason, asked),
        async replay({ params, query, signal }) {
          const { from, to, ...limits } = query;
          const { definition } = service.rule(params.id);
          const end = to === undefined ? context.clock.now() : Date.parse(to);
          const start = from === undefined ? end - DAY : Date.parse(from);
          return backTest(definition, withLimits(definition, limits), { from: start, to: end, signal }, context.history);
        },
      },
    };
  },
});
