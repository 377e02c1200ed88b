import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import Type from 'typebox';
import Value from 'typebox/value';
import type { Output } from './cases.ts';

const created = Type.Object({ name: Type.String(), secret: Type.String(), rights: Type.Array(Type.String()), expires: Type.String() });
const problem = Type.Object({ code: Type.String(), detail: Type.Optional(Type.String()) });

interface Options {
  readonly name: string;
  readonly rights: readonly string[];
  readonly expires: string;
  readonly user: string;
  readonly url: URL;
}

class Refused extends Error {}

function read(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rights: { type: 'string' },
      expires: { type: 'string', default: '90d' },
      user: { type: 'string', default: 'admin' },
      url: { type: 'string', default: 'http://127.0.0.1:8080' },
    },
  });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new Refused('token create: exactly one name is needed');
  if (values.rights === undefined) throw new Refused('token create: --rights is needed, for instance --rights live.read,command.submit');
  const url = URL.parse(values.url);
  if (!url) throw new Refused(`token create: --url ${values.url} is no address`);
  return { name, rights: values.rights.split(','), expires: values.expires, user: values.user, url };
}

/** Never an argument: arguments can be read by everyone on the machine. */
async function password(env: Readonly<Record<string, string | undefined>>, input: NodeJS.ReadStream): Promise<string> {
  const given = env['NUANLIU_PASSWORD'];
  if (given !== undefined && given !== '') return given;
  if (input.isTTY) throw new Refused('set NUANLIU_PASSWORD, or give the password on standard input: ... < password-file');
  return (await text(input)).replace(/\r?\n$/, '');
}

async function ask(url: URL, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Refused(`${url.origin} does not answer (${cause}); is the platform running? npm start`);
  }
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => undefined);
  throw new Refused(Value.Check(problem, body) ? `${body.code}: ${body.detail ?? ''}` : `${url.origin} answered ${response.status}`);
}

/** `nuanliu token create`: logs in, creates the token at the running platform, logs out. Resolves with the exit code 0, or 2 with one line. */
export async function tokenCreate(
  args: readonly string[],
  out: Output,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<number> {
  try {
    const { name, rights, expires, user, url } = read(args);
    const headers = { 'content-type': 'application/json', 'x-nuanliu': '1', origin: url.origin };
    const session = new URL('/api/session', url);
    const logIn = await ask(session, {
      method: 'POST',
      headers,
      body: JSON.stringify({ user, password: await password(env, process.stdin) }),
    });
    const cookie = logIn.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0] ?? '')
      .join('; ');
    const known = { ...headers, cookie };
    try {
      const answer = await ask(new URL('/api/tokens', url), {
        method: 'POST',
        headers: known,
        body: JSON.stringify({ name, rights, expires }),
      });
      const token = Value.Parse(created, await answer.json());
      out.line(token.secret);
      out.error(`${token.name}: ${token.rights.join(', ')}; expires ${token.expires}. The token is shown only this once.`);
      return 0;
    } finally {
      await ask(session, { method: 'DELETE', headers: known });
    }
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof TypeError)) throw error;
    out.error(error.message);
    return 2;
  }
}
