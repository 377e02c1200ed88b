/** Where lines go, and as whom. */
export interface Receiver {
  /** The write address with its query: `http://127.0.0.1:8428/write`. */
  readonly url: string;
  /** `Token ...` is put before it unless it names its scheme itself (`Bearer ...`, `Basic ...`). */
  readonly token?: string;
}

/** Longest time of one request, ms. */
const TIMEOUT = 30_000;
/** The receiver has read the lines and will never take them; all else may pass later. */
const FOR_GOOD: ReadonlySet<number> = new Set([400, 413, 422]);

/** @returns undefined when they are taken, else why the receiver refused them for good; throws on what may pass later */
export async function send({ url, token }: Receiver, lines: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  const authorization = token === undefined ? {} : { authorization: token.includes(' ') ? token : `Token ${token}` };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'text/plain; charset=utf-8', ...authorization },
    body: `${lines.join('\n')}\n`,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    redirect: 'error',
  });
  const text = (await response.text()).slice(0, 200);
  if (response.ok) return undefined;
  if (FOR_GOOD.has(response.status)) return `${response.status} ${text}`;
  throw new Error(`the receiver answered ${response.status} ${text}`);
}
