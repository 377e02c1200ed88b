/** A person's browser session without a browser: cookie, same-origin header, JSON. */
export class Person {
  readonly #url: string;
  #cookie = '';

  private constructor(url: string) {
    this.#url = url;
  }

  /** Logs in, and in the demo becomes the persona. */
  static async logIn(url: string, user: string, password: string, persona?: string): Promise<Person> {
    const person = new Person(url);
    await person.send('POST', '/api/session', { user, password });
    if (persona !== undefined) await person.send('POST', '/api/demo/persona', { persona });
    return person;
  }

  /** @throws Error with status and problem code if the answer is no success */
  async send(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const answer = await this.raw(method, path, body, headers);
    const text = await answer.text();
    const content: unknown = text === '' ? undefined : JSON.parse(text);
    if (!answer.ok) throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${text}`), { status: answer.status, content });
    return content;
  }

  async raw(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const answer = await fetch(this.#url + path, {
      method,
      headers: {
        cookie: this.#cookie,
        origin: this.#url,
        'x-nuanliu': '1',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
    if (cookie !== undefined) this.#cookie = cookie;
    return answer;
  }

  get cookie(): string {
    return this.#cookie;
  }
}

/** An answer as a record. @throws TypeError if it is none */
export function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object');
  return Object.fromEntries(Object.entries(value));
}

/** The `items` of a list. @throws TypeError if it has none */
export function items(value: unknown): Record<string, unknown>[] {
  const list = record(value)['items'];
  if (!Array.isArray(list)) throw new TypeError('not a list');
  return list.map(record);
}
