import Type from 'typebox';
import type { Sample } from '#domain/sample.ts';
import { parseDuration } from '#domain/time.ts';
import { defineNode } from '../define.ts';
import { duration } from '../fields.ts';
import { samples, telegram } from '../ports.ts';
import { decodeTelemetry } from './telemetry.ts';

export const stationMeter = defineNode({
  type: 'station-meter',
  category: 'acquisition',
  label: { zh: '表计解码', en: 'Meter decode' },
  help: {
    zh: '把表计和气象站的遥测报文 {ts, seq, q, v} 解码成采样值。重复报文丢弃；超时未来的表计，其点位置为坏质量。',
    en: 'Decodes telemetry {ts, seq, q, v} of meters and weather stations into samples. Repeated telegrams are dropped; the tags of a meter that falls silent turn bad.',
  },
  config: Type.Object({
    silence: duration({ label: { zh: '超时', en: 'Silent after' }, default: '3m' }),
    skew: duration({ label: { zh: '时钟偏差上限', en: 'Largest clock skew' }, default: '5m' }),
  }),
  input: telegram({ zh: '报文', en: 'telegram' }),
  output: samples({ zh: '采样值', en: 'samples' }),
  setup({ config, ctx, send }) {
    const silence = parseDuration(config.silence) ?? 180_000;
    const skew = parseDuration(config.skew) ?? 300_000;
    const meters = new Map<string, { seq: number; ts: number; heard: number; tags: readonly string[]; silent: boolean }>();
    let faults = 0;
    ctx.every(Math.max(1000, silence / 3), 0, () => {
      const now = ctx.clock.now();
      const bad: Sample[] = [];
      for (const meter of meters.values()) {
        if (meter.silent || now - meter.heard < silence) continue;
        meter.silent = true;
        bad.push(...meter.tags.map((tag): Sample => ({ tag, at: now, value: null, quality: 'bad' })));
      }
      if (bad.length > 0) send(bad);
    });
    return (message) => {
      const decoded = decodeTelemetry(message.topic, message.text, message.at, skew);
      if ('fault' in decoded) {
        faults += 1;
        return ctx.status('warn', { zh: `报文错误 ${faults} 次：${decoded.fault}`, en: `${faults} bad telegrams: ${decoded.fault}` });
      }
      const before = meters.get(decoded.id);
      const ts = decoded.samples[0]?.at ?? message.at;
      // QoS 1 may deliver twice; after a restart of the meter the sequence starts again with a later time.
      if (before && decoded.seq <= before.seq && ts <= before.ts) return;
      meters.set(decoded.id, { seq: decoded.seq, ts, heard: message.at, tags: decoded.samples.map((sample) => sample.tag), silent: false });
      ctx.status('ok', { zh: `${meters.size} 只表计`, en: `${meters.size} meters` });
      send(decoded.samples);
    };
  },
});
