import { COMMANDS, helpText, languageOf, nearest } from './help.ts';

const out = {
  line: (text: string): void => void process.stdout.write(`${text}\n`),
  error: (text: string): void => void process.stderr.write(`${text}\n`),
};

const stdio = { ...out, stream: process.stdout };

/** A command gets what stands behind its name and answers with the exit code. Loaded only when called, so that help is instant. */
const RUN: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  start: async (args) => (await import('./start.ts')).start(args),
  'token create': async (args) => (await import('./token.ts')).tokenCreate(args, out),
  'audit verify': async (args) => (await import('./audit.ts')).auditVerify(args, out.line),
  'artefacts verify': async (args) => (await import('./artefacts.ts')).artefactsVerify(args, out),
  'artefacts export': async (args) => (await import('./artefacts.ts')).artefactsExport(args, out),
  backup: async (args) => (await import('./backup.ts')).backup(args, out),
  'backup keygen': async (args) => (await import('./backup.ts')).backupKeygen(args, out),
  'backup verify': async (args) => (await import('./backup.ts')).backupVerify(args, out),
  restore: async (args) => (await import('./restore.ts')).restore(args, out),
  migrate: async (args) => (await import('./migrate.ts')).migrate(args, out),
  trace: async (args) => {
    const at = args.indexOf('--engine');
    const engine = at === -1 ? undefined : args[at + 1];
    const files = at === -1 ? args : args.toSpliced(at, 2);
    return (await import('./trace.ts')).trace(files, process.stdout, engine === undefined ? {} : { engine });
  },
  replay: async (args) => (await import('./replay.ts')).replay(args, out),
  'history raw': async (args) => (await import('./history.ts')).history('raw', args, stdio, { env: process.env, now: Date.now() }),
  'history aggregate': async (args) =>
    (await import('./history.ts')).history('aggregate', args, stdio, { env: process.env, now: Date.now() }),
  'history asof': async (args) => (await import('./history.ts')).history('asof', args, stdio, { env: process.env, now: Date.now() }),
  'history export': async (args) => (await import('./history.ts')).history('export', args, stdio, { env: process.env, now: Date.now() }),
  evaluate: async (args) => (await import('./evaluate.ts')).evaluate(args, out),
};

const isHelp = (word: string | undefined): boolean => word === '--help' || word === '-h' || word === 'help';

/** @returns the exit code: that of the command, 0 for help, 2 for a command that does not exist */
export async function main(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  const language = languageOf(env);
  const [first = '', second = ''] = args;
  const wanted = args.filter((word) => !isHelp(word)).slice(0, 2);
  if (args.length === 0 || args.some(isHelp)) {
    const found = COMMANDS.filter(({ name }) => wanted.length > 0 && (name === wanted.join(' ') || name.split(' ')[0] === wanted[0]));
    out.line(helpText(language, found.length > 0 ? found : COMMANDS));
    return 0;
  }
  const name = [`${first} ${second}`, first].find((word) => Object.hasOwn(RUN, word));
  const run = name === undefined ? undefined : RUN[name];
  if (!run || name === undefined) {
    out.error(unknown(language, second === '' || second.startsWith('-') ? first : `${first} ${second}`));
    return 2;
  }
  return run(args.slice(name.split(' ').length));
}

function unknown(language: 'zh' | 'en', typed: string): string {
  const near = nearest(typed);
  const hint = near === undefined ? '' : { zh: `，是否要用 “${near}”？`, en: `; did you mean "${near}"?` }[language];
  return {
    zh: `没有命令 “${typed}”${hint}\n全部命令：npm run nuanliu -- --help`,
    en: `no command "${typed}"${hint}\nAll commands: npm run nuanliu -- --help`,
  }[language];
}

if (process.send) {
  // The launcher is gone, however it ended: stop as at Ctrl C. The channel alone keeps nothing alive.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}
process.exitCode = await main(process.argv.slice(2), process.env);
