import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROLES } from '#domain/role.ts';
import { ledgerTypes } from '#ledgers/index.ts';
import { palette } from '#nodes/index.ts';
import { reports } from '#reports/index.ts';
import { alarmRules, decisionRules } from '#rules/index.ts';
import { processes } from '#workflows/index.ts';
import { allContracts } from './contracts.ts';
import { allFiles, isTest, sources, type Import, type SourceFile } from './source-files.ts';

/** What a part may import: own paths by prefix, npm packages by name, `node:` by name or all of it. */
interface Allowed {
  readonly own: readonly string[];
  readonly npm: readonly string[];
  readonly node: readonly string[] | 'all';
}

const TYPEBOX = ['typebox'];
const SEAMS = ['server/define-module.ts', 'server/bus.ts', 'server/services.ts', 'server/people.ts', 'server/store/port.ts'];
const PORTS = [...SEAMS, 'server/engines/workflow/port.ts', 'server/link/wire.ts', 'server/project-log.ts'];
/** Only their types and registries: what a definition is. */
const DEFINITIONS = ['nodes/define.ts', 'rules/define.ts', 'workflows/define.ts', 'reports/define.ts', 'nodes/flow-file.ts', 'plants/'];
const CONTRACTS = /^server\/modules\/[^/]+\/contract\.ts$/;

/** The table of docs/architecture.md, most particular first. */
const TABLE: readonly (readonly [RegExp, Allowed])[] = [
  [/^settings\.ts$/, { own: ['server/config.ts'], npm: [], node: [] }],
  [/^domain\//, { own: ['domain/'], npm: [], node: [] }],
  [/^plants\//, { own: ['domain/', 'plants/'], npm: TYPEBOX, node: [] }],
  [
    /^nodes\//,
    {
      own: ['domain/', 'nodes/'],
      npm: [...TYPEBOX, 'modbus-serial', 'mqtt', 'node-opcua-client', 'node-opcua-certificate-manager'],
      node: 'all',
    },
  ],
  [
    /^(rules|workflows|reports|ledgers)\//,
    { own: ['domain/', 'plants/', 'rules/', 'workflows/', 'reports/'], npm: TYPEBOX, node: ['node:url', 'node:fs', 'node:path'] },
  ],
  [CONTRACTS, { own: ['domain/'], npm: TYPEBOX, node: [] }],
  // The stop must work without the store, and mail goes to a folder: both write files of their own.
  [
    /^server\/modules\/(stop|messages)\//,
    { own: ['domain/', ...PORTS, ...DEFINITIONS], npm: TYPEBOX, node: ['node:crypto', 'node:fs/promises', 'node:path'] },
  ],
  // Exports are files of their own in the data folder, written by the libraries of their formats.
  [
    /^server\/modules\/trends\//,
    { own: ['domain/', ...PORTS, ...DEFINITIONS], npm: [...TYPEBOX, 'hucre', 'hyparquet-writer'], node: ['node:fs/promises', 'node:path'] },
  ],
  [/^server\/modules\//, { own: ['domain/', ...PORTS, ...DEFINITIONS], npm: TYPEBOX, node: ['node:crypto', 'node:util'] }],
  [/^server\/http\//, { own: ['domain/', ...PORTS], npm: [...TYPEBOX, 'express', 'helmet', 'prom-client', 'ws'], node: 'all' }],
  [/^server\/store\//, { own: ['domain/', ...PORTS], npm: [...TYPEBOX, 'mingo', 'mongodb'], node: 'all' }],
  [
    /^server\/engines\//,
    {
      own: ['domain/', 'server/engines/', ...PORTS, ...DEFINITIONS],
      npm: [...TYPEBOX, 'bpmn-moddle', 'zeebe-bpmn-moddle', 'feelin', 'json-rules-engine', 'handlebars', 'hucre'],
      node: 'all',
    },
  ],
  [/^server\/link\//, { own: ['domain/', ...PORTS], npm: [...TYPEBOX, 'aedes', 'mqtt', 'ws'], node: 'all' }],
  [/^server\/flow-host\//, { own: ['domain/', 'server/link/', ...PORTS, ...DEFINITIONS], npm: [...TYPEBOX, 'ws'], node: 'all' }],
  [
    /^server\/flow-runtime\//,
    {
      own: ['domain/', 'nodes/', 'server/link/', 'server/services.ts', 'server/flow-host/control-wire.ts'],
      npm: [...TYPEBOX, 'node-red', 'mqtt', 'ws', 'express'],
      node: 'all',
    },
  ],
  [
    /^server\/(define-module|bus|services|people|config)\.ts$/,
    {
      own: ['domain/', 'server/define-module.ts', 'server/services.ts', 'server/people.ts', 'server/bus.ts', 'server/store/port.ts'],
      npm: TYPEBOX,
      node: ['node:net'],
    },
  ],
  [/^server\/ambient\.ts$/, { own: ['domain/', 'server/'], npm: ['pino'], node: 'all' }],
  // Where the parts are put together.
  [
    /^server\/(assembly\/)?[^/]+\.ts$/,
    {
      own: ['domain/', 'server/', 'plants/', 'rules/', 'workflows/', 'reports/', 'ledgers/', 'nodes/'],
      npm: [...TYPEBOX, 'prom-client'],
      node: 'all',
    },
  ],
  // The constants of OPC UA (data types, policies) come with the client package; the server side is what is used.
  [
    /^simulator\//,
    {
      own: ['domain/', 'plants/', 'simulator/'],
      npm: [...TYPEBOX, 'node-opcua-server', 'node-opcua-client', 'node-opcua-certificate-manager', 'modbus-serial', 'mqtt'],
      node: 'all',
    },
  ],
  [
    /^cli\//,
    { own: ['domain/', 'server/', 'plants/', 'rules/', 'workflows/', 'simulator/', 'cli/', 'settings.ts'], npm: TYPEBOX, node: 'all' },
  ],
];

const EDITOR_NEVER = /^(server|nodes|rules|workflows|reports|ledgers|simulator|plants|cli)\//;

/** A part may always import its own folder; a module only its own, though all modules lie in one. */
function ownFolder(path: string): string {
  const [top = '', second = '', third = ''] = path.split('/');
  if (top !== 'server') return `${top}/`;
  return second === 'modules' ? `server/modules/${third}/` : path.split('/').length > 2 ? `server/${second}/` : 'server/';
}

function fault(file: SourceFile, one: Import): string | undefined {
  const say = (why: string): string => `${file.path} imports ${one.specifier}: ${why}`;
  if (isTest(file.path)) return undefined;
  if (file.path.startsWith('editor/')) {
    if (/(?:^editor\/vite|plugin\.ts$)/.test(file.path)) return undefined;
    if (one.kind === 'node') return say('the editor runs in a browser');
    return one.kind === 'own' && !CONTRACTS.test(one.target) && EDITOR_NEVER.test(one.target)
      ? say('the editor takes domain and contracts only')
      : undefined;
  }
  const allowed = TABLE.find(([pattern]) => pattern.test(file.path))?.[1];
  if (!allowed) return say('this file is in no part of the table');
  if (one.kind === 'node')
    return allowed.node === 'all' || allowed.node.includes(one.target) ? undefined : say('this part does without the host');
  if (one.kind === 'npm') return allowed.npm.includes(one.target) ? undefined : say('this part may not use the package');
  if (CONTRACTS.test(file.path))
    return one.target.startsWith('domain/') ? undefined : say('a contract needs domain and the schema library only');
  const isServer = file.path.startsWith('server/');
  if (isServer && CONTRACTS.test(one.target)) return undefined;
  if (one.target.startsWith(ownFolder(file.path))) return undefined;
  return allowed.own.some((prefix) => one.target.startsWith(prefix)) ? undefined : say('not in the table');
}

describe('imports', () => {
  it('follow the table of who may import whom', () => {
    expect(sources.flatMap((file) => file.imports.flatMap((one) => fault(file, one) ?? []))).toEqual([]);
  });

  it('are seen at all', () => {
    const seen = sources.flatMap((file) => file.imports);
    expect(seen.length).toBeGreaterThan(300);
    const domain: SourceFile = { path: 'domain/x.ts', text: '', imports: [] };
    const bad: readonly [SourceFile, Import][] = [
      [domain, { specifier: 'node:fs', target: 'node:fs', kind: 'node', typeOnly: false }],
      [domain, { specifier: 'express', target: 'express', kind: 'npm', typeOnly: false }],
      [
        { ...domain, path: 'server/modules/a/module.ts' },
        { specifier: '../b/service.ts', target: 'server/modules/b/service.ts', kind: 'own', typeOnly: false },
      ],
      [
        { ...domain, path: 'server/http/app.ts' },
        { specifier: '../modules/b/module.ts', target: 'server/modules/b/module.ts', kind: 'own', typeOnly: false },
      ],
      [
        { ...domain, path: 'editor/app.tsx' },
        { specifier: '#server/services.ts', target: 'server/services.ts', kind: 'own', typeOnly: true },
      ],
      [
        { ...domain, path: 'simulator/main.ts' },
        { specifier: '#nodes/define.ts', target: 'nodes/define.ts', kind: 'own', typeOnly: false },
      ],
    ];
    for (const [file, one] of bad) expect(fault(file, one)).toContain(one.specifier);
  });

  it('stay inside a top-level folder when relative, and end in a file', () => {
    const faults = sources.flatMap((file) =>
      file.imports
        .filter((one) => {
          if (one.specifier.startsWith('#contract/')) return one.specifier.split('/').length !== 2;
          if (one.kind !== 'own') return false;
          const crosses = one.specifier.startsWith('.') && one.target.split('/')[0] !== file.path.split('/')[0];
          const isRoot = one.target === 'settings.ts' || file.path === 'settings.ts';
          return (crosses && !isRoot) || !/\.(?:tsx?|js|json|css|hbs|bpmn)(?:\?\w+)?$/.test(one.target);
        })
        .map((one) => `${file.path}: ${one.specifier}`),
    );
    expect(faults).toEqual([]);
  });

  it('never name server/main.ts or cli/', () => {
    const faults = sources
      .filter((file) => !isTest(file.path))
      .flatMap((file) =>
        file.imports
          .filter((one) => one.target === 'server/main.ts' || (one.target.startsWith('cli/') && !file.path.startsWith('cli/')))
          .map((one) => `${file.path}: ${one.specifier}`),
      );
    expect(faults).toEqual([]);
  });
});

describe('files', () => {
  it('lie in no folder that says nothing', () => {
    const forbidden = new Set(['shared', 'common', 'util', 'utils', 'helper', 'helpers', 'types', 'misc', 'lib']);
    expect(
      allFiles.filter((path) =>
        dirname(path)
          .split('/')
          .some((part) => forbidden.has(part)),
      ),
    ).toEqual([]);
  });

  it('have at most 400 lines, but for tests and the tables of texts', () => {
    expect(
      sources
        .filter((file) => !isTest(file.path) && !file.path.startsWith('editor/locales/') && file.text.split('\n').length > 401)
        .map((file) => `${file.path}: ${file.text.split('\n').length}`),
    ).toEqual([]);
  });

  it('never say any', () => {
    const faults = sources.flatMap((file) =>
      file.text
        .split('\n')
        .flatMap((line, index) =>
          /(?::\s*any\b(?!\s*[\w'.]))|\bas any\b|<any>|\bany\[\]/.test(line.replace(/\/\/.*|^\s*\*.*|'[^']*'|`[^`]*`/g, ''))
            ? [`${file.path}:${index + 1}`]
            : [],
        ),
    );
    expect(faults).toEqual([]);
  });

  it('assert no type outside the Node-RED adapter, the bus, the protocol of an own thread and tests', () => {
    const faults = sources
      .filter((file) => !isTest(file.path) && !/^server\/(flow-runtime\/|bus\.ts$|engines\/workflow\/embedded\/open\.ts$)/.test(file.path))
      .flatMap((file) =>
        file.text.split('\n').flatMap((line, index) => {
          const code = line
            .replace(/\/\/.*|^\s*\/?\*.*|'[^']*'|`[^`]*`|"[^"]*"/g, '')
            .replace(/^\s*(?:import|export)\b.*|\{[^}]*\bas\b[^}]*\}\s*from.*/g, '');
          return /[\w)\]}>]\s+as\s+(?!const\b)[A-Z{([a-z]/.test(code) && !/^\s*\w+ as \w+,?$/.test(code)
            ? [`${file.path}:${index + 1}: ${line.trim()}`]
            : [];
        }),
      );
    expect(faults).toEqual([]);
  });

  it('hold no word of a stub', () => {
    const words = new RegExp(['TO', 'DO|FIX', 'ME|not implemented'].join(''));
    expect(sources.filter((file) => words.test(file.text) && file.path !== 'test/architecture.test.ts').map((file) => file.path)).toEqual(
      [],
    );
  });
});

describe('definitions', () => {
  const suffixed = allFiles.filter(
    (path) => /\.(?:node|alarm|decision|job|ledger)\.ts$|^(?:workflows|reports)\/.*\/(?:process|report)\.ts$/.test(path) && !isTest(path),
  );

  it('are listed in the index of their folder', () => {
    expect(suffixed.length).toBeGreaterThan(5);
    const reached = (start: string): Set<string> => {
      const seen = new Set<string>();
      const visit = (path: string): void => {
        if (seen.has(path)) return;
        seen.add(path);
        for (const one of sources.find((file) => file.path === path)?.imports ?? []) if (one.kind === 'own') visit(one.target);
      };
      visit(start);
      return seen;
    };
    const lost = suffixed.filter((path) => !reached(`${path.split('/')[0] ?? ''}/index.ts`).has(path) && basename(path) !== 'define.ts');
    expect(lost).toEqual([]);
  });

  it('say everything in both languages', async () => {
    const faults: string[] = [];
    const seen = new Set<unknown>();
    let texts = 0;
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null || seen.has(value)) return;
      seen.add(value);
      const [zh, en] = [Reflect.get(value, 'zh'), Reflect.get(value, 'en')];
      if (typeof zh === 'string' || typeof en === 'string') {
        texts += 1;
        if (typeof zh !== 'string' || typeof en !== 'string' || zh.trim() === '' || en.trim() === '')
          faults.push(`${path}: one language is missing`);
        else if (/\p{Script=Han}/u.test(en)) faults.push(`${path}: Chinese in the English text`);
        return;
      }
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}/${key}`);
    };
    for (const [name, list] of Object.entries({ palette, alarmRules, decisionRules, processes, reports, ledgerTypes, roles: ROLES })) {
      for (const [index, one] of list.entries()) visit(one, `${name}/${index}`);
    }
    // Of the contracts the summaries: examples may hold names of people.
    for (const { name, contract } of await allContracts())
      for (const [key, route] of Object.entries(contract)) visit(route.summary, `${name}.${key}`);
    expect(texts).toBeGreaterThan(200);
    expect(faults).toEqual([]);
  });
});
