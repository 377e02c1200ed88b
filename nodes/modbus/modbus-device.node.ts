import Type from 'typebox';
import { parseDuration } from '#domain/time.ts';
import { defineConfig } from '../define.ts';
import { duration, integer, text } from '../fields.ts';
import { ModbusClient } from './client.ts';
import { locate } from './codec.ts';
import { stopStation } from './stop.ts';

export interface ModbusDevice {
  readonly client: ModbusClient;
  readonly station: string;
}

/** Config node: one device behind one connection. */
export const modbusDevice = defineConfig({
  type: 'modbus-device',
  label: { zh: 'Modbus 控制器', en: 'Modbus device' },
  help: {
    zh: '一台 Modbus TCP 控制器，独占一条连接。填写急停线圈和状态位后，一键急停不经过中间件直接写入本设备。',
    en: 'A Modbus TCP device with a connection of its own. With the coils of the emergency stop and its status bit, the one-key stop writes straight to this device.',
  },
  config: Type.Object({
    host: text({ label: { zh: '地址', en: 'Host' }, default: '127.0.0.1' }),
    port: integer({ label: { zh: '端口', en: 'Port' }, min: 1, max: 65_535, default: 502 }),
    unit: integer({ label: { zh: '单元号', en: 'Unit id' }, min: 0, max: 255, default: 1 }),
    timeout: duration({ label: { zh: '应答超时', en: 'Answer timeout' }, default: '2s' }),
    station: text({
      label: { zh: '所属热力站', en: 'Station' },
      optional: true,
      pattern: '^[A-Z0-9.]*$',
      help: { zh: '一键急停按此编码寻址', en: 'the one-key stop finds the device by it' },
    }),
    stopCoil: integer({
      label: { zh: '急停线圈', en: 'Stop coil' },
      min: 0,
      max: 9999,
      default: 0,
      help: { zh: '图纸编号，0 = 无', en: 'number on the plan, 0 = none' },
    }),
    resetCoil: integer({ label: { zh: '复位线圈', en: 'Reset coil' }, min: 0, max: 9999, default: 0 }),
    stoppedInput: integer({
      label: { zh: '急停状态位', en: 'Stop status bit' },
      min: 0,
      max: 19_999,
      default: 0,
      help: { zh: '离散输入，如 10001', en: 'discrete input, such as 10001' },
    }),
  }),
  setup({ config, ctx }): ModbusDevice {
    const client = new ModbusClient({
      host: config.host,
      port: config.port,
      unit: config.unit,
      timeout: parseDuration(config.timeout) ?? 2000,
      signal: ctx.signal,
    });
    if (config.station && config.stopCoil > 0 && config.resetCoil > 0 && config.stoppedInput > 0) {
      const points = {
        stop: locate(config.stopCoil).address,
        reset: locate(config.resetCoil).address,
        stopped: locate(config.stoppedInput).address,
      };
      ctx.stops.register(config.station, (action, signal) => stopStation(client, points, action, signal));
    }
    return { client, station: config.station };
  },
});
