import type { FrameLocator } from 'playwright-core';
import { expect, it } from 'vitest';
import { items, Person, record } from './client.ts';
import { PATIENCE, runningDemo } from './running-demo.ts';
import { ADMIN_PASSWORD } from './system.ts';
import { DESK, flowEditorReady, visit } from './visitor.ts';

const PID = 'sta001-u1-pid';
const OUTPUT = 'STA001.UNT01.CV_SP';
/** Read by other Modbus nodes of other devices, every 10 s. */
const OTHERS = ['STA002.UNT01.2T_S', 'STA005.UNT02.2T_S', 'STA008.UNT01.2T_S'];

const demo = runningDemo();

interface Series {
  readonly at: readonly number[];
  readonly value: readonly number[];
}

/** Raw samples of a tag since a time. */
async function samples(person: Person, tag: string, from: number): Promise<Series> {
  const answer = record(await person.send('GET', `/api/history?tags=${tag}&from=${from}&to=${Date.now() + 60_000}&points=20000`));
  const [series] = Array.isArray(answer['series']) ? answer['series'].map(record) : [];
  return { at: numbers(series?.['at']), value: numbers(series?.['value']) };
}
const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'number') : []);

const runtimeOf = async (person: Person): Promise<Record<string, unknown>> =>
  items(await person.send('GET', '/api/flows/runtime'))[0] ?? {};
const gainOf = async (person: Person): Promise<unknown> => {
  const artefact = items(await person.send('GET', '/api/artefacts/flow/040-control')).find((revision) => revision['deployed'] === true);
  const { content } = record(await person.send('GET', `/api/artefacts/flow/040-control/revisions/${String(artefact?.['hash'])}`));
  return Array.isArray(content) ? content.map(record).find((node) => node['id'] === PID)?.['gain'] : undefined;
};

/** Changes the gain in Node-RED's own dialog and deploys with its own button. */
async function changeGain(editor: FrameLocator, gain: string): Promise<void> {
  await editor.locator(`[id="${PID}"]`).click();
  await editor.locator(`[id="${PID}"].red-ui-flow-node-selected, .red-ui-flow-node-selected [id="${PID}"]`).first().waitFor();
  await editor.locator(`[id="${PID}"]`).press('Enter');
  await editor.locator('.nuanliu-form .form-row').filter({ hasText: '比例增益' }).locator('input').fill(gain);
  await editor.locator('#node-dialog-ok').click();
  await editor.locator('#node-dialog-ok').waitFor({ state: 'hidden' });
  await editor.locator('#red-ui-header-button-deploy:not(.disabled)').click();
  await editor.locator('#red-ui-header-button-deploy.disabled').waitFor();
}

it('opens the flow from the place, deploys one node without a step of its output, and rolls back', { timeout: PATIENCE }, async (ctx) => {
  const { system } = demo;
  const browser = demo.browser(ctx);
  await flowEditorReady(system);
  const { page, faults } = await visit(browser, system, 'process-engineer', { size: DESK });
  const engineer = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, 'process-engineer');

  // From the tag as from the station's picture: one click, and no second log-in.
  await page.goto(`${system.url}/tags/${OUTPUT}`);
  await page.getByTestId(`flow-node-${PID}`).waitFor();
  await page.goto(`${system.url}/m/STA001`);
  await page.getByTestId(`flow-node-${PID}`).click();
  const editor = page.frameLocator('[data-testid="flow-frame"]');
  await editor.locator(`[id="${PID}"].red-ui-flow-node`).waitFor();
  expect(new URL((await page.getByTestId('flow-frame').getAttribute('src')) ?? '').origin).toBe(system.editorUrl);

  // The loop works: its output is there and moves on with each measurement.
  const begun = Date.now() - 60_000;
  await expect.poll(async () => (await samples(engineer, OUTPUT, begun)).at.length, { timeout: 45_000 }).toBeGreaterThanOrEqual(2);
  const before = await runtimeOf(engineer);
  const deployed = Date.now();
  await changeGain(editor, '1.5');
  const n = Number(before['deployed']) + 1;
  await expect
    .poll(() => runtimeOf(engineer), { timeout: 20_000 })
    .toMatchObject({ deployed: n, deployment: n, restarts: before['restarts'] });
  expect(await gainOf(engineer)).toBe(1.5);

  // No step in the output, and the other devices were read on.
  await expect.poll(async () => (await samples(engineer, OUTPUT, deployed)).at.length, { timeout: 45_000 }).toBeGreaterThanOrEqual(1);
  const output = await samples(engineer, OUTPUT, begun);
  const first = output.at.findIndex((at) => at > deployed);
  const step = (output.value[first] ?? Number.NaN) - (output.value[first - 1] ?? Number.NaN);
  expect(Math.abs(step)).toBeLessThanOrEqual(0.5);
  for (const tag of OTHERS) {
    await expect.poll(async () => (await samples(engineer, tag, deployed)).at.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(1);
    const { at } = await samples(engineer, tag, begun);
    const around = at.findIndex((one) => one > deployed);
    expect((at[around] ?? 0) - (at[around - 1] ?? 0), `${tag} around the deploy`).toBeLessThanOrEqual(11_000);
  }

  // The number is shown, and undone: the runtime follows the pointer back.
  const undone = record(await engineer.send('POST', `/api/deployments/${n}/rollback`, { reason: '试验结束 trial over' }));
  expect(undone).toMatchObject({ n: n + 1, reason: 'rollback', undoes: n });
  await expect.poll(() => runtimeOf(engineer), { timeout: 20_000 }).toMatchObject({ deployed: n + 1, deployment: n + 1 });
  expect(await gainOf(engineer)).toBe(1.2);
  // Every consumer of the deployment says what it runs; the flow runtime tells it with its next sign of life.
  const differing = async (): Promise<unknown> =>
    items({ items: record(await engineer.send('GET', '/api/deployments/verify'))['consumers'] }).filter(({ agree }) => agree !== true);
  await expect.poll(differing, { timeout: 20_000 }).toEqual([]);
  await page.goto(`${system.url}/system/health`);
  await page
    .getByText(String(n + 1), { exact: true })
    .first()
    .waitFor();
  expect(faults).toEqual([]);
});
