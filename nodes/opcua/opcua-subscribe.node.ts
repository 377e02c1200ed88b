import Type from 'typebox';
import type { Sample } from '#domain/sample.ts';
import { parseDuration } from '#domain/time.ts';
import { defineNode } from '../define.ts';
import { configRef, duration, list, quantity, tagRef, text } from '../fields.ts';
import { samples } from '../ports.ts';
import type { OpcUaValue } from './client.ts';
import { opcuaDevice } from './opcua-device.node.ts';

const Row = Type.Object({
  tag: tagRef({ access: 'source', label: { zh: '点位', en: 'Tag' } }),
  nodeId: text({ label: { zh: '节点号', en: 'Node id' }, pattern: '^ns=\\d+;[isgb]=.+$' }),
  scale: quantity({ label: { zh: '系数', en: 'Scale' }, unit: '', min: -1e9, max: 1e9, default: 1 }),
});

export const opcuaSubscribe = defineNode({
  type: 'heat-opcua-subscribe',
  category: 'acquisition',
  label: { zh: 'OPC UA 订阅', en: 'OPC UA subscribe' },
  help: {
    zh: '订阅服务器的变量。变化合并成批输出；没有变化的点位每个刷新周期重发一次，证明仍然有效。会话中断时全部点位为坏质量。',
    en: 'Subscribes to variables of a server. Changes go out in batches; a value that does not change is sent again each refresh cycle to show that it is still alive. All tags turn bad when the session is lost.',
  },
  config: Type.Object({
    device: configRef(opcuaDevice.type, { label: opcuaDevice.label }),
    interval: duration({ label: { zh: '采样间隔', en: 'Sampling interval' }, default: '1s' }),
    refresh: duration({ label: { zh: '刷新周期', en: 'Refresh' }, default: '5s' }),
    rows: list(Row, { label: { zh: '点表', en: 'Variables' } }),
  }),
  output: samples({ zh: '采样值', en: 'samples' }),
  setup({ config, ctx, send }) {
    const device = opcuaDevice.of(ctx, config.device);
    const rows = new Map(config.rows.map((row) => [row.nodeId, row]));
    const latest = new Map<string, OpcUaValue>();
    const changed = new Set<string>();
    const refresh = parseDuration(config.refresh) ?? 5000;
    const interval = parseDuration(config.interval) ?? 1000;
    const sampleOf = (nodeId: string): Sample[] => {
      const row = rows.get(nodeId);
      const last = latest.get(nodeId);
      if (!row || !last) return [];
      const value = typeof last.value === 'number' ? last.value * row.scale : last.value;
      return [{ tag: row.tag, at: ctx.clock.now(), value, quality: last.quality }];
    };
    const flush = (ids: Iterable<string>): void => {
      const batch = [...ids].flatMap(sampleOf);
      changed.clear();
      if (batch.length > 0) send(batch);
    };
    device.onState(
      (online, detail) =>
        ctx.status(
          online ? 'ok' : 'fault',
          online
            ? { zh: `已订阅 ${rows.size} 点`, en: `${rows.size} subscribed` }
            : { zh: `未连接：${detail}`, en: `not connected: ${detail}` },
        ),
      ctx.signal,
    );
    device.watch(
      {
        nodeIds: [...rows.keys()],
        interval,
        onValue: (value) => {
          latest.set(value.nodeId, value);
          changed.add(value.nodeId);
        },
      },
      ctx.signal,
    );
    ctx.every(Math.min(interval, 1000), 0, () => flush(changed));
    ctx.every(refresh, 0, () => flush(latest.keys()));
  },
});
