import { describe, expect, test } from 'vitest';
import { type Leak, play, type Stage, STORY, StoryStopped } from './story.ts';

const leak: Leak = { id: 'STA007.UNT02.MK_FI.hh', asset: 'STA007.UNT02', tag: 'STA007.UNT02.MK_FI', acknowledged: false };

function rehearsal(change: { leak?: Leak | undefined; normal?: boolean } = { leak, normal: true }): { stage: Stage; done: string[] } {
  const done: string[] = [];
  const log = (text: string): Promise<void> => {
    done.push(text);
    return Promise.resolve();
  };
  const stage: Stage = {
    become: (persona) => log(`become ${persona}`),
    go: (path) => log(`go ${path}`),
    show: () => Promise.resolve(),
    click: (id) => log(`click ${id}`),
    fill: (id) => log(`fill ${id}`),
    has: () => true,
    wait: () => Promise.resolve(),
    async until(what, ask) {
      const answer = await ask();
      if (answer === undefined) throw new StoryStopped(what);
      return answer;
    },
    plant: {
      leak: () => Promise.resolve(change.leak),
      task: (_, element) => Promise.resolve({ key: element === 'confirm' ? '11' : '12', instance: '7' }),
      alarmNormal: () => Promise.resolve(change.normal ?? false),
      instanceState: () => Promise.resolve('completed'),
      nodeOf: () => Promise.resolve('sta007-read'),
    },
  };
  return { stage, done };
}

describe('the story', () => {
  test('acts for each person in turn: who proposes never approves', async () => {
    const { stage, done } = rehearsal();
    const facts = await play(stage, () => undefined);
    expect(facts).toEqual({ leak, instance: '7' });
    expect(done.filter((one) => one.startsWith('become'))).toEqual([
      'become dispatcher',
      'become manager',
      'become process-engineer',
      'become audit-administrator',
    ]);
    const manager = done.indexOf('become manager');
    expect(done.indexOf('click complete')).toBeLessThan(manager);
    expect(done.indexOf('click approve')).toBeGreaterThan(manager);
    expect(done).toContain('go /alarms?sel=STA007.UNT02.MK_FI.hh');
    expect(done).toContain('go /workflows/7');
    expect(done.at(-1)).toBe('click verify');
  });

  test('stops with the reason when the leak does not come', async () => {
    const { stage } = rehearsal({ leak: undefined });
    await expect(play(stage, () => undefined)).rejects.toThrow('no leak alarm came');
  });

  test('stops with the reason when the alarm does not return to normal', async () => {
    const { stage } = rehearsal({ leak, normal: false });
    await expect(play(stage, () => undefined)).rejects.toThrow('did not return to normal');
  });

  test('every caption is told, in order and in both languages', async () => {
    const told: number[] = [];
    await play(rehearsal().stage, (view) => told.push(view.step));
    expect(told).toEqual(STORY.map((_, i) => i + 1));
    for (const step of STORY) {
      expect(step.caption.zh.length).toBeGreaterThan(5);
      expect(/\p{Script=Han}/u.test(step.caption.en)).toBe(false);
    }
  });
});
