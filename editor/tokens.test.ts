import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

type Tokens = Readonly<Record<string, string>>;
const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');

function block(selector: string): Tokens {
  const body = css.slice(css.indexOf(`${selector} {`)).split('}')[0] ?? '';
  return Object.fromEntries([...body.matchAll(/--([\w]+):\s*(#[\da-f]{6})/gi)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

/** Relative luminance (WCAG 2.2, definition). */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const TEXT = ['tx', 'tx2', 'tx3', 'live', 'acc', 'draft'];
const GROUNDS = ['bg', 'panel', 'canvas', 'field', 'btn'];
const light = block(':root');
const themes: readonly (readonly [string, Tokens])[] = [
  ['light', light],
  ['dark', { ...light, ...block("[data-theme='dark']") }],
];
const of = (tokens: Tokens, name: string): string => tokens[name] ?? `missing token ${name}`;

describe.each(themes)('contrast of the %s theme', (_, tokens) => {
  test.each(TEXT.flatMap((text) => GROUNDS.map((ground) => [text, ground] as const)))('text %s on %s is at least 4.5:1', (text, ground) => {
    expect(contrast(of(tokens, text), of(tokens, ground))).toBeGreaterThanOrEqual(4.5);
  });

  test.each([
    ['navtx', 'nav'],
    ['navtx', 'nav2'],
    ['ontacc', 'acc'],
    ['ontp1', 'p1'],
    ['ontp2', 'p2'],
    ['ontp3', 'p3'],
    ['ontp4', 'p4'],
    ['tx', 'p1bg'],
    ['tx', 'p2bg'],
    ['tx', 'p3bg'],
    ['tx', 'p4bg'],
    ['tx', 'sel'],
    ['tx2', 'sel'],
    ['tx3', 'line2'],
    ['live', 'p1bg'],
    ['live', 'p2bg'],
    ['draft', 'draftbg'],
    ['tx2', 'draftbg'],
    ['acc', 'accbg'],
    ['p1', 'panel'],
    ['tx2', 'p1bg'],
  ])('text %s on %s is at least 4.5:1', (text, ground) => {
    expect(contrast(of(tokens, text), of(tokens, ground))).toBeGreaterThanOrEqual(4.5);
  });

  test.each([
    ['p1', 'panel'],
    ['p2', 'panel'],
    ['p3line', 'panel'],
    ['p4', 'panel'],
    ['pipe', 'canvas'],
    ['eqs', 'canvas'],
    ['eqs', 'eq'],
    ['acc', 'bg'],
    ['draft', 'panel'],
    ['p1', 'canvas'],
    ['p2', 'canvas'],
    ['p4', 'canvas'],
  ])('symbol %s on %s is at least 3:1', (symbol, ground) => {
    expect(contrast(of(tokens, symbol), of(tokens, ground))).toBeGreaterThanOrEqual(3);
  });

  test('priorities differ in brightness or shape: four marks, four shapes', async () => {
    const { Mark } = await import('./ui/mark.tsx');
    const shapes = ([1, 2, 3, 4] as const).map((priority) =>
      JSON.stringify(Mark({ priority }).props, (key, value: unknown) => (key === 'fill' || key === 'stroke' ? undefined : value)),
    );
    expect(new Set(shapes).size).toBe(4);
  });
});
