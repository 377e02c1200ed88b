import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../sample.ts';
import { toLine } from './line-protocol.ts';

const sample = (value: Sample['value'], quality: Sample['quality'] = 'good', tag = 'STA007.2T_S'): Sample => ({
  tag,
  at: 1_768_068_000_000,
  value,
  quality,
});
const TIME = '1768068000000000000';

describe('a line of the line protocol', () => {
  it('has the value by its type, and none of a bad sample', () => {
    expect(toLine('heat', sample(46.3), '°C')).toBe(`heat,tag=STA007.2T_S,unit=°C value=46.3,quality=0i ${TIME}`);
    expect(toLine('heat', sample(true, 'uncertain'), '')).toBe(`heat,tag=STA007.2T_S value=1,quality=1i ${TIME}`);
    expect(toLine('heat', sample('a "b" \\'), '')).toBe(`heat,tag=STA007.2T_S text="a \\"b\\" \\\\",quality=0i ${TIME}`);
    expect(toLine('heat', sample(5, 'bad'), '')).toBe(`heat,tag=STA007.2T_S quality=2i ${TIME}`);
    expect(toLine('heat', sample(null, 'bad'), '')).toBe(`heat,tag=STA007.2T_S quality=2i ${TIME}`);
  });

  it('escapes what would end a part of it', () => {
    expect(toLine('my heat', sample(1, 'good', 'A,B=C D'), 'm³/h x')).toBe(
      `my\\ heat,tag=A\\,B\\=C\\ D,unit=m³/h\\ x value=1,quality=0i ${TIME}`,
    );
  });

  it('stays one line and gives its tag and text back, whatever they hold', () => {
    const text = fc.string({ minLength: 1 }).filter((one) => !/[\r\n\\]/.test(one));
    fc.assert(
      fc.property(text, text, (tag, value) => {
        const line = toLine('m', sample(value, 'good', tag), '');
        const [, found = '', field = ''] = /^m,tag=((?:\\.|[^\\, =])+) text="((?:\\.|[^"\\])*)",quality=0i \d+$/s.exec(line) ?? [];
        expect([found, field].map((part) => part.replaceAll(/\\(.)/gs, '$1'))).toEqual([tag, value]);
      }),
    );
  });
});
