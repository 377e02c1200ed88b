import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveSettings, type Settings, type SettingsInput } from '#server/config.ts';
import { startServer } from '#server/start-server.ts';
import { generateRecipient } from '#server/store/backup/recipients.ts';
import { restoreBackup } from '#server/store/backup/restore.ts';
import { items, Person, record } from './e2e/client.ts';

const PASSWORD = 'Kanal-7-Heizung';
const operator = generateRecipient();
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nuanliu-server-backup-'));
});
afterEach(() => rm(root, { recursive: true }));

const settingsOf = (dataDir: string, more: SettingsInput = {}): Settings =>
  resolveSettings({ port: 0, editorPort: 0, dataDir, log: { level: 'silent' }, mqtt: { port: 0 }, runtime: { start: false }, ...more });

it('the server backs itself up while it runs; the restored one has its people, its audit and its log-in', async () => {
  const backup = { folder: join(root, 'backups'), every: '200ms', recipients: [operator.publicKey, generateRecipient().publicKey] };
  const first = await startServer({ settings: settingsOf(join(root, 'data'), { backup }), adminPassword: PASSWORD });
  const admin = await Person.logIn(first.url, 'admin', PASSWORD);
  await admin.send('POST', '/api/tokens', { name: 'night', rights: ['live.read'], expires: '1d' });
  const made = Date.now();
  const system = async (): Promise<Record<string, unknown>> => record(record(await admin.send('GET', '/api/system'))['backup']);
  await expect.poll(async () => Date.parse(String((await system())['lastAt'])), { timeout: 20_000 }).toBeGreaterThan(made);
  expect(await system()).toMatchObject({ failure: null });
  expect(await (await admin.raw('GET', '/metrics')).text()).toMatch(/nuanliu_backup_last_seconds 1\d{9}/);
  await expect(startServer({ settings: settingsOf(join(root, 'data')) })).rejects.toMatchObject({ code: 'FOLDER_BUSY' });
  await first[Symbol.asyncDispose]();

  const { newest, needs } = await newestOf(backup.folder);
  expect(needs).toBeGreaterThan(0);
  const restored = join(root, 'restored');
  const content = await restoreBackup(newest, operator.secretKey, restored);
  expect(content.auditEntries).toBeGreaterThan(1);
  await using second = await startServer({ settings: settingsOf(restored) });
  const again = await Person.logIn(second.url, 'admin', PASSWORD);
  expect(items(await again.send('GET', '/api/tokens')).map((token) => token['name'])).toEqual(['night']);
  expect(await again.send('GET', '/api/system')).toMatchObject({ backup: null });
}, 120_000);

async function newestOf(folder: string): Promise<{ readonly newest: string; readonly needs: number }> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.nlb')).map((name) => join(folder, name));
  const aged = await Promise.all(files.map(async (file) => ({ file, at: (await stat(file)).mtimeMs })));
  const newest = aged.toSorted((a, b) => b.at - a.at)[0]?.file ?? '';
  return { newest, needs: files.length - 1 };
}
