import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evaluate } from './evaluate.ts';
import { replay } from './replay.ts';

let folder: string;
let lines: string[];
let errors: string[];
const out = { line: (text: string) => lines.push(text), error: (text: string) => errors.push(text) };
const file = async (name: string, content: unknown): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nuanliu-cases-'));
  lines = [];
  errors = [];
});
afterEach(() => rm(folder, { recursive: true }));

const alarm = { id: 'A', tag: 'T', limits: { h: 10 }, onDelay: '5s' };

describe('nuanliu replay', () => {
  it('prints one line a case, in order; samples may be in a CSV file beside the case', async () => {
    await file('s.csv', 'tag,at,value,quality\r\nT,0,11,good\r\n"T",9000,,bad\r\nT,10000,9.5,uncertain\r\n');
    const first = await file('a.json', {
      alarms: [alarm],
      samples: 's.csv',
      actions: [{ at: 6000, acknowledge: 'A.h', occurrence: 2 }],
      until: 20_000,
    });
    const second = await file('b.json', { alarms: [], until: 1 });
    expect(await replay([first, second], out)).toBe(0);
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      {
        transitions: [
          { at: 5000, alarm: 'A.h', from: 'normal', to: 'unack', occurrence: 1 },
          { at: 10_000, alarm: 'A.h', from: 'unack', to: 'rtn-unack', occurrence: 1 },
        ],
        refused: [{ at: 6000, action: 'acknowledge', alarm: 'A.h', why: 'future-occurrence' }],
      },
      { transitions: [], refused: [] },
    ]);
  });
  it.each([
    [{ alarms: [alarm, alarm, alarm, { ...alarm, limits: { hh: 'x' } }] }, 'alarms[3].limits.hh: must be a number'],
    [{ alarms: [alarm], samples: 'no.csv' }, 'samples: cannot be read'],
    [{ alarms: [alarm], samples: 'bad.csv' }, 'bad.csv:3: quality must be one of'],
    ['{"alarms": [', 'is not JSON'],
    [[], 'case: must be an object'],
  ])('a malformed case ends with 2 and one line that names the place', async (content, text) => {
    await file('bad.csv', 'tag,at,value,quality\nT,0,1,good\nT,1,1,fine\n');
    expect(await replay([await file('a.json', { alarms: [] }), await file('b.json', content)], out)).toBe(2);
    expect(lines).toHaveLength(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(text);
    expect(errors[0]).not.toContain('\n');
  });
  it('needs a file that is there', async () => {
    expect(await replay([], out)).toBe(2);
    expect(await replay([join(folder, 'none.json')], out)).toBe(2);
    expect(errors[1]).toContain('cannot be read');
  });
});

describe('nuanliu evaluate', () => {
  it('prints true, false and null for unknown', async () => {
    const path = await file('e.json', {
      conditions: { all: [{ condition: 'warm' }, { not: { any: [{ fact: 'off', operator: 'equal', value: true }] } }] },
      named: { warm: { any: [{ fact: 't', operator: 'greaterThan', value: 20 }] } },
      facts: [{ t: 21, off: false }, { t: 19 }, { t: 21 }, { t: '21', off: false }],
    });
    expect(await evaluate([path], out)).toBe(0);
    expect(lines).toEqual(['{"results":[true,false,null,null]}']);
  });
  it('names the place of what is malformed', async () => {
    const path = await file('e.json', { conditions: { all: [{ fact: 't', operator: 'near', value: 20 }] }, facts: [] });
    expect(await evaluate([path], out)).toBe(2);
    expect(errors[0]).toContain('conditions.all[0].operator: must be one of equal');
  });
});
