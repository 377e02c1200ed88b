import Type from 'typebox';
import { defineNode } from '../define.ts';
import { configRef, text } from '../fields.ts';
import { telegram } from '../ports.ts';
import { mqttBroker } from './mqtt-broker.node.ts';

const MAX_BYTES = 262_144;

export const mqttSubscribe = defineNode({
  type: 'heat-mqtt-subscribe',
  category: 'acquisition',
  label: { zh: 'MQTT 订阅', en: 'MQTT subscribe' },
  help: {
    zh: '订阅一个主题，输出原始报文，由后面的解码节点解析。',
    en: 'Subscribes to a topic and sends the telegrams as they are; a decode node reads them.',
  },
  config: Type.Object({
    broker: configRef(mqttBroker.type, { label: mqttBroker.label }),
    topic: text({ label: { zh: '主题', en: 'Topic' }, default: 'dh/v1/E01/weather/+/telemetry', pattern: '^[^\\s]+$' }),
  }),
  output: telegram({ zh: '报文', en: 'telegram' }),
  setup({ config, ctx, send }) {
    const broker = mqttBroker.of(ctx, config.broker);
    let count = 0;
    broker.onState((online, detail) => {
      if (!online) ctx.status('fault', { zh: `未连接 ${detail}`, en: `not connected ${detail}` });
      else if (detail) ctx.status('fault', { zh: detail, en: detail });
      else ctx.status('ok', { zh: '已连接', en: 'connected' });
    }, ctx.signal);
    broker.subscribe(
      config.topic,
      (topic, payload) => {
        if (payload.length > MAX_BYTES) return ctx.status('warn', { zh: '报文过大，已丢弃', en: 'telegram too large, dropped' });
        count += 1;
        ctx.status('ok', { zh: `${count} 条`, en: `${count} telegrams` });
        send({ topic, at: ctx.clock.now(), text: payload.toString('utf8') });
      },
      ctx.signal,
    );
  },
});
