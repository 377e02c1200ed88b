import { setTimeout as sleep } from 'node:timers/promises';
import type { ModbusClient } from './client.ts';

/** Telegram addresses of the stop of a station. */
export interface StopPoints {
  readonly stop: number;
  readonly reset: number;
  readonly stopped: number;
}

/** Writes the coil before everything that waits and reads the latch back every 200 ms, until it shows or `signal` ends. */
export async function stopStation(
  client: ModbusClient,
  points: StopPoints,
  action: 'stop' | 'reset',
  signal: AbortSignal,
): Promise<{ result: 'done' | 'failed' | 'unknown'; detail: string }> {
  const wanted = action === 'stop' ? 1 : 0;
  try {
    await client.write({ coil: true, address: action === 'stop' ? points.stop : points.reset }, { urgent: true });
  } catch (error) {
    return { result: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
  let detail = 'written, the latch was not read back';
  while (!signal.aborted) {
    try {
      const [latch] = await client.readUrgently({ table: 'discrete', address: points.stopped, count: 1 });
      if (latch === wanted) return { result: 'done', detail: `STOPPED = ${wanted}` };
      detail = `written, STOPPED still reads ${latch ?? '?'}`;
      await sleep(200, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) detail = error instanceof Error ? error.message : String(error);
    }
  }
  return { result: 'unknown', detail };
}
