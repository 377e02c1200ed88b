import { FeelDuration, evaluate, isRange, parseExpression } from 'feelin';
import type { Variables } from '../port.ts';

export type Evaluated = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

const MAX_DEPTH = 100;

/** Java's `Duration.toString`, as Zeebe prints days-and-time durations: hours are the largest unit. */
function javaDuration(iso: string): string {
  const parts = /^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(iso);
  if (!parts) return iso;
  const [, sign = '', days = '0', hours = '0', minutes = '0', seconds = '0'] = parts;
  const total = Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (total === 0) return 'PT0S';
  const h = Math.floor(total / 3600);
  const m = Math.floor((total % 3600) / 60);
  const s = Number((total % 60).toFixed(9));
  return `PT${h ? `${sign}${h}H` : ''}${m ? `${sign}${m}M` : ''}${s ? `${sign}${s}S` : ''}`;
}

/** A FEEL value as JSON: what a variable can hold. */
export function toJson(value: unknown, depth = 0): unknown {
  if (value === null || value === undefined || typeof value === 'function') return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object') return value;
  if (depth > MAX_DEPTH) return null;
  if (value instanceof FeelDuration) return javaDuration(String(value));
  if (isRange(value)) return String(value);
  if (Array.isArray(value)) return value.map((item: unknown) => toJson(item, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') return JSON.parse(JSON.stringify(value));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item, depth + 1)]));
}

/** Undefined if it parses, else where it does not. Nothing is evaluated: the text may come from anybody. */
export function parseFault(expression: string): string | undefined {
  if (expression.trim() === '') return 'the expression is empty';
  let fault: string | undefined;
  parseExpression(expression, {}, undefined).iterate({
    enter: (node) => {
      if (node.type.isError) fault ??= `unexpected input at position ${node.from}`;
    },
  });
  return fault;
}

export function evaluateFeel(expression: string, context: Variables): Evaluated {
  try {
    return { ok: true, value: evaluate(expression, { ...context }).value };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
