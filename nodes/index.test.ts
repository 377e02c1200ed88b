import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TSchema } from 'typebox';
import { readConfig } from './define.ts';
import { fieldOf } from './fields.ts';
import { checkFlows, nodeTags, splitFlows, tagsOf } from './flow-file.ts';
import { CORE_TYPES, palette } from './index.ts';

const files = readdirSync(new URL('.', import.meta.url), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.node.ts'));
const index = readFileSync(new URL('index.ts', import.meta.url), 'utf8');

describe('the palette', () => {
  it('has every *.node.ts file, each type once, none with a core name', () => {
    expect(files.filter((file) => !index.includes(`./${file}`))).toEqual([]);
    expect(palette).toHaveLength(files.length);
    expect(new Set([...palette.map((node) => node.type), ...CORE_TYPES]).size).toBe(palette.length + CORE_TYPES.length);
  });

  it.each(palette.map((node) => [node.type, node] as const))(
    '%s: texts in both languages, a field for every property, defaults that fit',
    (_type, node) => {
      const texts = [
        node.label,
        node.help,
        ...fields(node.config).flatMap(({ meta }) => [
          meta?.label,
          ...(meta?.help ? [meta.help] : []),
          ...(meta?.options ?? []).map((option) => option.label),
        ]),
      ];
      expect(texts.filter((text) => !text?.zh || !text.en)).toEqual([]);
      expect(fields(node.config).filter(({ meta }) => meta === undefined)).toEqual([]);
      // What only a person can fill in is empty; everything else has a default within its limits.
      const filled = Object.fromEntries(
        fields(node.config)
          .filter(({ meta }) => meta && !meta.optional && ['tag', 'config', 'text'].includes(meta.kind))
          .map(({ name, schema }) => [name, Reflect.get(schema, 'default') || 'X.1']),
      );
      expect(() => readConfig(node.type, node.config, filled)).not.toThrow();
    },
  );

  it('is not reached by what Node-RED adds to a node', () => {
    const raw = { id: 'a', z: 'b', x: 1, y: 2, wires: [], type: 'tag-in', name: '', tag: 'A.B' };
    expect(readConfig('tag-in', palette.find((node) => node.type === 'tag-in')?.config ?? palette[0]!.config, raw)).toEqual({ tag: 'A.B' });
  });
});

function fields(schema: TSchema): { readonly name: string; readonly schema: TSchema; readonly meta: ReturnType<typeof fieldOf> }[] {
  const properties: unknown = Reflect.get(schema, 'properties');
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.entries(properties).flatMap(([name, property]) => {
    const items: unknown = Reflect.get(property, 'items');
    return [
      { name, schema: property, meta: fieldOf(property) },
      ...(typeof items === 'object' && items !== null
        ? fields(items).map((column) => ({ ...column, name: `${name}.${column.name}` }))
        : []),
    ];
  });
}

describe('checkFlows', () => {
  const rules = { palette, coreTypes: CORE_TYPES, knownTag: (tag: string) => tag.startsWith('A.') };
  const tab = { id: 't', type: 'tab' };
  const device = { id: 'd', type: 'modbus-device', z: 't' };
  const write = { id: 'w', type: 'modbus-write', z: 't', device: 'd', rows: [{ tag: 'A.1' }] };
  const codes = (flows: unknown): string[] => checkFlows(flows, rules).map((fault) => `${fault.status} ${fault.code} ${fault.node}`);

  it.each<[string, unknown, string[]]>([
    ['nothing', [], []],
    ['a good one', [tab, device, write], []],
    ['no list', {}, ['422 FLOW_INVALID ']],
    ['no id', [{ type: 'tab' }], ['422 FLOW_INVALID ']],
    ['an id twice', [tab, tab], ['422 FLOW_INVALID t']],
    ['an unknown type', [tab, { id: 'f', type: 'function' }], ['403 FLOW_TYPE_REFUSED f']],
    ['an instance of a subflow', [{ id: 's', type: 'subflow:x' }], ['403 FLOW_TYPE_REFUSED s']],
    ['an unknown tag', [device, { ...write, rows: [{ tag: 'B.1' }] }], ['422 TAG_UNKNOWN w']],
    ['a missing config node', [write], ['422 NODE_CONFIG w']],
    ['a config node of another type', [{ ...device, type: 'heat-opcua-device' }, write], ['422 NODE_CONFIG w']],
    ['two owners', [device, write, { ...write, id: 'w2' }], ['422 NODE_CONFIG w2']],
    [
      'an environment variable',
      [{ id: 'i', type: 'inject', props: [{ p: 'payload', v: 'PATH', vt: 'env' }] }],
      ['403 FLOW_TYPE_REFUSED i'],
    ],
    ['a polluting key', JSON.parse('[{"id":"c","type":"comment","info":{"__proto__":{"x":1}}}]'), ['403 FLOW_TYPE_REFUSED c']],
  ])('%s', (_name, flows, expected) => {
    expect(codes(flows)).toEqual(expected);
  });

  it('puts refused types first', () => {
    expect(codes([write, { id: 'e', type: 'exec' }])[0]).toBe('403 FLOW_TYPE_REFUSED e');
  });

  it('finds the tags of a stored node, none of a disabled one', () => {
    expect(nodeTags(palette)(write)).toEqual([{ tag: 'A.1', access: 'writes' }]);
    expect(nodeTags(palette)({ ...write, d: true })).toEqual([]);
    expect(tagsOf(palette[0]!.config, device)).toEqual([]);
  });

  it('keeps config nodes without a tab apart', () => {
    expect([...splitFlows([tab, { id: 'x', type: 'modbus-device' }, device]).entries()].map(([id, nodes]) => [id, nodes.length])).toEqual([
      ['t', 2],
      ['global', 1],
    ]);
  });
});
