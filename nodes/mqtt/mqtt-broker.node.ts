import Type from 'typebox';
import { defineConfig } from '../define.ts';
import { secret, text } from '../fields.ts';
import { Broker } from './client.ts';

/** Config node: one broker. */
export const mqttBroker = defineConfig({
  type: 'heat-mqtt-broker',
  label: { zh: 'MQTT 服务器', en: 'MQTT broker' },
  help: {
    zh: '表计和气象站上报的 MQTT 服务器。用户名和密码加密存放，不随编排导出。',
    en: 'The broker to which meters and weather stations report. User and password are kept encrypted and are not part of the flow.',
  },
  config: Type.Object({
    url: text({ label: { zh: '地址', en: 'URL' }, default: 'mqtt://127.0.0.1:1883', pattern: '^mqtts?://[^@\\s]+$' }),
    user: secret({ label: { zh: '用户名', en: 'User' } }),
    password: secret({ label: { zh: '密码', en: 'Password' } }),
  }),
  setup({ config, ctx }): Broker {
    return new Broker({
      url: config.url,
      clientId: ctx.secrets['user'] || `nuanliu-${ctx.id}`,
      user: ctx.secrets['user'] ?? '',
      password: ctx.secrets['password'] ?? '',
      signal: ctx.signal,
    });
  },
});
