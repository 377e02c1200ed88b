/** Work on one key goes one after the other, in the order of the calls; on different keys at the same time. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const { promise: mine, resolve: done } = Promise.withResolvers<void>();
    this.#last.set(key, mine);
    try {
      await before;
      return await work();
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
      done();
    }
  }
}
