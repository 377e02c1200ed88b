import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { boundaryTimer, end, model, service, start, user } from '#server/engines/workflow/embedded/fixture.ts';
import { trace } from './trace.ts';

const folder = mkdtempSync(join(tmpdir(), 'nuanliu-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: unknown): string => {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return join(folder, name);
};
async function run(...files: string[]): Promise<{ code: number; lines: unknown[]; errors: string }> {
  let [out, errors] = ['', ''];
  const code = await trace(files, { write: (text) => (out += text) }, { errors: { write: (text) => (errors += text) } });
  return {
    code,
    lines: out
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line)),
    errors,
  };
}
file(
  'p.bpmn',
  model(
    [start, service('a', 'work'), user('u'), boundaryTimer('t', 'u', 'PT15M'), end(), end('late')],
    ['f1: s -> a', 'f2: a -> u', 'f3: u -> e', 'f4: t -> late'],
  ),
);
file('bad.bpmn', model([start, '<bpmn:complexGateway id="c"/>'], ['f1: s -> c']));

describe('nuanliu trace', () => {
  it('prints one line a case: trace, state, variables, jobs, incidents, refusals', async () => {
    const { code, lines } = await run(
      file('a.json', {
        bpmn: ['p.bpmn'],
        process: 'p',
        variables: { n: 1 },
        jobs: { work: [{ fail: { retries: 1 } }, { complete: { done: true } }] },
        steps: [{ task: { element: 'nope' } }, { task: { element: 'u', variables: { ok: true } } }, { cancel: true }],
      }),
      file('b.json', {
        bpmn: ['p.bpmn'],
        process: 'p',
        jobs: { work: [{ fail: { retries: 0, message: 'valve' } }] },
        steps: [{ resolve: { element: 'a' } }, { resolve: { element: 'a', retries: 1 } }],
      }),
      file('c.json', {
        bpmn: ['p.bpmn'],
        process: 'p',
        hold: ['work'],
        steps: [{ work: { element: 'a', complete: {} } }, { advance: 'PT15M' }],
      }),
    );
    expect(code).toBe(0);
    expect(lines[0]).toMatchObject({
      state: 'completed',
      variables: { n: 1, done: true, ok: true },
      jobs: [],
      incidents: [],
      refused: [
        { step: 0, code: 'NOT_FOUND' },
        { step: 2, code: 'NOT_FOUND' },
      ],
    });
    expect(lines[1]).toMatchObject({
      state: 'active',
      jobs: [{ type: 'work', element: 'a', retries: 0 }],
      incidents: [{ element: 'a', type: 'JOB_NO_RETRIES' }],
      refused: [{ step: 0, code: 'NOT_FOUND' }],
    });
    expect(lines[2]).toMatchObject({
      state: 'completed',
      trace: expect.arrayContaining([
        ['u', 'ELEMENT_TERMINATED'],
        ['late', 'ELEMENT_COMPLETED'],
      ]),
    });
  });

  it('says what is rejected, an unknown process, and no process at all', async () => {
    const { lines } = await run(
      file('r.json', { bpmn: ['bad.bpmn'], process: 'p' }),
      file('m.json', { bpmn: ['p.bpmn'], process: 'p', steps: [{ signal: { name: 'x' } }] }),
      file('u.json', { bpmn: ['p.bpmn'], process: 'q' }),
      file('n.json', { bpmn: ['p.bpmn'] }),
    );
    expect(lines).toMatchObject([
      { rejected: "bad.bpmn: c: Elements of type 'ComplexGateway' are not supported" },
      { rejected: "step 0: 'signal' is not supported by the embedded engine yet" },
      { state: 'none', refused: [{ step: -1, code: 'NOT_FOUND' }] },
      { state: 'none', trace: [] },
    ]);
  });

  it.each([
    ['{', /x\.json: /],
    [{ bpmn: [] }, /x\.json: \/bpmn/],
    [{ bpmn: ['p.bpmn'], steps: [{ bad: 1 }] }, /\/steps\/0\/bad is not known/],
    [{ bpmn: ['p.bpmn'], process: 'p', steps: [{ advance: 'soon' }] }, /\/steps\/0\/advance/],
    [{ bpmn: ['missing.bpmn'] }, /\/bpmn\/0/],
    [{ bpmn: ['p.bpmn'], now: 'x' }, /\/now/],
  ])('exits 2 for %j with the place on one line', async (content, place) => {
    const { code, errors } = await run(file('x.json', content));
    expect(code).toBe(2);
    expect(errors).toMatch(place);
    expect(errors.trim().split('\n')).toHaveLength(1);
  });

  it('refuses the engine that is not there', async () => {
    expect(await trace(['x'], { write: () => undefined }, { engine: 'zeebe', errors: { write: () => undefined } })).toBe(2);
  });
});
