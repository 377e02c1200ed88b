import { Value } from 'typebox/value';
import Type from 'typebox';
import type { Language } from '#domain/text.ts';
import { parseDuration } from '#domain/time.ts';
import { languageOf } from './help.ts';

/** What ends a command with one line and exit code 2. */
export class Refused extends Error {}

export interface HistoryEnv {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: number;
}

/** Where the platform is and who asks. */
export interface Platform {
  readonly url: URL;
  readonly token: string;
  readonly language: Language;
}

const problem = Type.Object({ code: Type.String(), detail: Type.Optional(Type.String()) });

/** The token is never an argument: arguments can be read by everyone on the machine. */
export function platformOf(url: string | undefined, env: HistoryEnv['env']): Platform {
  const address = url ?? env['NUANLIU_URL'] ?? 'http://127.0.0.1:8080';
  const parsed = URL.parse(address);
  if (!parsed) throw new Refused(`--url ${address} is no address`);
  const token = env['NUANLIU_TOKEN'] ?? '';
  if (token === '') throw new Refused('set NUANLIU_TOKEN to a service token (npm run nuanliu -- token create NAME --rights live.read)');
  return { url: parsed, token, language: languageOf(env) };
}

/** @throws Refused with the code of the platform's problem, or why it cannot be reached */
export async function ask({ url, token, language }: Platform, path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(new URL(path, url), {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'accept-language': language, 'content-type': 'application/json' },
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Refused(`${url.origin} does not answer (${cause}); is the platform running? npm start`);
  }
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => undefined);
  throw new Refused(Value.Check(problem, body) ? `${body.code}: ${body.detail ?? ''}` : `${url.origin} answered ${response.status}`);
}

/** The range: `--from` and `--to` (default now), or `--last 24h`; as UTC milliseconds or ISO 8601, which the platform reads. */
export function rangeOf(
  values: { readonly from?: string | undefined; readonly to?: string | undefined; readonly last?: string | undefined },
  now: number,
): { readonly from: string; readonly to: string } {
  if (values.last !== undefined) {
    const length = parseDuration(values.last);
    if (length === undefined || values.from !== undefined || values.to !== undefined)
      throw new Refused("give --from and --to, or --last with a duration as '24h' or '7d'");
    return { from: String(now - length), to: String(now) };
  }
  if (values.from === undefined) throw new Refused('a range is needed: --from 2026-01-10T00:00:00+08:00 [--to ...], or --last 24h');
  return { from: values.from, to: values.to ?? String(now) };
}
