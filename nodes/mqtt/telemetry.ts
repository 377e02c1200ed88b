import Type from 'typebox';
import { Check } from 'typebox/value';
import type { Sample } from '#domain/sample.ts';

/** Telemetry of meters and weather stations (plant.md): ts UTC ms, seq counts up per topic, v measurand -> value. */
const Telemetry = Type.Object({
  ts: Type.Number(),
  seq: Type.Integer({ minimum: 0 }),
  q: Type.Union([Type.Literal('good'), Type.Literal('uncertain'), Type.Literal('bad')]),
  v: Type.Record(Type.String({ pattern: '^[A-Za-z0-9_]{1,20}$' }), Type.Union([Type.Number(), Type.Boolean(), Type.Null()]), {
    additionalProperties: false,
  }),
});
const TOPIC = /^dh\/v1\/[^/]+\/[^/]+\/([A-Za-z0-9._-]+)\/telemetry$/;

export type Decoded = { readonly samples: readonly Sample[]; readonly id: string; readonly seq: number } | { readonly fault: string };

/** Samples of one telegram; `skew` = largest difference between the device's clock and ours, ms. */
export function decodeTelemetry(topic: string, text: string, now: number, skew: number): Decoded {
  const id = TOPIC.exec(topic)?.[1];
  if (!id) return { fault: `topic ${topic}` };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { fault: 'not JSON' };
  }
  if (!Check(Telemetry, body)) return { fault: 'not {ts, seq, q, v}' };
  if (body.ts > now + skew) return { fault: `clock ${Math.round((body.ts - now) / 1000)} s ahead` };
  const samples = Object.entries(body.v).map(([measurand, value]): Sample => {
    const bad = body.q === 'bad' || value === null;
    return { tag: `${id}.${measurand}`, at: body.ts, value: bad ? null : value, quality: bad ? 'bad' : body.q };
  });
  return { samples, id, seq: body.seq };
}
