import { describe, expect, it } from 'vitest';
import { reports } from '#reports/index.ts';
import { compileTemplate, createTemplates } from './render.ts';

describe('templates', () => {
  it('renders every shipped report in both languages, escaped', () => {
    const templates = createTemplates(reports);
    for (const report of reports) {
      const { subject, html } = templates.render(report.id, {
        where: { zh: '和平里<b>', en: 'Hepingli' },
        asset: 'STA001.UNT01',
        tag: 'STA001.UNT01.2T_SP',
        tagLabel: { zh: '设定', en: 'setpoint' },
        unit: '°C',
        value: 5,
        limit: 2,
        level: '<script>alert(1)</script>',
        raisedAt: '2026-01-01T00:00:00Z',
        subject: '<img src=x>',
        outcome: '<i>',
        detail: 'x',
      });
      expect(subject.zh).not.toBe(subject.en);
      expect(html.zh).not.toBe('');
      expect(html.zh + html.en).not.toMatch(/<script|<img|<i>|和平里<b>/);
    }
    expect(() => templates.render('nope', {})).toThrow(/no template/);
  });

  it.each([
    ['{{{x}}}', /unescaped/],
    ['{{&x}}', /unescaped/],
    ['{{> other}}', /partials/],
    ['{{#> other}}{{/other}}', /partials/],
    ['{{lookup this "x"}}', /not allowed/],
    ['{{log "x"}}', /not allowed/],
    ['{{x.constructor.name}}', /not allowed/],
    ['{{#with __proto__}}{{/with}}', /not allowed/],
    ['{{* deco}}', /decorators/],
    ['{{#if}', /Parse error|Expecting/],
  ])('refuses %s', (source, reason) => {
    expect(() => compileTemplate('t', source)).toThrow(reason);
  });

  it('refuses a template or an output that is too large, and reaches no prototype', () => {
    expect(() => compileTemplate('t', 'x'.repeat(70_000))).toThrow(/larger/);
    const many = compileTemplate('t', '{{#each a}}{{#each ../a}}{{this}}{{/each}}{{/each}}');
    expect(() => many({ a: Array.from({ length: 1000 }, () => 'xxxxxxxxxx') })).toThrow(/output/);
    expect(compileTemplate('t', '{{x.toString}}{{toString}}')({ x: { a: 1 } })).toBe('');
  });
});
