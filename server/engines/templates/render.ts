import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { Problem } from '#domain/errors.ts';
import type { Language, Text } from '#domain/text.ts';
import type { ReportDefinition } from '#reports/define.ts';
import type { Templates } from '../../services.ts';

const MAX_TEMPLATE = 64 * 1024;
const MAX_OUTPUT = 1024 * 1024;
const MAX_DEPTH = 4;
const KNOWN_HELPERS = { if: true, unless: true, each: true, with: true };

const fault = (id: string, detail: string): Problem => new Problem('TEMPLATE_INVALID', 422, `${id}: ${detail}`, { place: { file: id } });

/** Walks the parsed template: what could write unescaped text, reach other templates or look names up at run time is refused. */
class Inspector extends Handlebars.Visitor {
  readonly #id: string;
  constructor(id: string) {
    super();
    this.#id = id;
  }
  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    if (!mustache.escaped) throw fault(this.#id, `line ${mustache.loc.start.line}: unescaped output is not allowed`);
    super.MustacheStatement(mustache);
  }
  override PartialStatement(partial: hbs.AST.PartialStatement): void {
    throw fault(this.#id, `line ${partial.loc.start.line}: partials are not allowed`);
  }
  override PartialBlockStatement(partial: hbs.AST.PartialBlockStatement): void {
    throw fault(this.#id, `line ${partial.loc.start.line}: partials are not allowed`);
  }
  override Decorator(decorator: hbs.AST.Decorator): void {
    throw fault(this.#id, `line ${decorator.loc.start.line}: decorators are not allowed`);
  }
  override DecoratorBlock(decorator: hbs.AST.DecoratorBlock): void {
    throw fault(this.#id, `line ${decorator.loc.start.line}: decorators are not allowed`);
  }
  override PathExpression(path: hbs.AST.PathExpression): void {
    if (path.original === 'log' || path.original === 'lookup' || /(^|[./])(__proto__|constructor|prototype)($|[./])/.test(path.original))
      throw fault(this.#id, `line ${path.loc.start.line}: "${path.original}" is not allowed`);
  }
}

export type Render = (data: Readonly<Record<string, unknown>>) => string;

/**
 * Compiles a template with what security.md 2.4 allows.
 * @throws Problem TEMPLATE_INVALID with the line
 */
export function compileTemplate(id: string, source: string): Render {
  if (typeof source !== 'string') throw fault(id, 'a template is a text');
  if (Buffer.byteLength(source) > MAX_TEMPLATE) throw fault(id, `larger than ${MAX_TEMPLATE} bytes`);
  let tree: hbs.AST.Program;
  try {
    tree = Handlebars.parse(source);
  } catch (error) {
    throw fault(id, error instanceof Error ? error.message : String(error));
  }
  new Inspector(id).accept(tree);
  const compiled = Handlebars.compile(source, {
    knownHelpers: KNOWN_HELPERS,
    knownHelpersOnly: true,
    noEscape: false,
    preventIndent: true,
  });
  return (data) => {
    const text = compiled(data, { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false });
    if (text.length > MAX_OUTPUT) throw fault(id, `the output is larger than ${MAX_OUTPUT} characters`);
    return text;
  };
}

/** Data as templates may see it: own plain values, a bilingual text as the one language, nothing deep. */
function plainData(value: unknown, language: Language, depth = 0): unknown {
  if (value === null || value === undefined || typeof value === 'function' || typeof value === 'symbol') return '';
  if (typeof value !== 'object') return value;
  if (depth >= MAX_DEPTH) return '';
  if (Array.isArray(value)) return value.slice(0, 1000).map((item) => plainData(item, language, depth + 1));
  const entries = Object.entries(value);
  const text = new Map(entries);
  if (entries.length === 2 && typeof text.get('zh') === 'string' && typeof text.get('en') === 'string') return text.get(language);
  const safe: Record<string, unknown> = Object.create(null);
  for (const [key, item] of entries) if (key !== '__proto__') safe[key] = plainData(item, language, depth + 1);
  return safe;
}

/** Compiles every template at once, so that a broken one is found at the start. @throws Problem TEMPLATE_INVALID */
export function createTemplates(reports: readonly ReportDefinition[]): Templates {
  const compiled = new Map(
    reports.map((report) => [
      report.id,
      {
        body: compileTemplate(`${report.id}/report.hbs`, readFileSync(report.template, 'utf8')),
        subject: { zh: compileTemplate(report.id, report.subject.zh), en: compileTemplate(report.id, report.subject.en) },
      },
    ]),
  );
  return {
    render(id, data) {
      const report = compiled.get(id);
      if (!report) throw new Problem('TEMPLATE_UNKNOWN', 422, `there is no template "${id}"`);
      const one = (language: Language): { subject: string; html: string } => {
        const plain: Record<string, unknown> = Object.create(null);
        for (const [key, value] of Object.entries(data)) if (key !== '__proto__') plain[key] = plainData(value, language);
        plain['zh'] = language === 'zh';
        plain['en'] = language === 'en';
        return { subject: report.subject[language](plain), html: report.body(plain).trim() };
      };
      const [zh, en] = [one('zh'), one('en')];
      const subject: Text = { zh: zh.subject, en: en.subject };
      return { subject, html: { zh: zh.html, en: en.html } };
    },
  };
}
