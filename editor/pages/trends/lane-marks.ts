import type uPlot from 'uplot';
import { token } from '../../ui/chart.tsx';

/** A vertical mark through all lanes: an alarm's rise or an annotation; `until` of a span. */
export interface LaneMark {
  readonly at: number;
  readonly until?: number;
  readonly colour: string;
}

/** Normal band behind the line, where it is in view. */
export function drawBand(u: uPlot, low: number | undefined, high: number | undefined): void {
  const { top, left, width, height } = u.bbox;
  if (low === undefined && high === undefined) return;
  const y1 = high === undefined ? top : Math.max(top, u.valToPos(high, 'y', true));
  const y2 = low === undefined ? top + height : Math.min(top + height, u.valToPos(low, 'y', true));
  if (y2 <= y1) return;
  u.ctx.save();
  u.ctx.globalAlpha = 0.45;
  u.ctx.fillStyle = token('--band');
  u.ctx.fillRect(left, y1, width, y2 - y1);
  u.ctx.restore();
}

const NAMES = ['hh', 'h', 'l', 'll'] as const;

export function drawLimits(u: uPlot, limits: Readonly<Partial<Record<(typeof NAMES)[number], number>>> | undefined): void {
  const { top, left, width, height } = u.bbox;
  u.ctx.save();
  u.ctx.setLineDash([3, 3]);
  u.ctx.strokeStyle = token('--tx2');
  u.ctx.fillStyle = token('--tx2');
  u.ctx.font = `${11 * devicePixelRatio}px Inter, system-ui, sans-serif`;
  for (const name of NAMES) {
    const value = limits?.[name];
    if (value === undefined) continue;
    const y = u.valToPos(value, 'y', true);
    if (y < top || y > top + height) continue;
    u.ctx.beginPath();
    u.ctx.moveTo(left, y);
    u.ctx.lineTo(left + width, y);
    u.ctx.stroke();
    u.ctx.fillText(`${name.toUpperCase()} ${value}`, left + width - 60 * devicePixelRatio, y - 3);
  }
  u.ctx.restore();
}

export function drawMarks(u: uPlot, marks: readonly LaneMark[]): void {
  const { top, left, width, height } = u.bbox;
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(left, top, width, height);
  u.ctx.clip();
  // The last line may have left its dashes.
  u.ctx.setLineDash([]);
  for (const { at, until, colour } of marks) {
    const x = u.valToPos(at / 1000, 'x', true);
    u.ctx.strokeStyle = token(colour);
    u.ctx.fillStyle = token(colour);
    u.ctx.lineWidth = devicePixelRatio;
    u.ctx.beginPath();
    u.ctx.moveTo(x, top);
    u.ctx.lineTo(x, top + height);
    u.ctx.stroke();
    if (until === undefined) continue;
    u.ctx.globalAlpha = 0.12;
    u.ctx.fillRect(x, top, u.valToPos(until / 1000, 'x', true) - x, height);
    u.ctx.globalAlpha = 1;
  }
  u.ctx.restore();
}
