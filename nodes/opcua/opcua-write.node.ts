import Type from 'typebox';
import { Problem } from '#domain/errors.ts';
import { defineNode } from '../define.ts';
import { choice, configRef, list, quantity, tagRef, text } from '../fields.ts';
import { outcomeText, writeAndReadBack } from '../read-back.ts';
import { opcuaDevice } from './opcua-device.node.ts';

const TYPES = (['Double', 'Float', 'Int16', 'UInt16', 'Int32', 'UInt32', 'Boolean'] as const).map((value) => ({
  value,
  label: { zh: value, en: value },
}));

const Row = Type.Object({
  tag: tagRef({ access: 'writes', label: { zh: '点位', en: 'Tag' } }),
  nodeId: text({ label: { zh: '节点号', en: 'Node id' }, pattern: '^ns=\\d+;[isgb]=.+$' }),
  type: choice({ label: { zh: '类型', en: 'Type' }, options: TYPES, default: 'Double' }),
  scale: quantity({ label: { zh: '系数', en: 'Scale' }, unit: '', min: -1e9, max: 1e9, default: 1 }),
});

export const opcuaWrite = defineNode({
  type: 'heat-opcua-write',
  category: 'acquisition',
  label: { zh: 'OPC UA 下发', en: 'OPC UA write' },
  help: {
    zh: '这些点位唯一的下发者：只接受通过下发闸口的命令和控制输出，写入后回读，不会自动重试。',
    en: 'The one owner of these tags: takes only commands and outputs that passed the gate, writes and reads back, and never retries by itself.',
  },
  config: Type.Object({
    device: configRef(opcuaDevice.type, { label: opcuaDevice.label }),
    rows: list(Row, { label: { zh: '点表', en: 'Variables' } }),
  }),
  setup({ config, ctx }) {
    const device = opcuaDevice.of(ctx, config.device);
    const rows = new Map(config.rows.map((row) => [row.tag, row]));
    ctx.status('ok', { zh: `拥有 ${rows.size} 个点位`, en: `owns ${rows.size} tags` });
    ctx.commands.own([...rows.keys()], async (write, signal) => {
      const row = rows.get(write.tag);
      if (!row) return { state: 'failed', code: 'TAG_NOT_OWNED', detail: write.tag };
      const read = async (): Promise<number> => {
        const { value } = await device.read(row.nodeId);
        if (typeof value === 'string' || value === null) throw new Problem('READBACK_BAD', 502, `${row.nodeId} has no value`);
        return Number(value) * row.scale;
      };
      const outcome = await writeAndReadBack(
        write,
        ctx,
        { read, write: (value) => device.write(row.nodeId, value / row.scale, row.type) },
        signal,
      );
      ctx.status(outcome.state === 'confirmed' ? 'ok' : 'fault', outcomeText(write, outcome));
      return outcome;
    });
  },
});
