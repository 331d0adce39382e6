/** What the first of several looks that finds anything found; undefined once none did. Rejects as the first that does before. */
export async function firstFound<T>(looks: readonly Promise<T | undefined>[]): Promise<T | undefined> {
  const { promise: found, resolve } = Promise.withResolvers<T>();
  const all = Promise.all(
    looks.map(async (look) => {
      const one = await look;
      if (one !== undefined) resolve(one);
    }),
  );
  return Promise.race([found, all.then(() => undefined)]);
}
