import Type from 'typebox';
import { Problem } from '#domain/errors.ts';
import { defineNode } from '../define.ts';
import { configRef, list } from '../fields.ts';
import { outcomeText, writeAndReadBack, type Driver } from '../read-back.ts';
import type { ModbusClient } from './client.ts';
import { decode, encode, locate, scaled, WIDTH } from './codec.ts';
import { modbusDevice } from './modbus-device.node.ts';
import { WriteRow, type RegisterRow } from './rows.ts';

function driverOf(client: ModbusClient, row: RegisterRow): Driver {
  const { table, address } = locate(row.register);
  return {
    async write(value) {
      const raw = (value - row.offset) / row.scale;
      if (table === 'coil') return client.write({ coil: raw !== 0, address });
      const registers = row.type === 'bit' ? undefined : encode(raw, row.type, row.order);
      if (table !== 'holding' || !registers) throw new Problem('WRITE_VALUE', 422, `${row.register} (${row.type}) cannot hold ${raw}`);
      return client.write({ registers, address });
    },
    async read() {
      const registers = await client.read({ table, address, count: WIDTH[row.type] });
      return scaled(decode(registers, row.type, row.order), row.scale, row.offset);
    },
  };
}

export const modbusWrite = defineNode({
  type: 'modbus-write',
  category: 'acquisition',
  label: { zh: 'Modbus 下发', en: 'Modbus write' },
  help: {
    zh: '这些点位唯一的下发者：只接受通过下发闸口的命令和控制输出，写入后回读。不能用连线触发，也不会自动重试。',
    en: 'The one owner of these tags: takes only commands and outputs that passed the gate, writes and reads back. No wire can trigger it and it never retries by itself.',
  },
  config: Type.Object({
    device: configRef(modbusDevice.type, { label: modbusDevice.label }),
    rows: list(WriteRow, { label: { zh: '点表', en: 'Register table' } }),
  }),
  setup({ config, ctx }) {
    const { client } = modbusDevice.of(ctx, config.device);
    const drivers = new Map(config.rows.map((row) => [row.tag, driverOf(client, row)]));
    ctx.status('ok', { zh: `拥有 ${drivers.size} 个点位`, en: `owns ${drivers.size} tags` });
    ctx.commands.own([...drivers.keys()], async (write, signal) => {
      const driver = drivers.get(write.tag);
      if (!driver) return { state: 'failed', code: 'TAG_NOT_OWNED', detail: write.tag };
      const outcome = await writeAndReadBack(write, ctx, driver, signal);
      ctx.status(outcome.state === 'confirmed' ? 'ok' : 'fault', outcomeText(write, outcome));
      return outcome;
    });
  },
});
