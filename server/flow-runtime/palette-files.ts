import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Language, Text } from '#domain/text.ts';
import type { PaletteNode } from '#nodes/define.ts';
import { fieldOf } from '#nodes/fields.ts';

/** Name of the Node-RED module that the generated files form. */
export const PALETTE_MODULE = 'nuanliu-palette';
/** Without a hyphen: Node-RED takes what stands before one for the category's root. */
const categoryName = (id: string): string => `heat_${id}`;
const CATEGORY: Readonly<Record<PaletteNode['category'], { readonly label: Text; readonly color: string; readonly icon: string }>> = {
  acquisition: { label: { zh: '供热-采集', en: 'Heat: acquisition' }, color: '#cddae5', icon: 'font-awesome/fa-plug' },
  control: { label: { zh: '供热-控制', en: 'Heat: control' }, color: '#e2e6eb', icon: 'font-awesome/fa-sliders' },
  data: { label: { zh: '供热-数据', en: 'Heat: data' }, color: '#f4f6f8', icon: 'font-awesome/fa-exchange' },
};

const categoryNames = (language: Language): Record<string, string> =>
  Object.fromEntries(Object.entries(CATEGORY).map(([id, { label }]) => [categoryName(id), label[language]]));
/** Our categories in the order of the palette: Node-RED's name to the one that people read. */
export const CATEGORIES = { zh: categoryNames('zh'), en: categoryNames('en') } as const;

/** What the dialog script gets of a node; everything else it takes from the catalogue. */
interface DialogField {
  readonly name: string;
  readonly kind: string;
  readonly default: unknown;
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly optional: boolean;
  readonly config?: string;
  readonly options?: readonly string[];
  readonly columns?: readonly DialogField[];
}

const at = (schema: object, key: string): unknown => Reflect.get(schema, key);
const numberAt = (schema: object, key: string): number | undefined => {
  const value = at(schema, key);
  return typeof value === 'number' ? value : undefined;
};

function fieldsOf(properties: Readonly<Record<string, object>>): DialogField[] {
  return Object.entries(properties).flatMap(([name, schema]): DialogField[] => {
    const meta = fieldOf(schema);
    if (!meta) return [];
    const items = at(schema, 'items');
    const columns = typeof items === 'object' && items !== null ? at(items, 'properties') : undefined;
    const min = numberAt(schema, 'minimum');
    const max = numberAt(schema, 'maximum');
    const pattern = at(schema, 'pattern');
    return [
      {
        name,
        kind: meta.kind,
        default: at(schema, 'default') ?? '',
        optional: meta.optional ?? false,
        ...(meta.unit ? { unit: meta.unit } : {}),
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
        ...(typeof pattern === 'string' ? { pattern } : {}),
        ...(meta.config ? { config: meta.config } : {}),
        ...(meta.options ? { options: meta.options.map((option) => option.value) } : {}),
        ...(isRecord(columns) ? { columns: fieldsOf(columns) } : {}),
      },
    ];
  });
}

const isRecord = (value: unknown): value is Record<string, object> =>
  typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'object');

function catalogueOfFields(properties: Readonly<Record<string, object>>, language: Language): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, schema]) => {
      const meta = fieldOf(schema);
      if (!meta) return [];
      const items = at(schema, 'items');
      const columns = typeof items === 'object' && items !== null ? at(items, 'properties') : undefined;
      return [
        [
          name,
          {
            label: meta.label[language],
            help: meta.help?.[language] ?? '',
            ...(meta.options ? { options: Object.fromEntries(meta.options.map((option) => [option.value, option.label[language]])) } : {}),
            ...(isRecord(columns) ? { columns: catalogueOfFields(columns, language) } : {}),
          },
        ],
      ];
    }),
  );
}

/** Catalogue of one language: every text of every dialog, from the definitions. */
export function catalogueOf(palette: readonly PaletteNode[], language: Language): Record<string, unknown> {
  return Object.fromEntries(
    palette.map((node) => [
      node.type,
      {
        label: node.label[language],
        fields: catalogueOfFields(node.config.properties, language),
        input: node.input?.label[language] ?? '',
        output: node.output ? `${node.output.label[language]}${node.output.unit ? ` ${node.output.unit}` : ''}` : '',
      },
    ]),
  );
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function helpOf(node: PaletteNode, language: Language): string {
  const rows = Object.entries(node.config.properties).flatMap(([, schema]) => {
    const meta = fieldOf(schema);
    if (!meta) return [];
    const min = numberAt(schema, 'minimum');
    const max = numberAt(schema, 'maximum');
    const limits = min === undefined || max === undefined ? '' : ` (${min}–${max}${meta.unit ? ` ${meta.unit}` : ''})`;
    return [`<dt>${escape(meta.label[language])}</dt><dd>${escape(meta.help?.[language] ?? '')}${escape(limits)}</dd>`];
  });
  return `<p>${escape(node.help[language])}</p>${rows.length > 0 ? `<dl class="message-properties">${rows.join('')}</dl>` : ''}`;
}

const scriptJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

/** Name, pickers of config nodes and credentials stand in the template, because Node-RED fills those; the script builds the rest. */
function templateOf(node: PaletteNode): string {
  const prefix = node.kind === 'config' ? 'node-config-input' : 'node-input';
  const row = (key: string, name: string, type: string): string =>
    `<div class="form-row"><label for="${prefix}-${name}" style="width:180px" data-i18n="${key}"></label><input type="${type}" id="${prefix}-${name}" style="width:calc(100% - 250px)"></div>`;
  const of = (kind: string, type: (name: string) => string): string =>
    fieldsOf(node.config.properties)
      .filter((field) => field.kind === kind)
      .map(({ name }) => row(`${node.type}.fields.${name}.label`, name, type(name)))
      .join('');
  return `${row('palette.name', 'name', 'text')}${of('config', () => 'text')}<div class="nuanliu-form"></div>${of('secret', (name) => (name === 'password' ? 'password' : 'text'))}`;
}

/** The whole HTML of the palette: dialog script, one registration and one template a node, help in both languages. */
export function paletteHtml(palette: readonly PaletteNode[], dialogScript: string): string {
  const registrations = palette.map((node) =>
    scriptJson({
      type: node.type,
      kind: node.kind,
      category: categoryName(node.category),
      color: CATEGORY[node.category].color,
      icon: CATEGORY[node.category].icon,
      inputs: node.input ? 1 : 0,
      outputs: node.output ? 1 : 0,
      fields: fieldsOf(node.config.properties),
    }),
  );
  const templates = palette.map((node) => `<script type="text/html" data-template-name="${node.type}">${templateOf(node)}</script>`);
  const help = palette.flatMap((node) =>
    (
      [
        ['zh-CN', 'zh'],
        ['en-US', 'en'],
      ] as const
    ).map(
      ([locale, language]) =>
        `<script type="text/html" data-help-name="${node.type}" data-lang="${locale}">${helpOf(node, language)}</script>`,
    ),
  );
  return [
    `<script type="text/javascript">\n${dialogScript}\n${registrations.map((json) => `nuanliuRegister(${json});`).join('\n')}\n</script>`,
    ...templates,
    ...help,
  ].join('\n');
}

/** Writes the Node-RED module to `<directory>/nuanliu-palette`; `hook` is the global function that registers the types. */
export function writePalette(directory: string, palette: readonly PaletteNode[], hook: string): string {
  const root = join(directory, PALETTE_MODULE);
  const put = (path: string, content: string): void => writeFileSync(join(root, path), content);
  for (const folder of ['locales/zh-CN', 'locales/en-US']) mkdirSync(join(root, folder), { recursive: true });
  // Node-RED looks for its user's own packages there: there are none.
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'nuanliu-flows', private: true, dependencies: {} }));
  put(
    'package.json',
    JSON.stringify({ name: PALETTE_MODULE, version: '1.0.0', type: 'commonjs', 'node-red': { nodes: { palette: 'palette.js' } } }),
  );
  put('palette.js', `module.exports = (RED) => globalThis[Symbol.for(${JSON.stringify(hook)})](RED);\n`);
  put('palette.html', paletteHtml(palette, readFileSync(new URL('./dialog.js', import.meta.url), 'utf8')));
  put('locales/zh-CN/palette.json', JSON.stringify({ ...catalogueOf(palette, 'zh'), palette: { name: '名称', label: CATEGORIES.zh } }));
  put('locales/en-US/palette.json', JSON.stringify({ ...catalogueOf(palette, 'en'), palette: { name: 'Name', label: CATEGORIES.en } }));
  return root;
}
