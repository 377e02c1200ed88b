import { defineSettings } from './server/config.ts';

/**
 * Settings of this installation. Every value below is the default; delete what you do not change.
 * The environment wins over this file: NUANLIU_HOST, NUANLIU_PORT, NUANLIU_EDITOR_PORT, NUANLIU_EDITOR_HOST, NUANLIU_ALLOW_PLAIN, NUANLIU_ALLOWED_HOSTS (a,b),
 * NUANLIU_TRUST_PROXY, NUANLIU_DATA_DIR, NUANLIU_MONGO_URL, NUANLIU_MONGO_DATABASE, NUANLIU_DEMO, NUANLIU_LOG_LEVEL, NUANLIU_MQTT_PORT, NUANLIU_MQTT_URL, NUANLIU_SESSION_IDLE,
 * NUANLIU_SIMULATOR_API_PORT, NUANLIU_SIMULATOR_MODBUS_PORT, NUANLIU_SIMULATOR_OPCUA_PORT, NUANLIU_SIMULATOR_SPEED.
 * NUANLIU_ADMIN_PASSWORD sets the password of `admin` at the first start (no secret belongs into this file).
 */
export default defineSettings({
  // Where the platform listens. Anything but loopback needs `tls`, or `allowPlain` behind a proxy that does TLS.
  host: '127.0.0.1',
  port: 8080,
  // The flow editor has an origin of its own; 0 = one-port mode, for forwarded ports.
  editorPort: 8081,
  // Its host name in one-port mode: it opens in a tab there. Browsers find *.localhost by themselves; any other name needs DNS.
  editorHost: 'flows.localhost',
  // Paths of PEM files: { key: 'tls/key.pem', cert: 'tls/cert.pem' }
  tls: null,
  allowPlain: false,
  // Host names by which browsers reach it, besides localhost, 127.0.0.1, [::1] and `host`: ['heat.example.com']
  allowedHosts: [],
  // Believe X-Forwarded-For and X-Forwarded-Proto of a reverse proxy on this machine.
  trustProxy: false,

  // Everything that is kept: store, history, audit, keys.
  dataDir: './data',
  // Documents: 'embedded' (SQLite in dataDir) or 'mongodb' with a `url`. NUANLIU_MONGO_URL sets both and keeps the password out of this file.
  // History, workflow engine, audit and keys stay in dataDir (docs/how-to/scale-out-mongodb.md).
  store: { kind: 'embedded', url: null, database: 'nuanliu' },
  // Encrypted backups of dataDir while the server runs; two public keys of `nuanliu backup keygen` (docs/how-to/back-up-and-restore.md).
  backup: { folder: null, every: '15m', recipients: [] },
  // How long the history is kept, by whole months: all samples, then 10-minute statistics; counters that are billed at least 3 years.
  history: {
    rawDays: 90,
    rollupYears: 4,
    counters: { measurands: ['HE_T', '1HE_T', '2HE_T', 'BHE_T', 'UHE_T', 'FL_T', '2FL_T', 'MK_FT'], rawYears: 3 },
    // First and last day of the heating season, for statistics by season.
    season: { from: '11-15', to: '03-15' },
    // Hands every sample on by line protocol to a time-series database that you have:
    // { url: 'http://127.0.0.1:8428/write', measurement: 'heat', token: process.env['OUTLET_TOKEN'] ?? '' }
    outlet: null,
  },
  // The demo plant with the persona bar (`npm start` sets it); never for a real plant.
  demo: false,
  log: { level: 'info', pretty: false },

  // The embedded broker; `url` (mqtt:// or mqtts://) uses another one instead.
  mqtt: { host: '127.0.0.1', port: 1883, url: null },

  // A page's request prolongs a session, the live socket does not.
  sessions: { idle: '15m', absolute: '12h', perUser: 3 },
  // So many wrong passwords within the window lock the account; tries a minute are counted for each address.
  logIn: { failures: 5, window: '15m', lock: '15m', perMinute: 30, passwordMaxAge: '90d' },

  // The flow runtime that is started beside the server.
  runtime: { name: 'local', start: true },

  // The demo plant's own program: its HTTP API, Modbus TCP and OPC UA ports (demo only).
  simulator: { apiPort: 8090, modbusPort: 15_020, opcuaPort: 14_840, seed: 1, speed: 1 },
});
