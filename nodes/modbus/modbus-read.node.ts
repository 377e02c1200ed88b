import Type from 'typebox';
import type { Sample } from '#domain/sample.ts';
import { parseDuration } from '#domain/time.ts';
import type { NodeContext } from '../context.ts';
import { defineNode } from '../define.ts';
import { configRef, duration, integer, list } from '../fields.ts';
import { samples } from '../ports.ts';
import type { ModbusClient } from './client.ts';
import { decode, locate, scaled, WIDTH } from './codec.ts';
import { modbusDevice } from './modbus-device.node.ts';
import { planBlocks, type Block } from './plan.ts';
import { ReadRow, type RegisterRow } from './rows.ts';

const key = (table: string, address: number): string => `${table}:${address}`;

/** Reads every block once; a device that misses an answer gets one more try, then the cycle has failed. */
async function readBlocks(client: ModbusClient, blocks: readonly Block[]): Promise<Map<string, number>> {
  const words = new Map<string, number>();
  for (const block of blocks) {
    const values = await client.read(block);
    values.forEach((value, i) => words.set(key(block.table, block.address + i), value));
  }
  return words;
}

function valueOf(row: RegisterRow, words: ReadonlyMap<string, number>, ctx: NodeContext): number | boolean | null {
  const { table, address } = locate(row.register);
  const registers = Array.from({ length: WIDTH[row.type] }, (_, i) => words.get(key(table, address + i)) ?? Number.NaN);
  if (registers.some((register) => Number.isNaN(register))) return null;
  const raw = decode(registers, row.type, row.order);
  if (!Number.isFinite(raw)) return null;
  return ctx.tag(row.tag)?.type === 'boolean' ? raw !== 0 : scaled(raw, row.scale, row.offset);
}

export const modbusRead = defineNode({
  type: 'modbus-read',
  category: 'acquisition',
  label: { zh: 'Modbus 采集', en: 'Modbus read' },
  help: {
    zh: '按周期读取一台控制器，每个周期输出一批采样值。设备无应答、应答错误或返回异常码时，本节点的全部点位置为坏质量，恢复后自动转好。',
    en: 'Reads one device in a cycle and sends one batch of samples a cycle. When the device is silent, answers garbage or an exception, all tags of this node turn bad; they recover by themselves.',
  },
  config: Type.Object({
    device: configRef(modbusDevice.type, { label: modbusDevice.label }),
    every: duration({ label: { zh: '周期', en: 'Cycle' }, default: '10s' }),
    phase: duration({
      label: { zh: '错峰', en: 'Stagger' },
      default: '0s',
      help: { zh: '周期内的起始时刻，使各站错开', en: 'start within the cycle, so that the stations do not all answer at once' },
    }),
    maxGap: integer({
      label: { zh: '合并间隔', en: 'Join gap' },
      min: 0,
      max: 100,
      default: 10,
      help: { zh: '间隔不大于该寄存器数的点位合并读取', en: 'values at most this many registers apart are read in one telegram' },
    }),
    rows: list(ReadRow, { label: { zh: '点表', en: 'Register table' } }),
  }),
  output: samples({ zh: '采样值', en: 'samples' }),
  setup({ config, ctx, send }) {
    const { client } = modbusDevice.of(ctx, config.device);
    const blocks = planBlocks(config.rows, config.maxGap);
    let fault = '';
    const cycle = async (): Promise<void> => {
      const at = ctx.clock.now();
      try {
        const words = await readBlocks(client, blocks).catch(() => readBlocks(client, blocks));
        const batch = config.rows.map((row): Sample => {
          const value = valueOf(row, words, ctx);
          return { tag: row.tag, at, value, quality: value === null ? 'bad' : 'good' };
        });
        ctx.status('ok', { zh: `${batch.length} 点，${ctx.clock.now() - at} ms`, en: `${batch.length} tags, ${ctx.clock.now() - at} ms` });
        fault = '';
        send(batch);
      } catch (error) {
        if (ctx.signal.aborted) return;
        const why = error instanceof Error ? error.message : String(error);
        ctx.status('fault', { zh: `通讯故障：${why}`, en: `communication fault: ${why}` });
        if (why !== fault) ctx.log.warn(why);
        fault = why;
        send(config.rows.map((row) => ({ tag: row.tag, at: ctx.clock.now(), value: null, quality: 'bad' })));
      }
    };
    ctx.every(parseDuration(config.every) ?? 10_000, parseDuration(config.phase) ?? 0, cycle);
  },
});
