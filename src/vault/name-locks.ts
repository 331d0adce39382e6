/** Lets calls on one name run one after another within this process. */
export class NameLocks {
  readonly #tails = new Map<string, Promise<void>>();

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(name);
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#tails.set(name, done);
    try {
      await before;
      return await work();
    } finally {
      resolve();
      if (this.#tails.get(name) === done) this.#tails.delete(name);
    }
  }
}
