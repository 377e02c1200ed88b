import type { Language, Text } from '#domain/text.ts';

export interface CommandHelp {
  /** As it is typed: `audit verify`. */
  readonly name: string;
  readonly usage: string;
  readonly text: Text;
  readonly examples: readonly string[];
}

export const COMMANDS: readonly CommandHelp[] = [
  {
    name: 'start',
    usage: 'start [--demo] [--settings FILE] [--data DIR] [--json]',
    text: {
      zh: '启动平台；--demo 同时启动仿真热网（默认监听 127.0.0.1:8080）',
      en: 'Start the platform; --demo with the simulated plant (listens on 127.0.0.1:8080)',
    },
    examples: ['npm start', 'npm run serve', 'npm run nuanliu -- start --settings /etc/nuanliu/settings.ts --data /srv/nuanliu'],
  },
  {
    name: 'token create',
    usage: 'token create NAME --rights RIGHT,... [--expires 90d] [--user admin] [--url http://127.0.0.1:8080]',
    text: {
      zh: '为脚本创建服务令牌；密码取自环境变量 NUANLIU_PASSWORD，或从标准输入读取；令牌只显示一次',
      en: 'Create a service token for a script; the password comes from NUANLIU_PASSWORD or standard input; the token is shown once',
    },
    examples: [
      'npm run nuanliu -- token create night-setback --rights live.read,command.submit --expires 90d',
      'NUANLIU_PASSWORD=... npm run nuanliu -- token create weather --rights samples.write',
    ],
  },
  {
    name: 'audit verify',
    usage: 'audit verify [--data DIR]',
    text: { zh: '校验审计链，指出第一条被改动的记录', en: 'Verify the audit chain and name the first record that was changed' },
    examples: ['npm run nuanliu -- audit verify', 'npm run nuanliu -- audit verify --data /srv/nuanliu'],
  },
  {
    name: 'artefacts verify',
    usage: 'artefacts verify [--data DIR]',
    text: {
      zh: '校验各版本内容与哈希，并核对各使用方最近报告的版本与发布是否一致',
      en: 'Check every revision against its hash, and what each consumer last reported against the deployment',
    },
    examples: ['npm run nuanliu -- artefacts verify'],
  },
  {
    name: 'artefacts export',
    usage: 'artefacts export DIR [--data DIR]',
    text: {
      zh: '把已发布的版本导出为文件（格式稳定，便于比较）',
      en: 'Write the deployed revisions as files, formatted so that differences can be read',
    },
    examples: ['npm run nuanliu -- artefacts export ./exported'],
  },
  {
    name: 'backup keygen',
    usage: 'backup keygen FILE',
    text: {
      zh: '生成一对备份密钥：私钥写入文件（离线保管），公钥打印出来；至少需要两对',
      en: 'Make a pair of backup keys: the secret one goes into the file (keep it away from the server), the public one is printed; two pairs are needed',
    },
    examples: ['npm run nuanliu -- backup keygen ./operator.key'],
  },
  {
    name: 'backup',
    usage: 'backup --folder DIR --to PUBLIC_KEY --to PUBLIC_KEY [--data DIR]',
    text: {
      zh: '备份数据目录（服务可在运行中）：加密，只存上次之后变化的部分；文档放在 MongoDB 上时不含文档',
      en: 'Back up the data folder, online: encrypted, only what changed since the last one; without the documents if they are on MongoDB',
    },
    examples: ['npm run nuanliu -- backup --folder /mnt/backup --to nuanliu-backup-public-... --to nuanliu-backup-public-...'],
  },
  {
    name: 'backup verify',
    usage: 'backup verify FILE --key KEY_FILE',
    text: {
      zh: '读取备份（及其依赖的更早备份）的每一帧并校验，指出损坏处；退出码 1 = 已损坏',
      en: 'Read and check every frame of a backup and of those it needs, and name what is damaged; exit code 1 = damaged',
    },
    examples: ['npm run nuanliu -- backup verify /mnt/backup/nuanliu-20261127T210000Z-0123456789abcdef.nlb --key ./operator.key'],
  },
  {
    name: 'restore',
    usage: 'restore FILE --key KEY_FILE --data DIR',
    text: {
      zh: '把备份恢复到一个空目录；全部校验通过之前不写入目标',
      en: 'Restore a backup into an empty folder; nothing is there before everything was checked',
    },
    examples: [
      'npm run nuanliu -- restore /mnt/backup/nuanliu-20261127T210000Z-0123456789abcdef.nlb --key ./operator.key --data ./restored',
    ],
  },
  {
    name: 'migrate',
    usage: 'migrate --to mongodb[://...] | --to embedded [--from mongodb://...] [--database nuanliu] [--data DIR]',
    text: {
      zh: '把全部文档搬到 MongoDB 协议的服务器或搬回，逐条比对；须先停止服务；中断后再次运行即从断点继续；源数据不变',
      en: 'Copy all documents to a server of the MongoDB protocol or back, and compare each; the server must be stopped; run again, it goes on where it was; the source stays',
    },
    examples: [
      "NUANLIU_MONGO_URL='mongodb://user:password@db.example/' npm run nuanliu -- migrate --to mongodb --data /srv/nuanliu",
      "NUANLIU_MONGO_URL='mongodb://user:password@db.example/' npm run nuanliu -- migrate --to embedded --data /srv/nuanliu",
    ],
  },
  {
    name: 'trace',
    usage: 'trace CASE.json ... [--engine embedded]',
    text: {
      zh: '在虚拟时间里运行流程用例，每个文件输出一行 JSON',
      en: 'Run process cases in virtual time, one line of JSON for each file',
    },
    examples: ['npm run nuanliu -- trace leak.json'],
  },
  {
    name: 'replay',
    usage: 'replay CASE.json ...',
    text: { zh: '用录制的采样值重放报警规则，输出状态变化', en: 'Replay alarm rules on recorded samples and print their transitions' },
    examples: ['npm run nuanliu -- replay winter.json'],
  },
  {
    name: 'evaluate',
    usage: 'evaluate CASE.json ...',
    text: {
      zh: '对给定事实计算规则条件（true、false、null=未知）',
      en: 'Evaluate conditions on given facts (true, false, null = unknown)',
    },
    examples: ['npm run nuanliu -- evaluate conditions.json'],
  },
  {
    name: 'history raw',
    usage: 'history raw TAG ... (--from TIME [--to TIME] | --last 24h) [--points N] [--format csv|json] [--zone ZONE] [--url URL]',
    text: {
      zh: '输出存储的采样值；--points 按像素保留最大最小值；令牌取自环境变量 NUANLIU_TOKEN（权限 live.read）',
      en: 'Print stored samples; --points keeps minimum and maximum of each pixel; the token comes from NUANLIU_TOKEN (right live.read)',
    },
    examples: ['NUANLIU_TOKEN=... npm run --silent nuanliu -- history raw STA007.UNT02.2T_S --last 24h > day.csv'],
  },
  {
    name: 'history aggregate',
    usage:
      'history aggregate TAG ... --every 1h [--aggregate mean,max] [--limit N] [--rollover N] [--exchanges LIST] (--from TIME [--to TIME] | --last 30d) [--format csv|json] [--zone ZONE] [--url URL]',
    text: {
      zh: '按日历时段聚合：mean min max sum count first last timeMean above below delta p0–p100；--every 为 1m 到 6h、1d、1w、1mo、1y 或 season（采暖季）',
      en: 'Aggregates by calendar buckets: mean min max sum count first last timeMean above below delta p0-p100; --every is 1m to 6h, 1d, 1w, 1mo, 1y or season',
    },
    examples: [
      'npm run --silent nuanliu -- history aggregate STA007.UNT02.2T_S --every 1d --aggregate timeMean,p95 --last 30d',
      'npm run --silent nuanliu -- history aggregate SRC001.HM_I --every season --aggregate delta --from 2024-11-15 --zone Asia/Shanghai',
      'npm run --silent nuanliu -- history aggregate STA007.UNT02.2T_S --every 1d --aggregate below --limit 45 --last 7d --format json',
    ],
  },
  {
    name: 'history asof',
    usage: 'history asof TAG ... [--at TIME] [--format csv|json] [--zone ZONE] [--url URL]',
    text: { zh: '某一时刻（默认现在）各点位的最近采样值', en: 'The last sample of each tag at or before a time (default now)' },
    examples: ['npm run --silent nuanliu -- history asof STA007.UNT02.2T_S WX001.AT --at 2026-01-10T08:00:00+08:00'],
  },
  {
    name: 'history export',
    usage:
      'history export TAG ... --out FILE [--format csv|xlsx|parquet] [--every 1h --aggregate mean,max] (--from TIME [--to TIME] | --last 30d) [--zone ZONE] [--url URL]',
    text: {
      zh: '在平台后台导出文件并下载（权限 live.read 和 export.request）；Ctrl C 取消',
      en: 'Export to a file in the background of the platform and fetch it (rights live.read and export.request); Ctrl C cancels',
    },
    examples: ['npm run nuanliu -- history export STA007.UNT02.2T_S WX001.AT --last 30d --out month.xlsx'],
  },
];

/** The language of the terminal: Chinese if LC_ALL, LC_MESSAGES or LANG say so. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const value = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find((text) => text !== undefined && text !== '') ?? '';
  return value.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Of one command (or of those that begin with `words`), or of all. */
export function helpText(language: Language, commands: readonly CommandHelp[] = COMMANDS): string {
  const title = { zh: '暖流 nuanliu：区域供热低代码自动化平台', en: 'nuanliu: low-code automation for district heating' }[language];
  const call = { zh: '用法：npm run nuanliu -- <命令>', en: 'Usage: npm run nuanliu -- <command>' }[language];
  const examples = { zh: '示例', en: 'Examples' }[language];
  const list = commands.map((command) => `  ${command.usage}\n      ${command.text[language]}`);
  const lines = commands.flatMap((command) => command.examples).map((line) => `  ${line}`);
  return [title, '', call, '', ...list, '', `${examples}:`, ...lines, ''].join('\n');
}

/** Edit distance, for the hint at a mistyped command. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The nearest command, if one is near. */
export function nearest(typed: string): string | undefined {
  const [best] = COMMANDS.map(({ name }) => ({ name, far: distance(typed, name) })).sort((x, y) => x.far - y.far);
  return best && best.far <= Math.max(2, typed.length / 3) ? best.name : undefined;
}
