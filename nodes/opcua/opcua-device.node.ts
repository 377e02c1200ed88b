import Type from 'typebox';
import { parseDuration } from '#domain/time.ts';
import { defineConfig } from '../define.ts';
import { choice, duration, secret, text } from '../fields.ts';
import { OpcUaConnection } from './client.ts';

/** Config node: one session with one OPC UA server. */
export const opcuaDevice = defineConfig({
  type: 'heat-opcua-device',
  label: { zh: 'OPC UA 服务器', en: 'OPC UA server' },
  help: {
    zh: '热源 DCS 等 OPC UA 服务器。生产环境请选 Basic256Sha256 并使用用户名；断线后自动重连并重新订阅。',
    en: 'An OPC UA server such as the DCS of a heat source. Choose Basic256Sha256 with a user in production; it reconnects and subscribes again by itself.',
  },
  config: Type.Object({
    endpoint: text({ label: { zh: '地址', en: 'Endpoint' }, default: 'opc.tcp://127.0.0.1:4840', pattern: '^opc\\.tcp://[^\\s]+$' }),
    security: choice({
      label: { zh: '安全策略', en: 'Security' },
      default: 'Basic256Sha256',
      options: [
        { value: 'Basic256Sha256', label: { zh: '签名并加密 Basic256Sha256', en: 'SignAndEncrypt Basic256Sha256' } },
        { value: 'None', label: { zh: '无（仅限演示）', en: 'none (demo only)' } },
      ],
    }),
    timeout: duration({ label: { zh: '超时', en: 'Timeout' }, default: '5s' }),
    user: secret({ label: { zh: '用户名', en: 'User' } }),
    password: secret({ label: { zh: '密码', en: 'Password' } }),
  }),
  setup({ config, ctx }): OpcUaConnection {
    return new OpcUaConnection({
      endpoint: config.endpoint,
      security: config.security,
      timeout: parseDuration(config.timeout) ?? 5000,
      user: ctx.secrets['user'] ?? '',
      password: ctx.secrets['password'] ?? '',
      signal: ctx.signal,
    });
  },
});
