import Type from 'typebox';
import { route } from '#domain/contract.ts';

const FlowNode = Type.Object({
  id: Type.String(),
  type: Type.String(),
  name: Type.String(),
  sources: Type.Array(Type.String(), { description: 'tags whose samples the node acquires' }),
  reads: Type.Array(Type.String(), { description: 'tags that the node uses' }),
  writes: Type.Array(Type.String(), { description: 'tags that the node writes or owns' }),
  /** Fragment of the editor's URL that selects the node: `#node/<id>`. */
  link: Type.String(),
});

/** 编排: one tab with its nodes; `hash` is the deployed revision. */
export const Flow = Type.Object({
  id: Type.String(),
  label: Type.String(),
  hash: Type.String(),
  disabled: Type.Boolean(),
  link: Type.String(),
  nodes: Type.Array(FlowNode),
});

export const TagNode = Type.Object({
  tag: Type.String(),
  flow: Type.String(),
  flowLabel: Type.String(),
  node: Type.String(),
  type: Type.String(),
  name: Type.String(),
  access: Type.Union([Type.Literal('source'), Type.Literal('reads'), Type.Literal('writes')]),
  link: Type.String(),
});

/** One flow runtime: what it does and whether it is there. */
const RuntimeView = Type.Object({
  runtime: Type.String(),
  state: Type.Union([Type.Literal('starting'), Type.Literal('running'), Type.Literal('waiting'), Type.Literal('stopped')]),
  online: Type.Boolean({ description: 'the link has heard of it within 15 s' }),
  lastSeen: Type.Union([Type.String(), Type.Null()]),
  deployment: Type.Integer(),
  deployed: Type.Integer({ description: 'number of the deployment that the pointer names' }),
  queued: Type.Union([Type.Integer(), Type.Null()], { description: 'batches waiting in its disk queue; null while unknown' }),
  restarts: Type.Integer(),
  detail: Type.String(),
});

export const contract = {
  listFlows: route({
    method: 'GET',
    path: '/api/flows',
    access: 'live.read',
    summary: { zh: '已发布的编排及其节点', en: 'Deployed flows with their nodes' },
    response: Type.Object({ deployment: Type.Integer(), items: Type.Array(Flow) }),
  }),
  nodesOfTag: route({
    method: 'GET',
    path: '/api/flows/nodes',
    access: 'live.read',
    summary: { zh: '读写某点位的节点', en: 'Nodes that read or write a tag' },
    query: Type.Object({ tag: Type.String({ minLength: 1, maxLength: 80 }) }),
    response: Type.Object({ items: Type.Array(TagNode) }),
  }),
  createTicket: route({
    method: 'POST',
    path: '/api/flows/ticket',
    access: 'live.read',
    summary: { zh: '打开编排编辑器的一次性入口', en: 'One-use entry to the flow editor' },
    body: Type.Object({
      /** Fragment to open: `#flow/020-stations`, `#node/sta001-read`. */
      link: Type.Optional(Type.String({ pattern: '^#(flow|node|group)/[A-Za-z0-9._-]+(/edit)?$' })),
    }),
    response: Type.Object({
      url: Type.String({ description: 'for the frame; works once, within 60 s' }),
      origin: Type.String({ description: 'origin of the editor, for postMessage' }),
      mayEdit: Type.Boolean(),
      expires: Type.String(),
    }),
    errors: ['FLOW_EDITOR_DOWN'],
    example: { body: { link: '#node/sta001-read' } },
  }),
  runtimes: route({
    method: 'GET',
    path: '/api/flows/runtime',
    access: 'health.read',
    summary: { zh: '编排运行时的状态', en: 'State of the flow runtimes' },
    response: Type.Object({ items: Type.Array(RuntimeView) }),
  }),
} as const;
