import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TaskSummary } from '#contract/tasks';
import { caller, leak, newWorld, openStory, request } from './story-kit.ts';
import type { Story, World } from './story-kit.ts';

let folder = '';
let world: World;
let story: Story;
const wait = { timeout: 10_000, interval: 5 };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nuanliu-story-'));
  world = newWorld();
  story = await openStory(folder, world);
});
afterEach(async () => {
  await story[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const list = async (who: string, which = 'all'): Promise<TaskSummary[]> =>
  (await body(story.tasks.handlers.list(request(who, { query: { list: which } })))).items;
async function body<T>(answer: Promise<T>): Promise<Exclude<T, { headers: unknown }>> {
  return (await answer) as Exclude<T, { headers: unknown }>;
}
const task = async (who: string, element: string): Promise<TaskSummary> =>
  vi.waitFor(async () => {
    const found = (await list(who)).find((each) => each.element === element);
    if (!found) throw new Error(`no task ${element} for ${who}`);
    return found;
  }, wait);
const complete = async (who: string, key: string, variables: object): Promise<unknown> => {
  world.now += 1000;
  return story.tasks.handlers.complete(request(who, { params: { key }, body: { variables } }));
};
const instances = async () => (await body(story.workflows.handlers.instances(request('li')))).items;
const ended = async (): Promise<void> => vi.waitFor(async () => expect((await instances())[0]?.state).toBe('completed'), wait);
const restart = async (): Promise<void> => {
  await story[Symbol.asyncDispose]();
  story = await openStory(folder, world);
};

describe('emergency-response', () => {
  it('goes from the alarm over confirmation, approval and write to the return to normal', async () => {
    story.alarm(leak('unack'));
    const confirm = await task('li', 'confirm');
    expect(confirm).toMatchObject({
      where: { asset: 'STA003.UNT02' },
      alarm: { id: 'unit.leak:STA003.UNT02', occurrence: 1, priority: 1 },
      label: { zh: '现场核实并提出处置', en: 'Confirm on site and propose' },
    });
    expect(await list('zhao')).toEqual([]);
    const form = await body(story.tasks.handlers.get(request('li', { params: { key: confirm.key } })));
    expect(form).toMatchObject({
      values: { action: 'close-valve' },
      guidance: { cause: { zh: '因' } },
      measured: { value: 5.2, limit: 2, unit: 't/h' },
    });
    await expect(complete('li', confirm.key, { action: 'close-valve' })).rejects.toMatchObject({
      code: 'TASK_FORM_INVALID',
      place: { path: 'variables/seen' },
    });
    await expect(complete('li', confirm.key, { action: 'none', seen: 'x', proposer: 'zhao' })).rejects.toMatchObject({
      code: 'TASK_FORM_INVALID',
    });
    await complete('li', confirm.key, { action: 'close-valve', seen: '7# 楼前渗漏' });

    const approve = await task('zhao', 'approve');
    expect(approve).toMatchObject({ risk: 'high', due: { element: 'approvalClock' } });
    const detail = await body(story.tasks.handlers.get(request('zhao', { params: { key: approve.key } })));
    expect(detail.writes).toMatchObject([{ tag: 'STA003.UNT02.BV_SP', before: 45, after: 0, persons: 2 }]);
    expect(detail.proposedBy).toEqual({ id: 'li', name: '李调度' });
    await complete('zhao', approve.key, { approved: 'yes', comment: '同意' });
    await vi.waitFor(() => expect(world.commands.size).toBe(1), wait);
    expect([...world.commands.values()]).toMatchObject([{ tag: 'STA003.UNT02.BV_SP', value: 0, submitter: 'li', approver: 'zhao' }]);

    await vi.waitFor(async () => expect((await instances())[0]?.activeElements.map((each) => each.element)).toEqual(['awaitNormal']), wait);
    expect((await instances())[0]?.state).toBe('active');
    world.now += 1000;
    story.alarm(leak('rtn-unack'));
    await ended();
    await vi.waitFor(async () => expect(await list('zhao', 'done')).toMatchObject([{ state: 'completed' }]), wait);
    const [instance] = await instances();
    const { items } = await body(story.workflows.handlers.history(request('zhao', { params: { key: instance?.key } })));
    expect(items.map((entry) => `${entry.kind} ${entry.title.en} ${entry.who?.id ?? ''}`.trim())).toEqual([
      'process Process started: Secondary network leak response',
      'element Assess the leak',
      'element Tell the manager',
      'task Confirm on site and propose li',
      'element Write and read back',
      'task Approve the action zhao',
      'command Command submitted: City Hospital unit 2 · branch valve setpoint li',
      'command Command confirmed by read-back: City Hospital unit 2 · branch valve setpoint',
      'element Await return to normal',
      'process Process ended',
    ]);
    const mail = readdirSync(join(folder, 'mail'));
    expect(mail.length).toBe(2);
    expect(readFileSync(join(folder, 'mail', mail[0] ?? ''), 'utf8')).toMatch(/^Date: .*\r\nFrom: nuanliu@localhost\r\n/);
    const inbox = await body(story.messages.handlers.mine(request('zhao')));
    expect(inbox).toMatchObject({ unread: 1, items: [{ template: 'leak-message' }] });
    expect(world.audit.map((entry) => entry.event)).toEqual(['task.complete', 'task.complete']);
  });

  it('refuses that one person proposes and approves', async () => {
    story.alarm(leak('unack'));
    await complete('qian', (await task('qian', 'confirm')).key, { action: 'close-valve', seen: 'x' });
    const approve = await task('qian', 'approve');
    expect(approve.blocked).toBe('TASK_SAME_PERSON');
    await expect(complete('qian', approve.key, { approved: 'yes' })).rejects.toMatchObject({ code: 'TASK_SAME_PERSON', status: 409 });
    await expect(story.tasks.handlers.claim(request('qian', { params: { key: approve.key } }))).rejects.toMatchObject({
      code: 'TASK_SAME_PERSON',
    });
    await expect(story.tasks.handlers.get(request('wang', { params: { key: approve.key } }))).rejects.toMatchObject({
      code: 'TASK_NOT_FOUND',
    });
  });

  it('sends a refused write back to people, and a rejection back to the proposer', async () => {
    world.outcomes = [{ state: 'refused', code: 'GATE_RATE' }];
    story.alarm(leak('unack'));
    await complete('li', (await task('li', 'confirm')).key, { action: 'setpoint', setpoint: 40, seen: 'x' });
    await complete('zhao', (await task('zhao', 'approve')).key, { approved: 'no' });
    await complete('li', (await task('li', 'confirm')).key, { action: 'setpoint', setpoint: 41, seen: 'x' });
    await complete('zhao', (await task('zhao', 'approve')).key, { approved: 'yes' });
    const failure = await task('li', 'handleFailure');
    const { values } = await body(story.tasks.handlers.get(request('li', { params: { key: failure.key } })));
    expect(values).toMatchObject({ failureCode: 'GATE_RATE' });
    await complete('li', failure.key, { next: 'by-hand', handling: '现场关阀' });
    story.alarm(leak('normal'));
    await ended();
    expect([...world.commands.values()]).toMatchObject([{ tag: 'STA003.UNT02.2T_SP', value: 41, state: 'refused' }]);
  });

  it('escalates an approval after 15 minutes and leaves the task open', async () => {
    story.alarm(leak('unack'));
    await complete('li', (await task('li', 'confirm')).key, { action: 'close-valve', seen: 'x' });
    await task('zhao', 'approve');
    world.now += 15 * 60_000;
    await story.engine.tick();
    await vi.waitFor(
      async () =>
        expect((await body(story.messages.handlers.mine(request('zhao')))).items.map((each) => each.template).sort()).toEqual([
          'escalation',
          'leak-message',
        ]),
      wait,
    );
    expect((await task('zhao', 'approve')).due).toBeUndefined();
  });

  it('starts once for an occurrence, also after a restart, and again for the next one', async () => {
    story.alarm(leak('unack'));
    await task('li', 'confirm');
    await restart();
    await task('li', 'confirm');
    expect(await instances()).toHaveLength(1);
    story.alarm(leak('unack', 2));
    await vi.waitFor(async () => expect(await instances()).toHaveLength(2), wait);
  });

  it('learns at the start what happened while it was down: a rise and a return to normal', async () => {
    story.alarm(leak('unack'));
    await complete('li', (await task('li', 'confirm')).key, { action: 'none', seen: 'x' });
    await story[Symbol.asyncDispose]();
    world.alarms.set('unit.leak:STA003.UNT02', leak('normal'));
    world.alarms.set('other', { ...leak('acked'), id: 'other' });
    story = await openStory(folder, world);
    await vi.waitFor(async () => expect((await instances()).map((each) => each.state).sort()).toEqual(['active', 'completed']), wait);
  });
});

describe('tasks', () => {
  it('are completed once, the same request again is the same answer, another one is refused', async () => {
    story.alarm(leak('unack'));
    const { key } = await task('li', 'confirm');
    const results = await Promise.allSettled([
      complete('li', key, { action: 'none', seen: 'a' }),
      complete('qian', key, { action: 'none', seen: 'b' }),
    ]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = results[0]?.status === 'fulfilled' ? (['li', 'a'] as const) : (['qian', 'b'] as const);
    await complete(winner[0], key, { action: 'none', seen: winner[1] });
    await expect(complete(winner[0], key, { action: 'none', seen: 'other' })).rejects.toMatchObject({ code: 'TASK_CLOSED' });
    await vi.waitFor(async () => expect((await list(winner[0], 'done')).map((each) => each.element)).toEqual(['confirm']), wait);
  });

  it('are claimed, handed over and kept by their person over a restart', async () => {
    story.alarm(leak('unack'));
    const { key } = await task('li', 'confirm');
    await story.tasks.handlers.claim(request('li', { params: { key } }));
    await expect(complete('qian', key, { action: 'none', seen: 'a' })).rejects.toMatchObject({ code: 'TASK_ASSIGNED' });
    await expect(
      story.tasks.handlers.delegate(request('li', { params: { key }, body: { to: 'zhao', reason: 'x' } })),
    ).rejects.toMatchObject({ code: 'USER_UNKNOWN' });
    await story.tasks.handlers.delegate(request('li', { params: { key }, body: { to: 'qian', reason: '交班' } }));
    await restart();
    expect((await list('qian', 'mine')).map((each) => each.key)).toEqual([key]);
    expect(await list('li', 'mine')).toEqual([]);
  });

  it('are pushed to those whom they concern', async () => {
    const topic = story.tasks.topics?.[0];
    const seen: unknown[] = [];
    const stop = topic?.subscribe(caller('li'), '', (message) => seen.push(message));
    const other: unknown[] = [];
    const stopOther = topic?.subscribe(caller('zhao'), '', (message) => other.push(message));
    story.alarm(leak('unack'));
    await vi.waitFor(() => expect(seen).toMatchObject([{ task: { kind: 'created', view: { element: 'confirm' } } }]), wait);
    expect(other).toEqual([]);
    stop?.();
    stopOther?.();
    expect(await topic?.snapshot(caller('li'), '')).toMatchObject({ tasks: [{ element: 'confirm' }] });
  });

  it('come back when the list is built anew from the log', async () => {
    story.alarm(leak('unack'));
    const { key } = await task('li', 'confirm');
    await story.tasks.handlers.claim(request('li', { params: { key } }));
    const before = await list('li');
    await story.store.remove('tasks', {});
    await story.store.remove('instances', {});
    await story.store.remove('projections', {});
    await restart();
    const after = await vi.waitFor(async () => {
      const found = await list('li');
      expect(found).toHaveLength(1);
      return found;
    }, wait);
    expect(after.map(({ ver: _ver, ...rest }) => rest)).toEqual(before.map(({ ver: _ver, ...rest }) => rest));
    expect(await vi.waitFor(instances, wait)).toHaveLength(1);
  });
});

describe('setpoint-change', () => {
  const start = async (who: string, variables: object): Promise<{ key: string }> =>
    body(story.workflows.handlers.start(request(who, { params: { id: 'setpoint-change' }, body: { variables } })));

  it('is proposed by one, approved by another, written and verified', async () => {
    await start('li', { tag: 'STA001.UNT01.2T_SP', value: 47, reason: '寒潮' });
    const approve = await task('wang', 'approve');
    expect((await list('li')).find((each) => each.key === approve.key)?.blocked).toBe('TASK_SAME_PERSON');
    await complete('wang', approve.key, { approved: 'yes' });
    await ended();
    expect([...world.commands.values()]).toMatchObject([{ tag: 'STA001.UNT01.2T_SP', value: 47, submitter: 'li', approver: 'wang' }]);
    expect((await body(story.messages.handlers.mine(request('li')))).items).toMatchObject([{ template: 'setpoint-result' }]);
  });

  it('ends without a task where the limits say no, and after a rejection', async () => {
    await start('li', { tag: 'STA001.UNT01.2T_SP', value: 90, reason: 'x' });
    await ended();
    expect(world.commands.size).toBe(0);
    await start('li', { tag: 'STA001.UNT01.2T_SP', value: 46, reason: 'x' });
    await complete('zhao', (await task('zhao', 'approve')).key, { approved: 'no', comment: '不必' });
    await ended();
    expect(world.commands.size).toBe(0);
    await expect(start('li', { tag: 'STA001.UNT01.2T_SP', value: 46, reason: 'x', proposer: 'zhao' })).rejects.toMatchObject({
      code: 'TASK_FORM_INVALID',
    });
  });

  it('is listed with its form and diagram', async () => {
    story.alarm(leak('unack'));
    await task('li', 'confirm');
    await expect(story.workflows.handlers.resolve(request('wang', { params: { key: '1' }, body: { reason: 'x' } }))).rejects.toMatchObject({
      code: 'INCIDENT_NOT_FOUND',
    });
    const { items } = await body(story.workflows.handlers.processes(request('li')));
    expect(items).toMatchObject([
      { id: 'emergency-response', active: 1, startable: false },
      { id: 'setpoint-change', startable: true },
    ]);
    expect(await body(story.workflows.handlers.process(request('li', { params: { id: 'setpoint-change' } })))).toMatchObject({
      version: 1,
      startForm: { fields: [{ key: 'tag' }, { key: 'value' }, { key: 'reason' }] },
    });
  });
});

describe('a job that fails', () => {
  it('is an incident after its retries, and goes on when somebody resolves it', async () => {
    world.decideFails = true;
    story.alarm(leak('unack'));
    for (const _try of [1, 2, 3]) {
      await vi.waitFor(() => expect(world.decisions).toBe(_try), wait);
      await vi.waitFor(async () => {
        world.now += 20_000;
        await story.engine.tick();
        expect(world.decisions > _try || (await instances())[0]?.state === 'incident').toBe(true);
      }, wait);
    }
    const [instance] = await instances();
    const { incidents } = await body(story.workflows.handlers.instance(request('li', { params: { key: instance?.key } })));
    expect(incidents).toMatchObject([{ element: 'assess', type: 'JOB_NO_RETRIES', message: 'the rule is broken' }]);
    world.decideFails = false;
    await story.workflows.handlers.resolve(request('wang', { params: { key: incidents[0]?.key }, body: { reason: '规则已修复' } }));
    await task('li', 'confirm');
    expect(world.audit.map((entry) => entry.event)).toEqual(['incident.resolve']);
  });
});
