import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { items, record } from './client.ts';
import { PATIENCE, runningDemo } from './running-demo.ts';
import type { System } from './system.ts';
import { DESK, PHONE, visit, type Visitor } from './visitor.ts';

/** Nothing of the leak, so that its story does not get in the way. */
const RULE = 'STA002.UNT01.2P_S';
const SPEED = 'STA002.UNT01.CP_SP';
const VALVE = 'STA004.UNT01.BV_SP';
const STOPPED = 'STA005';
/** A small leak of its own, for the second path of the emergency response. */
const LEAKING = 'STA003.UNT01';

const demo = runningDemo();

/** Lets the small leak begin. The platform may be ready before the simulator is. */
async function openLeak(): Promise<string> {
  const { simulatorUrl } = demo.system;
  await expect
    .poll(
      async () =>
        fetch(`${simulatorUrl}/plant`).then(
          (answer) => answer.status,
          () => 0,
        ),
      { timeout: 60_000 },
    )
    .toBe(200);
  const answer = await fetch(`${simulatorUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'leak-secondary', target: LEAKING, size: 2.6 }),
  });
  expect(answer.status).toBe(201);
  return String(record(await answer.json())['id']);
}

const inState = (page: Page, testId: string, state: string): Promise<void> =>
  page.locator(`[data-testid="${testId}"][data-state="${state}"]`).waitFor();

/** Limits in force of the rule, as the server tells them. */
async function limits({ context }: Visitor, system: System): Promise<unknown> {
  const answer = await context.request.get(`${system.url}/api/rules?filter=${encodeURIComponent(`tag:eq:${RULE}`)}`);
  const { items }: { items: { id: string; limits: unknown }[] } = await answer.json();
  return items.find((rule) => rule.id === RULE)?.limits;
}

/** A refusal that the test asks for is told by the browser, too. */
const unexpected = ({ faults }: Visitor, expected: string): string[] => faults.filter((fault) => !fault.includes(expected));

it('a limit: drafted, approved by a second person, live, rolled back', { timeout: PATIENCE }, async (ctx) => {
  const { system } = demo;
  const browser = demo.browser(ctx);
  const [author, approver] = await Promise.all([
    visit(browser, system, 'process-engineer', { size: DESK }),
    visit(browser, system, 'alarm-administrator', { size: DESK }),
  ]);
  await author.page.goto(`${system.url}/rules?sel=${RULE}`);
  const before = await limits(author, system);
  expect(before).toMatchObject({ h: 0.6 });

  await author.page.getByTestId('limit-h').fill('0.55');
  await author.page.getByTestId('run-replay').click();
  await author.page.locator('.replay-kpis').waitFor();
  await author.page.getByTestId('draft-reason').fill('提前预警');
  await author.page.getByTestId('propose').click();
  await author.page.getByTestId('open-draft').waitFor();
  // The author may not approve, and nothing is live yet.
  expect(await author.page.getByTestId('approve-draft').count()).toBe(0);
  expect(await limits(author, system)).toEqual(before);

  await approver.page.goto(`${system.url}/rules?sel=${RULE}`);
  await approver.page.getByTestId('approve-draft').click();
  await approver.page.getByTestId('open-draft').waitFor({ state: 'detached' });
  await expect.poll(() => limits(approver, system)).toMatchObject({ h: 0.55 });

  await approver.page.getByTestId('rollback-0').click();
  await approver.page.getByTestId('rollback-reason').fill('误报');
  await approver.page.getByTestId('rollback-confirm').click();
  await approver.page.getByTestId('rollback-1').waitFor();
  expect(await limits(approver, system)).toEqual(before);
  expect([...author.faults, ...approver.faults]).toEqual([]);
});

it('a command: refused by the gate, sent by one person, and one by two', { timeout: PATIENCE }, async (ctx) => {
  const { system } = demo;
  const browser = demo.browser(ctx);
  const [dispatcher, manager] = await Promise.all([
    visit(browser, system, 'dispatcher', { size: DESK }),
    visit(browser, system, 'manager', { size: PHONE }),
  ]);
  const { page } = dispatcher;
  await page.goto(`${system.url}/tags/${SPEED}`);
  await page.getByTestId('open-command').click();
  await page.getByTestId('command-reason').fill('试验');
  await page.getByTestId('command-value').fill('99');
  expect(await page.getByTestId('gate-refusal').innerText()).toContain('GATE_RANGE');
  expect(await page.getByTestId('command-next').isDisabled()).toBe(true);
  await page.getByTestId('command-value').fill('41');
  await page.getByTestId('command-next').click();
  await page.getByTestId('command-send').click();
  await inState(page, 'command-state', 'confirmed');

  await page.goto(`${system.url}/tags/${VALVE}`);
  await page.getByTestId('open-command').click();
  await page.getByTestId('command-value').fill('90');
  await page.getByTestId('command-reason').fill('支线检修');
  await page.getByTestId('command-next').click();
  await page.getByTestId('command-send').click();
  await inState(page, 'command-state', 'waiting');
  expect(await page.getByTestId('command-approve').count()).toBe(0);

  await manager.page.goto(`${system.url}/tasks`);
  await manager.page.locator(`[data-testid="waiting-command"][data-tag="${VALVE}"]`).click();
  await manager.page.getByTestId('command-approve').click();
  await inState(manager.page, 'command-state', 'confirmed');
  await inState(page, 'command-state', 'confirmed');
  expect([...dispatcher.faults, ...manager.faults]).toEqual([]);
});

it('a station: stopped by holding a key for 2 s, reset by two persons', { timeout: PATIENCE }, async (ctx) => {
  const { system } = demo;
  const browser = demo.browser(ctx);
  const [first, second] = await Promise.all([
    visit(browser, system, 'dispatcher', { size: DESK }),
    visit(browser, system, 'manager', { size: DESK }),
  ]);
  const { page } = first;
  await page.goto(`${system.url}/m/${STOPPED}`);
  await page.getByTestId('stop').press('Enter');
  expect(await page.getByTestId('stop-state').count()).toBe(0);
  await page.getByTestId('stop').focus();
  await page.keyboard.down('Space');
  await inState(page, 'stop-state', 'stopped');
  await page.keyboard.up('Space');

  // The gate refuses the stopped station.
  await page.goto(`${system.url}/tags/${STOPPED}.UNT01.CP_SP`);
  await page.getByTestId('open-command').click();
  await page.getByTestId('gate-refusal').getByText('GATE_PERMISSIVE').waitFor();
  await page.goto(`${system.url}/m/${STOPPED}`);
  await second.page.goto(`${system.url}/m/${STOPPED}`);
  await page.getByTestId('stop-reset').click();
  await page.getByTestId('stop-panel').getByText('已复位，等待另一人').waitFor();
  await page.getByTestId('stop-reset').click();
  await page.getByText('第二次复位须由另一人').waitFor();
  await second.page.getByTestId('stop-reset').click();
  await inState(second.page, 'stop-state', 'released');
  await second.page.getByTestId('stop').waitFor();
  expect(unexpected(first, '403')).toEqual([]);
  expect(second.faults).toEqual([]);
});

it(
  'a leak whose second path is taken: a lower setpoint, proposed by one person, approved by another, written and read back',
  { timeout: PATIENCE },
  async (ctx) => {
    const leak = await openLeak();
    const { system } = demo;
    const browser = demo.browser(ctx);
    const [dispatcher, manager] = await Promise.all([
      visit(browser, system, 'dispatcher', { size: DESK }),
      visit(browser, system, 'manager', { size: PHONE }),
    ]);
    const asked = async ({ context }: Visitor, path: string): Promise<unknown> =>
      (await context.request.get(`${system.url}${path}`)).json();
    const ask = (path: string): Promise<unknown> => asked(manager, path);
    const live = async (tag: string): Promise<number> => Number(record(await ask(`/api/tags/${tag}/live`))['value']);
    const { page } = dispatcher;
    const before = await live(`${LEAKING}.2T_SP`);
    const lower = Math.round(before - 4);

    const task = async (visitor: Visitor, element: string): Promise<string | undefined> => {
      const found = items(await asked(visitor, '/api/tasks?list=all')).find(
        (one) =>
          one['element'] === element && one['state'] === 'open' && one['where'] !== undefined && record(one['where'])['asset'] === LEAKING,
      );
      return found && String(found['key']);
    };
    const open = async (visitor: Visitor, element: string): Promise<string> => {
      await expect.poll(() => task(visitor, element), { timeout: 120_000 }).toBeDefined();
      const key = (await task(visitor, element)) ?? '';
      await visitor.page.goto(`${system.url}/tasks/${key}`);
      await visitor.page.getByTestId('task-title').waitFor();
      return key;
    };
    await open(dispatcher, 'confirm');
    await page.getByTestId('field-seen').fill('渗漏量小, 先降温观察');
    await page.getByTestId('field-action-setpoint').check();
    await page.getByTestId('field-setpoint').fill(String(lower));
    await page.getByTestId('complete').click();

    const key = await open(manager, 'approve');
    const write = manager.page.getByTestId('task-writes').locator('tbody tr').first();
    await write.getByText('2T_SP').waitFor();
    expect(await write.locator('.after').textContent()).toContain(String(lower));
    await manager.page.getByTestId('approve').click();

    const { instance } = record(await ask(`/api/tasks/${key}`));
    const commands = `/api/commands?filter=${encodeURIComponent(`instance:eq:${String(instance)}`)}`;
    await expect
      .poll(async () => items(await ask(commands)), { timeout: 60_000 })
      .toMatchObject([
        { tag: `${LEAKING}.2T_SP`, state: 'confirmed', value: lower, readBack: lower, submitter: 'wang.jianjun', approver: 'zhao.lixin' },
      ]);
    await expect.poll(() => live(`${LEAKING}.2T_SP`), { timeout: 60_000 }).toBe(lower);

    // The pipe is mended: the alarm is normal again and the process ends.
    expect((await fetch(`${system.simulatorUrl}/faults/${leak}`, { method: 'DELETE' })).ok).toBe(true);
    await manager.page.goto(`${system.url}/workflows/${String(instance)}`);
    await manager.page.locator('[data-testid="instance-state"][data-state="completed"]').waitFor({ timeout: 150_000 });
    expect([...dispatcher.faults, ...manager.faults]).toEqual([]);
  },
);
