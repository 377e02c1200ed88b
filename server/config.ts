import { isIP } from 'node:net';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '#domain/errors.ts';
import { DEFAULT_SEASON } from '#domain/history/buckets.ts';
import { parseDuration } from '#domain/time.ts';

const strict = { additionalProperties: false } as const;
const port = Type.Integer({ minimum: 0, maximum: 65_535, description: '0 = any free one' });
const duration = Type.String({ pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)$|^P', description: "'30s', '15m', '12h', '90d' or ISO 8601" });

const monthDay = Type.String({ pattern: '^(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$', description: "month and day: '11-15'" });

const outlet = Type.Object(
  {
    url: Type.String({ pattern: '^https?://', description: 'write address of a receiver of line protocol' }),
    token: Type.Optional(Type.String({ minLength: 1 })),
    measurement: Type.String({ minLength: 1, pattern: '^[^\\n\\r]+$' }),
  },
  strict,
);

const SettingsSchema = Type.Object(
  {
    host: Type.String({ minLength: 1 }),
    port,
    editorPort: port,
    editorHost: Type.String({ minLength: 1, pattern: '^[a-z0-9.-]+$' }),
    allowPlain: Type.Boolean(),
    allowedHosts: Type.Array(Type.String({ minLength: 1 })),
    trustProxy: Type.Boolean(),
    tls: Type.Union([Type.Object({ key: Type.String({ minLength: 1 }), cert: Type.String({ minLength: 1 }) }, strict), Type.Null()]),
    dataDir: Type.String({ minLength: 1 }),
    store: Type.Object(
      {
        kind: Type.Enum(['embedded', 'mongodb']),
        url: Type.Union([Type.String({ pattern: '^mongodb(\\+srv)?://' }), Type.Null()]),
        database: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]{0,37}$' }),
      },
      strict,
    ),
    backup: Type.Object(
      {
        folder: Type.Union([Type.String({ minLength: 1 }), Type.Null()]),
        every: duration,
        recipients: Type.Array(Type.String({ pattern: '^nuanliu-backup-public-[A-Za-z0-9_-]{43}$' }), { maxItems: 8 }),
      },
      strict,
    ),
    history: Type.Object(
      {
        rawDays: Type.Integer({ minimum: 31, maximum: 36_500 }),
        rollupYears: Type.Integer({ minimum: 1, maximum: 100 }),
        counters: Type.Object(
          {
            measurands: Type.Array(Type.String({ minLength: 1 })),
            rawYears: Type.Integer({ minimum: 3, maximum: 100, description: 'what is billed must be provable for three years' }),
          },
          strict,
        ),
        season: Type.Object({ from: monthDay, to: monthDay }, strict),
        outlet: Type.Union([outlet, Type.Null()]),
      },
      strict,
    ),
    demo: Type.Boolean(),
    log: Type.Object({ level: Type.Enum(['debug', 'info', 'warn', 'error', 'silent']), pretty: Type.Boolean() }, strict),
    mqtt: Type.Object(
      { host: Type.String({ minLength: 1 }), port, url: Type.Union([Type.String({ pattern: '^(mqtts?|wss?)://' }), Type.Null()]) },
      strict,
    ),
    sessions: Type.Object({ idle: duration, absolute: duration, perUser: Type.Integer({ minimum: 1, maximum: 100 }) }, strict),
    logIn: Type.Object(
      {
        failures: Type.Integer({ minimum: 1, maximum: 100 }),
        window: duration,
        lock: duration,
        perMinute: Type.Integer({ minimum: 1 }),
        passwordMaxAge: duration,
      },
      strict,
    ),
    runtime: Type.Object({ name: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }), start: Type.Boolean() }, strict),
    simulator: Type.Object(
      { apiPort: port, modbusPort: port, opcuaPort: port, seed: Type.Integer(), speed: Type.Integer({ minimum: 1, maximum: 600 }) },
      strict,
    ),
  },
  strict,
);

/** All settings, complete and checked. */
export type Settings = Static<typeof SettingsSchema>;
type Partly<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: Partly<T[K]> } : T;
/** What a `settings.ts` may say; the rest is the default. */
export type SettingsInput = Partly<Settings>;

export const DEFAULT_SETTINGS: Settings = {
  host: '127.0.0.1',
  port: 8080,
  editorPort: 8081,
  editorHost: 'flows.localhost',
  allowPlain: false,
  allowedHosts: [],
  trustProxy: false,
  tls: null,
  dataDir: './data',
  store: { kind: 'embedded', url: null, database: 'nuanliu' },
  backup: { folder: null, every: '15m', recipients: [] },
  history: {
    rawDays: 90,
    rollupYears: 4,
    counters: { measurands: ['HE_T', '1HE_T', '2HE_T', 'BHE_T', 'UHE_T', 'FL_T', '2FL_T', 'MK_FT'], rawYears: 3 },
    season: DEFAULT_SEASON,
    outlet: null,
  },
  demo: false,
  log: { level: 'info', pretty: false },
  mqtt: { host: '127.0.0.1', port: 1883, url: null },
  sessions: { idle: '15m', absolute: '12h', perUser: 3 },
  logIn: { failures: 5, window: '15m', lock: '15m', perMinute: 30, passwordMaxAge: '90d' },
  runtime: { name: 'local', start: true },
  simulator: { apiPort: 8090, modbusPort: 15_020, opcuaPort: 14_840, seed: 1, speed: 1 },
};

/** The environment wins over the file: variable -> path of the setting. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  NUANLIU_HOST: 'host',
  NUANLIU_PORT: 'port',
  NUANLIU_EDITOR_PORT: 'editorPort',
  NUANLIU_EDITOR_HOST: 'editorHost',
  NUANLIU_ALLOW_PLAIN: 'allowPlain',
  NUANLIU_ALLOWED_HOSTS: 'allowedHosts',
  NUANLIU_TRUST_PROXY: 'trustProxy',
  NUANLIU_DATA_DIR: 'dataDir',
  NUANLIU_MONGO_URL: 'store.url',
  NUANLIU_MONGO_DATABASE: 'store.database',
  NUANLIU_DEMO: 'demo',
  NUANLIU_LOG_LEVEL: 'log.level',
  NUANLIU_MQTT_PORT: 'mqtt.port',
  NUANLIU_MQTT_URL: 'mqtt.url',
  NUANLIU_SESSION_IDLE: 'sessions.idle',
  NUANLIU_SIMULATOR_API_PORT: 'simulator.apiPort',
  NUANLIU_SIMULATOR_MODBUS_PORT: 'simulator.modbusPort',
  NUANLIU_SIMULATOR_OPCUA_PORT: 'simulator.opcuaPort',
  NUANLIU_SIMULATOR_SPEED: 'simulator.speed',
};

/** Exit code of a program whose settings are broken. */
export const SETTINGS_EXIT = 2;

/** Only gives the editor the types; `resolveSettings` checks. */
export const defineSettings = (settings: SettingsInput): SettingsInput => settings;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function merge(base: Readonly<Record<string, unknown>>, over: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const present = merged[key];
    merged[key] = isRecord(present) && isRecord(value) ? merge(present, value) : value;
  }
  return merged;
}

function parseVariable(text: string, like: unknown): unknown {
  if (Array.isArray(like))
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  if (typeof like === 'boolean') return { '1': true, true: true, '0': false, false: false }[text.toLowerCase()] ?? text;
  if (typeof like === 'number') return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  return text;
}

/** The overrides of the environment, in the shape of the settings. */
function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  let settings: Record<string, unknown> = {};
  for (const [variable, path] of Object.entries(ENVIRONMENT)) {
    const text = env[variable];
    if (text === undefined || text === '') continue;
    const keys = path.split('.');
    const like = keys.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), DEFAULT_SETTINGS);
    const nested = keys.toReversed().reduce<unknown>((value, key) => ({ [key]: value }), parseVariable(text, like));
    if (isRecord(nested)) settings = merge(settings, nested);
    // An address of a server is the wish to use it.
    if (path === 'store.url') settings = merge(settings, { store: { kind: 'mongodb' } });
  }
  return settings;
}

const compiled = Compile(SettingsSchema);
const refuse = (path: string, detail: string, file: string): Problem =>
  new Problem('SETTINGS_INVALID', 500, `${file}${path === '' ? '' : `, ${path}`}: ${detail}`, { place: { file, path } });

const DURATIONS = ['sessions.idle', 'sessions.absolute', 'logIn.window', 'logIn.lock', 'logIn.passwordMaxAge', 'backup.every'];

/** True for the names and addresses that only this machine reaches. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));

/**
 * Defaults, then the file, then the environment, then the command line; checked as a whole.
 * @throws Problem SETTINGS_INVALID with the file and the path of the first fault
 */
export function resolveSettings(
  input: unknown,
  more: { readonly env?: Readonly<Record<string, string | undefined>>; readonly overrides?: SettingsInput; readonly file?: string } = {},
): Settings {
  const file = more.file ?? 'settings.ts';
  if (!isRecord(input)) throw refuse('', 'the default export must be defineSettings({ ... })', file);
  const merged = merge(merge(merge(DEFAULT_SETTINGS, input), fromEnvironment(more.env ?? {})), more.overrides ?? {});
  if (!compiled.Check(merged)) {
    const errors = compiled.Errors(merged).filter((error) => error.keyword !== 'boolean');
    const first = errors[0];
    const extra = first?.keyword === 'additionalProperties' ? first.params.additionalProperties : [];
    const path = [...(first?.instancePath ?? '').split('/').filter((part) => part !== ''), ...extra.slice(0, 1)].join('.');
    throw refuse(path, extra.length > 0 ? 'there is no such setting' : (first?.message ?? 'not valid'), file);
  }
  for (const path of DURATIONS) {
    const text = path.split('.').reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), merged);
    if (typeof text !== 'string' || !((parseDuration(text) ?? 0) > 0))
      throw refuse(path, `'${String(text)}' is not a duration above zero`, file);
  }
  if (merged.store.kind === 'mongodb' && merged.store.url === null)
    throw refuse('store.url', 'the store on MongoDB needs its address: NUANLIU_MONGO_URL, or store.url', file);
  if (merged.backup.folder !== null && new Set(merged.backup.recipients).size < 2)
    throw refuse('backup.recipients', 'two different public keys are needed, so that one lost key loses nothing', file);
  if (!isLoopback(merged.host) && merged.tls === null && !merged.allowPlain) {
    throw refuse(
      'host',
      `${merged.host} is reachable from the network and there is no tls { key, cert }; set it, or allowPlain: true if a proxy in front does TLS`,
      file,
    );
  }
  return merged;
}

/** Milliseconds of a duration that `resolveSettings` has checked. */
export function millisOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Problem('SETTINGS_INVALID', 500, `'${text}' is not a duration`);
  return ms;
}
