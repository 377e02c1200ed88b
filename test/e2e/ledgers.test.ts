import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { runningDemo } from './running-demo.ts';
import { DESK, PHONE, visit } from './visitor.ts';

const demo = runningDemo();

it('a record: created, changed, found, imported with its faults told, exported, with its past', { timeout: 120_000 }, async (ctx) => {
  const { system } = demo;
  const visitor = await visit(demo.browser(ctx), system, 'process-engineer', { size: DESK });
  const { page } = visitor;
  await page.goto(`${system.url}/ledgers/station`);
  await page.getByTestId('record-STA001').waitFor();

  await page.getByTestId('new-record').click();
  for (const [field, text] of [
    ['name', '文化宫换热站'],
    ['enterprise', 'E01'],
    ['source', 'SRC001'],
    ['heatedArea', '-5'],
  ] as const)
    await page.getByTestId(`field-${field}`).fill(text);
  await page.getByTestId('field-mode').selectOption({ label: '无人值守' });
  // The limit of the type is told at the field, and nothing can be stored.
  await page.locator('.ledger-field .err').filter({ hasText: '不小于 0' }).waitFor();
  expect(await page.getByTestId('save-record').isDisabled()).toBe(true);
  await page.getByTestId('field-heatedArea').fill('51000');
  await page.getByTestId('save-record').click();
  await page.getByTestId('record-title').filter({ hasText: '文化宫换热站' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/ledgers/station/STA009');

  await page.getByTestId('field-heatedArea').fill('54000');
  await page.getByTestId('save-record').click();
  await page.getByTestId('history').filter({ hasText: '51000 → 54000' }).waitFor();
  // A masked value is not shown, and stays when something else is saved.
  await page.goto(`${system.url}/ledgers/station/STA007`);
  expect(await page.getByTestId('field-managerMobile').inputValue()).toMatch(/^1\d\d\*{4}\d{4}$/);
  await page.getByTestId('field-branch').fill('南线');
  await page.getByTestId('save-record').click();
  await page.getByTestId('history').filter({ hasText: '南线' }).waitFor();
  expect(await page.getByTestId('field-managerMobile').inputValue()).toMatch(/^1\d\d\*{4}\d{4}$/);

  await page.getByTestId('ledger-search').fill('文化宫');
  await page.getByTestId('record-STA001').waitFor({ state: 'detached' });
  expect(page.url()).toContain('q=');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export-csv').click()]);
  const csv = await readFile(await download.path(), 'utf8');
  expect(csv).toContain('"STA009","文化宫换热站"');
  expect(csv).not.toContain('STA001');

  await page.getByTestId('import').click();
  const sheet = (rows: readonly string[]) => ({
    name: 'stations.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(['编号,名称,企业,热源,运行方式,供热面积', ...rows].join('\r\n')),
  });
  await page.getByTestId('import-file').setInputFiles(sheet(['STA020,东湖站,E01,SRC001,无人值守,1', 'STA021,,E01,SRC009,无人值守,很大']));
  await page.getByTestId('import-faults').waitFor();
  expect(await page.getByTestId('import-faults').locator('tbody tr').count()).toBe(3);
  expect(await page.getByTestId('import-apply').isDisabled()).toBe(true);
  await page.getByTestId('import-file').setInputFiles(sheet(['STA020,东湖站,E01,SRC001,无人值守,1']));
  await page.getByTestId('import-apply').click();
  await page.getByTestId('import-dialog').waitFor({ state: 'detached' });
  await page.goto(`${system.url}/ledgers/station/STA020`);
  await page.getByTestId('history').filter({ hasText: 'import stations.csv' }).waitFor();
  expect(visitor.faults).toEqual([]);
});

it('masked data: shown to a manager who says what for', { timeout: 60_000 }, async (ctx) => {
  const { system } = demo;
  const visitor = await visit(demo.browser(ctx), system, 'manager', { size: PHONE });
  const { page } = visitor;
  await page.goto(`${system.url}/ledgers/household/STA001.UNT01.USR001`);
  expect(await page.getByTestId('field-mobile').inputValue()).toContain('****');
  await page.getByTestId('ask-reveal').click();
  await page.getByTestId('purpose').fill('投诉回访');
  await page.getByTestId('reveal').click();
  await expect.poll(() => page.getByTestId('field-mobile').inputValue()).toMatch(/^1\d{10}$/);
  expect(visitor.faults).toEqual([]);
});

it('a record type: a field is added in the browser, approved by another person, and used at once', { timeout: 60_000 }, async (ctx) => {
  const { system } = demo;
  const [author, approver] = await Promise.all([
    visit(demo.browser(ctx), system, 'process-engineer', { size: DESK }),
    visit(demo.browser(ctx), system, 'manager', { size: DESK }),
  ]);
  const { page } = author;
  await page.goto(`${system.url}/ledger-types/gateway`);
  await page.getByTestId('add-name').fill('rack');
  await page.getByTestId('add-zh').fill('机柜');
  await page.getByTestId('add-en').fill('Rack');
  await page.getByTestId('add-field').click();
  await page.getByTestId('type-check').click();
  await page.getByTestId('type-judged').filter({ hasText: 'fields.rack' }).waitFor();
  await page.getByTestId('type-reason').fill('登记机柜');
  await page.getByTestId('type-draft').click();
  await page.getByTestId('type-draft-open').waitFor();
  expect(await page.getByTestId('type-approve').count()).toBe(0);
  await approver.page.goto(`${system.url}/ledger-types/gateway`);
  await approver.page.getByTestId('type-approve').click();
  await approver.page.getByTestId('type-draft-approved').waitFor();
  await page.goto(`${system.url}/ledgers/gateway/GTW001`);
  await page.getByTestId('field-rack').fill('A-03');
  await page.getByTestId('save-record').click();
  await page.getByTestId('history').filter({ hasText: 'A-03' }).waitFor();
  expect([...author.faults, ...approver.faults]).toEqual([]);
});
