import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CORE_TYPES, palette } from '#nodes/index.ts';
import { checkFlows, joinFlows, parseFlows, splitFlows, tagsOf } from '#nodes/flow-file.ts';
import { demoPlant } from '#plants/demo.ts';

const folder = new URL('../../flows/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.flow.json'));
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const known = new Set(demoPlant.tags.map((tag) => tag.id));
const rules = { palette, coreTypes: CORE_TYPES, knownTag: (tag: string) => known.has(tag) };
const all = files.flatMap((file) => parseFlows(read(file)));

describe('shipped flows', () => {
  it.each(files)('%s: one tab named like the file, known types, valid configurations, existing tags', (file) => {
    const nodes = parseFlows(read(file));
    expect(nodes.filter((node) => node.type === 'tab').map((node) => `${node.id}.flow.json`)).toEqual([file]);
    expect(nodes.filter((node) => node.type !== 'tab' && `${node.z}.flow.json` !== file)).toEqual([]);
    expect(checkFlows(nodes, rules)).toEqual([]);
    expect(readFileSync(new URL(file, folder), 'utf8')).not.toMatch(/password|credentials/i);
  });

  it('fit together: ids are unique over all files and split back into the same tabs', () => {
    expect(checkFlows(all, rules)).toEqual([]);
    expect([...splitFlows(all).keys()].map((id) => `${id}.flow.json`)).toEqual(files);
    expect(joinFlows(splitFlows(all))).toEqual(all);
  });

  const tagsWith = (access: string): Set<string> =>
    new Set(
      all.flatMap((node) => {
        const definition = palette.find((entry) => entry.type === node.type);
        return definition
          ? tagsOf(definition.config, node)
              .filter((use) => use.access === access)
              .map((use) => use.tag)
          : [];
      }),
    );

  it('give every tag of the plant a source', () => {
    const sources = tagsWith('source');
    // Households and weather come by topic: their tags are not named in the flow.
    const byTopic = /^(WX001|.*\.USR\d+)\./;
    expect(demoPlant.tags.filter((tag) => !sources.has(tag.id) && !byTopic.test(tag.id)).map((tag) => tag.id)).toEqual([]);
  });

  it('give every tag of the allow-list an owner', () => {
    const owned = tagsWith('writes');
    expect(demoPlant.gate.filter((rule) => !owned.has(rule.tag)).map((rule) => rule.tag)).toEqual([]);
  });
});
