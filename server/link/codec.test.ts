import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Quality } from '#domain/sample.ts';
import { codecs, numbersOfMalformed, parseTopic, topicOf } from './codec.ts';

const plain = { noNullPrototype: true } as const;
const runtime = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,39}$/);
const v = fc.constant(1 as const);
const seq = fc.maxSafeNat();
const at = fc.integer({ min: 0, max: 8_589_934_591_999 });
const tag = fc.string({ minLength: 1, maxLength: 100 });
// JSON knows neither NaN, infinities nor the negative zero.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0);
const value = fc.oneof(number, fc.boolean(), fc.string({ maxLength: 50 }), fc.constant(null));
const sample = fc.record({ tag, at, value, quality: fc.constantFrom<Quality>('good', 'uncertain', 'bad') }, plain);

describe('link codec', () => {
  it('round trip of batches', () => {
    fc.assert(
      fc.property(
        fc.record(
          { v, runtime, seq, after: seq, samples: fc.array(sample, { minLength: 1, maxLength: 30 }) },
          { ...plain, requiredKeys: ['v', 'runtime', 'seq', 'samples'] },
        ),
        (message) => {
          expect(codecs.batch.decode(codecs.batch.encode(message))).toEqual(message);
        },
      ),
    );
  });
  it('round trip of all other messages', () => {
    const text = fc.string({ minLength: 1, maxLength: 64 });
    const n = fc.nat();
    const outcome = {
      v,
      id: text,
      state: fc.constantFrom('confirmed' as const, 'failed' as const, 'unknown' as const),
      at,
      code: text,
      detail: text,
      readBack: value,
    };
    const messages = fc.record(
      {
        ack: fc.record({ v, seq }, plain),
        deployment: fc.record({ v, n }, plain),
        cmd: fc.record({ v, id: text, tag, value: fc.oneof(number, fc.boolean()), expires: at, deployment: n }, plain),
        cmdack: fc.record(outcome, { ...plain, requiredKeys: ['v', 'id', 'state', 'at'] }),
        hello: fc.record({ v, runtime, deployment: n, hashes: fc.dictionary(text, text, plain), owns: fc.array(tag), queued: n }, plain),
      },
      plain,
    );
    fc.assert(
      fc.property(messages, (m) => {
        expect(codecs.ack.decode(codecs.ack.encode(m.ack))).toEqual(m.ack);
        expect(codecs.deployment.decode(codecs.deployment.encode(m.deployment))).toEqual(m.deployment);
        expect(codecs.cmd.decode(codecs.cmd.encode(m.cmd))).toEqual(m.cmd);
        expect(codecs.cmdack.decode(codecs.cmdack.encode(m.cmdack))).toEqual(m.cmdack);
        expect(codecs.hello.decode(codecs.hello.encode(m.hello))).toEqual(m.hello);
      }),
    );
  });

  const good = { v: 1, runtime: 'a', seq: 7, after: 6, samples: [{ tag: 'T', at: 1, value: 1, quality: 'good' }] };
  it.each<[string, unknown, string]>([
    ['another version', { ...good, v: 2 }, '/v'],
    ['a name that is no topic', { ...good, runtime: 'a/b' }, '/runtime'],
    ['a key that nobody knows', { ...good, extra: 1 }, '/extra'],
    ['a key of a sample that nobody knows', { ...good, samples: [{ ...good.samples[0], unit: 'K' }] }, '/samples/0/unit'],
    ['an unknown quality', { ...good, samples: [{ ...good.samples[0], quality: 'fine' }] }, '/samples/0/quality'],
    ['no samples', { ...good, samples: [] }, '/samples'],
    ['a fraction of a millisecond', { ...good, samples: [{ ...good.samples[0], at: 1.5 }] }, '/samples/0/at'],
  ])('refuses %s', (_, message, path) => {
    expect(() => codecs.batch.decode(Buffer.from(JSON.stringify(message)))).toThrow(
      expect.objectContaining({ code: 'LINK_MESSAGE', place: { path } }),
    );
  });
  it('refuses what is no JSON, no UTF-8 or too long', () => {
    expect(() => codecs.ack.decode(Buffer.from('{"v":1'))).toThrow(/no JSON/);
    expect(() => codecs.ack.decode(Buffer.from([0x22, 0xff, 0x22]))).toThrow(/no JSON in UTF-8/);
    expect(() => codecs.ack.decode(Buffer.alloc(300_000, 32))).toThrow(/more than 262144/);
  });
  it('reads the numbers of a malformed batch, but never from its samples', () => {
    expect(numbersOfMalformed(Buffer.from(JSON.stringify({ ...good, v: 2 })))).toEqual({ seq: 7, after: 6 });
    expect(numbersOfMalformed(Buffer.from('{"v":1,"runtime":"a","samples":[{"seq":9}]}'))).toBeUndefined();
    expect(numbersOfMalformed(Buffer.from('garbage'))).toBeUndefined();
  });
  it('knows its topics', () => {
    expect(parseTopic(topicOf('edge-1', 'batch'))).toEqual({ runtime: 'edge-1', kind: 'batch' });
    for (const topic of ['nl/v1/edge-1/other', 'nl/v1//batch', 'nl/v2/a/batch', 'nl/v1/a/batch/x', 'nl/v1/+/ack', 'nl/v1/#'])
      expect(parseTopic(topic)).toBeUndefined();
  });
});
