import { describe, expect, it } from 'vitest';
import { Problem } from '#domain/errors.ts';
import shipped from '../settings.ts';
import { DEFAULT_SETTINGS, ENVIRONMENT, isLoopback, millisOf, resolveSettings } from './config.ts';

const fault = (run: () => unknown): Problem => {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('settings', () => {
  it('ships a file that shows every default as it is', () => {
    expect(resolveSettings(shipped)).toEqual(DEFAULT_SETTINGS);
    expect(Object.keys(shipped).sort()).toEqual(Object.keys(DEFAULT_SETTINGS).sort());
  });

  it('takes the command line over the environment over the file', () => {
    const env = {
      NUANLIU_PORT: '9000',
      NUANLIU_EDITOR_PORT: '0',
      NUANLIU_DEMO: 'true',
      NUANLIU_ALLOWED_HOSTS: 'a.example, b.example',
      NUANLIU_SIMULATOR_SPEED: '60',
    };
    const settings = resolveSettings({ port: 8000, log: { level: 'warn' } }, { env, overrides: { port: 0 } });
    expect(settings).toMatchObject({
      port: 0,
      editorPort: 0,
      demo: true,
      allowedHosts: ['a.example', 'b.example'],
      simulator: { speed: 60, apiPort: 8090 },
      log: { level: 'warn', pretty: false },
    });
  });

  it.each([
    ['a store without an address', { store: { kind: 'mongodb' } }, 'store.url'],
    ['an address of another kind of server', {}, 'store.url', { NUANLIU_MONGO_URL: 'postgres://x' }],
    ['a backup that one lost key would lose', { backup: { folder: '/mnt/backup' } }, 'backup.recipients'],
    ['a wrong type', { port: '8080' }, 'port'],
    ['an unknown setting', { prot: 1 }, 'prot'],
    ['an unknown setting inside', { sessions: { idel: '1m' } }, 'sessions.idel'],
    ['a broken duration', { sessions: { idle: 'soon' } }, 'sessions.idle'],
    ['a duration of zero', { sessions: { idle: '0s' } }, 'sessions.idle'],
    ['a port out of range', { mqtt: { port: 70_000 } }, 'mqtt.port'],
    ['a port that is a word in the environment', {}, 'port', { NUANLIU_PORT: 'http' }],
  ])('refuses %s and names the path', (_, input: unknown, path: string, env: Record<string, string> = {}) => {
    const problem = fault(() => resolveSettings(input, { env, file: '/etc/settings.ts' }));
    expect(problem.code).toBe('SETTINGS_INVALID');
    expect(problem.place).toEqual({ file: '/etc/settings.ts', path });
    expect(problem.message).toContain(path);
  });

  it('uses the MongoDB that the environment names', () => {
    const env = { NUANLIU_MONGO_URL: 'mongodb://user:secret@db.example:27017/?replicaSet=rs0' };
    expect(resolveSettings({}, { env }).store).toEqual({ kind: 'mongodb', url: env.NUANLIU_MONGO_URL, database: 'nuanliu' });
  });

  it('refuses a default export that is nothing', () => {
    expect(fault(() => resolveSettings(undefined)).code).toBe('SETTINGS_INVALID');
  });

  it('listens beyond loopback only with TLS, or when plain is allowed', () => {
    expect(fault(() => resolveSettings({ host: '0.0.0.0' })).place?.path).toBe('host');
    expect(resolveSettings({ host: '0.0.0.0', allowPlain: true }).host).toBe('0.0.0.0');
    expect(resolveSettings({ host: '0.0.0.0', tls: { key: 'k', cert: 'c' } }).tls).toEqual({ key: 'k', cert: 'c' });
    expect(['127.0.0.1', 'localhost', '::1', '127.9.9.9'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '10.0.0.1', '127.0.0.1.example.com', '::'].some(isLoopback)).toBe(false);
  });

  it('knows every variable by a path that exists', () => {
    for (const path of Object.values(ENVIRONMENT)) {
      const value = path
        .split('.')
        .reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), DEFAULT_SETTINGS);
      expect({ path, known: value !== undefined }).toEqual({ path, known: true });
    }
  });

  it('turns a checked duration into milliseconds', () => {
    expect(millisOf('15m')).toBe(900_000);
  });
});
