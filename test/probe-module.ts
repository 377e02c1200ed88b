import Type from 'typebox';
import { route } from '#domain/contract.ts';
import { Problem } from '#domain/errors.ts';
import { defineModule, etag, Reply, requireMatch, type LiveTopic } from '#server/define-module.ts';

const value = Type.Object({ n: Type.Integer(), nested: Type.Optional(Type.Object({ text: Type.String() })) });

/** A module of the tests: one route of each kind, two topics that the test pushes into. */
export const probeContract = {
  echo: route({
    method: 'POST',
    path: '/api/probe',
    summary: { zh: '回声', en: 'Echo' },
    access: 'live.read',
    body: value,
    response: Type.Object({ count: Type.Integer(), n: Type.Integer() }),
    status: 201,
  }),
  search: route({
    method: 'GET',
    path: '/api/probe',
    summary: { zh: '查询', en: 'Search' },
    access: 'live.read',
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      deep: Type.Optional(Type.Boolean()),
      tags: Type.Optional(Type.Array(Type.String())),
      points: Type.Optional(Type.Array(Type.Number())),
      name: Type.Optional(Type.String()),
    }),
    response: Type.Object({ query: Type.Unknown() }),
  }),
  literal: route({
    method: 'GET',
    path: '/api/probe/literal',
    summary: { zh: '固定', en: 'Literal' },
    access: 'session',
    response: Type.Object({ literal: Type.Boolean() }),
  }),
  item: route({
    method: 'GET',
    path: '/api/probe/:id',
    summary: { zh: '单项', en: 'Item' },
    access: 'session',
    params: Type.Object({ id: Type.String({ maxLength: 20 }) }),
    response: Type.Object({ id: Type.String(), ver: Type.Integer() }),
  }),
  numbered: route({
    method: 'GET',
    path: '/api/probe/:id/at/:n',
    summary: { zh: '编号', en: 'Numbered' },
    access: 'session',
    params: Type.Object({ id: Type.String(), n: Type.Integer({ minimum: 1 }) }),
    response: Type.Object({ n: Type.Integer() }),
  }),
  update: route({
    method: 'PUT',
    path: '/api/probe/:id',
    summary: { zh: '修改', en: 'Update' },
    access: ['live.read', 'user.manage'],
    params: Type.Object({ id: Type.String() }),
    body: value,
    response: Type.Object({ ver: Type.Integer() }),
    errors: ['IF_MATCH_MISSING', 'IF_MATCH_STALE'],
  }),
  broken: route({
    method: 'POST',
    path: '/api/probe/:id/broken',
    summary: { zh: '故障', en: 'Broken' },
    access: 'session',
    params: Type.Object({ id: Type.String() }),
  }),
  mismatch: route({
    method: 'GET',
    path: '/api/probe/:id/mismatch',
    summary: { zh: '不符', en: 'Mismatch' },
    access: 'session',
    params: Type.Object({ id: Type.String() }),
    response: Type.Object({ n: Type.Integer() }),
  }),
  stream: route({
    method: 'GET',
    path: '/api/probe/:id/stream',
    summary: { zh: '流', en: 'Stream' },
    access: 'session',
    params: Type.Object({ id: Type.String() }),
    produces: ['text/csv'],
  }),
  runtime: route({
    method: 'POST',
    path: '/api/probe/:id/runtime',
    summary: { zh: '运行时', en: 'Runtime' },
    access: 'runtime',
    params: Type.Object({ id: Type.String() }),
    response: Type.Object({ who: Type.String() }),
  }),
};

export interface Probe {
  count: number;
  /** Holds `echo` until it resolves. */
  hold: Promise<void>;
  readonly push: Map<string, (message: unknown) => void>;
}

export async function startProbe(probe: Probe) {
  const topic = (name: string, right: 'live.read' | 'user.manage'): LiveTopic => ({
    name,
    allowed: (caller) => caller.rights.has(right),
    snapshot: (_caller, argument) => (name === 'tag' ? { tags: [[argument, 1, 20, 'good']] } : { [name]: 'now', argument }),
    subscribe: (_caller, argument, push) => {
      const key = argument === '' ? name : `${name}:${argument}`;
      probe.push.set(key, push);
      return () => probe.push.delete(key);
    },
  });
  const definition = defineModule<typeof probeContract>({
    name: 'probe',
    contract: probeContract,
    start: async () => ({
      topics: [topic('tag', 'live.read'), topic('alarms', 'live.read'), topic('people', 'user.manage')],
      handlers: {
        echo: async ({ body }) => {
          probe.count += 1;
          const { count } = probe;
          await probe.hold;
          if (body.n === 409) throw new Problem('STATE_REFUSED', 409, 'refused as a matter of business');
          return { count, n: body.n };
        },
        search: async ({ query }) => ({ query }),
        literal: async () => ({ literal: true }),
        item: async ({ params }) => new Reply({ id: params.id, ver: 3 }, { headers: { etag: etag(3) } }),
        numbered: async ({ params }) => ({ n: params.n }),
        update: async (request) => ({ ver: requireMatch(request, 3) + 1 }),
        broken: async () => {
          throw new Error('the password is hunter2');
        },
        mismatch: async () => new Reply(JSON.parse('{"n":"not a number"}')),
        stream: async () =>
          new Reply(undefined, {
            headers: { 'content-type': 'text/csv; charset=utf-8' },
            stream: (async function* rows() {
              yield 'tag,at\n';
              yield 'a,1\n';
            })(),
          }),
        runtime: async ({ caller }) => ({ who: caller.id }),
      },
    }),
  });
  return { name: definition.name, contract: definition.contract, ...(await definition.start(Object.create(null))) };
}
