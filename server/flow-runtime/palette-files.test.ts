import { describe, expect, it } from 'vitest';
import { palette } from '#nodes/index.ts';
import { catalogueOf, paletteHtml } from './palette-files.ts';
import { libraryKey } from './storage.ts';

const keys = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, child]) => keys(child, `${path}/${key}`))
    : [`${path}${value === '' ? ' empty' : ''}`];

describe('generated palette', () => {
  const html = paletteHtml(palette, '/* script */');

  it('has the same keys in both catalogues', () => {
    expect(keys(catalogueOf(palette, 'zh'))).toEqual(keys(catalogueOf(palette, 'en')));
  });

  it.each(palette.map((node) => [node.type]))('%s has a template, a registration and help in two languages', (type) => {
    expect(html).toContain(`data-template-name="${type}"`);
    expect(html).toContain(`nuanliuRegister({"type":"${type}"`);
    expect(html.match(new RegExp(`data-help-name="${type}" data-lang="(zh-CN|en-US)"`, 'g'))).toHaveLength(2);
  });

  it('lets no text of a definition end a script or open a tag', () => {
    const [first] = palette;
    const evil = { ...first!, type: 'evil', help: { zh: '<img src=x onerror=alert(1)>', en: '</script><script>alert(1)</script>' } };
    const generated = paletteHtml([evil], '');
    expect(generated).not.toContain('<img');
    expect(generated.match(/<script/g)).toHaveLength(4);
  });
});

describe('library paths', () => {
  it('take plain names', () => {
    expect(libraryKey('flows', '站/标准 接入.json')).toBe('flows/站/标准 接入.json');
  });

  it.each(['../x', 'a/../../x', '..', 'a/..', '.hidden', 'a\\..\\b', 'a\u0000b', '__proto__/../x', 'x'.repeat(65)])('refuse %s', (path) => {
    expect(() => libraryKey('flows', path)).toThrow(/not a library path/);
  });
});
