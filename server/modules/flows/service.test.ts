import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodeTags } from '#nodes/flow-file.ts';
import { palette } from '#nodes/index.ts';
import { flowViews, nodesOfTag } from './service.ts';

const content = (id: string): unknown => JSON.parse(readFileSync(new URL(`../../../flows/${id}.flow.json`, import.meta.url), 'utf8'));
const deployed = ['020-stations', '040-control'].map((id) => ({ id, hash: 'h', content: content(id) }));
const views = flowViews([...deployed, { id: 'gone', hash: 'x', content: [] }], nodeTags(palette));

describe('flows of a tag', () => {
  it('lists deployed tabs without deleted ones', () => {
    expect(views.map((flow) => [flow.id, flow.link])).toEqual([
      ['020-stations', '#flow/020-stations'],
      ['040-control', '#flow/040-control'],
    ]);
  });

  it('leads from the valve setpoint to its writers, its source and the node that tracks it', () => {
    expect(nodesOfTag(views, 'STA001.UNT01.CV_SP').map(({ access, link }) => [access, link])).toEqual([
      ['writes', '#node/sta001-write'],
      ['writes', '#node/sta001-u1-valve'],
      ['source', '#node/sta001-read'],
      ['reads', '#node/sta001-u1-pid'],
    ]);
  });

  it('answers nothing for a tag that no node names', () => {
    expect(nodesOfTag(views, 'STA099.X')).toEqual([]);
  });
});
