import type { Text } from '#domain/text.ts';
import type { GatedWrite, NodeContext, WriteOutcome } from './context.ts';
import type { Sample } from '#domain/sample.ts';
import { Problem } from '#domain/errors.ts';

/** What a driver offers to a write: put the value, look at it. Units of the tag. */
export interface Driver {
  write(value: number): Promise<void>;
  /** Present value of the written point; used when the rule reads back the same tag. */
  read(): Promise<number>;
}

const POLL = 250;

/** The value that the rule's read-back tag shows now; a tag of another point comes with its node's next cycle. */
async function look(write: GatedWrite, ctx: NodeContext, driver: Driver, since: number): Promise<number | undefined> {
  if (write.rule.readBack.tag === write.tag) return driver.read();
  const sample = ctx.samples.fresh(write.rule.readBack.tag);
  return sample && sample.at >= since && typeof sample.value === 'number' ? sample.value : undefined;
}

/** A failed try to write: refused by the device or never sent = failed; sent and unanswered = unknown. Never tried again by itself. */
function outcomeOf(error: unknown): WriteOutcome {
  const detail = error instanceof Error ? error.message : String(error);
  const code = error instanceof Problem ? error.code : 'WRITE_FAILED';
  const sent = error instanceof Problem && error.context['sent'] === true;
  return { state: sent ? 'unknown' : 'failed', code, detail };
}

/** Writes once, then reads back until the value is within the rule's tolerance or its timeout has passed. */
export async function writeAndReadBack(write: GatedWrite, ctx: NodeContext, driver: Driver, signal: AbortSignal): Promise<WriteOutcome> {
  const since = ctx.clock.now();
  const started = ctx.clock.monotonic();
  try {
    await driver.write(write.value);
  } catch (error) {
    return outcomeOf(error);
  }
  const { within, timeout } = write.rule.readBack;
  let last: number | undefined;
  let trouble = '';
  do {
    try {
      last = await look(write, ctx, driver, since);
      if (last !== undefined && Math.abs(last - write.value) <= within + 1e-4) {
        if (write.rule.readBack.tag === write.tag)
          ctx.samples.publish([{ tag: write.tag, at: ctx.clock.now(), value: last, quality: 'good' } satisfies Sample]);
        return { state: 'confirmed', readBack: last };
      }
      await ctx.wait(POLL);
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
      if (ctx.signal.aborted) break;
      await ctx.wait(POLL).catch(() => undefined);
    }
  } while (!signal.aborted && !ctx.signal.aborted && ctx.clock.monotonic() - started < timeout);
  if (last === undefined)
    return { state: 'unknown', code: 'READBACK_MISSING', detail: `no read-back within ${timeout} ms${trouble ? `: ${trouble}` : ''}` };
  return { state: 'failed', code: 'READBACK_DIFFERS', detail: `reads ${last} instead of ${write.value}`, readBack: last };
}

const STATES = { confirmed: '已执行', failed: '失败', unknown: '结果未知' } as const;

/** What a write node shows under itself after a command; seven digits are more than any device has. */
export function outcomeText(write: GatedWrite, outcome: WriteOutcome): Text {
  const value = typeof write.value === 'number' ? Number(write.value.toPrecision(7)) : write.value;
  return { zh: `${write.tag} = ${value} ${STATES[outcome.state]}`, en: `${write.tag} = ${value} ${outcome.state}` };
}
