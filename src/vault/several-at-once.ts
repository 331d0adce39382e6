/**
 * Does the work for each of the items, in their order, with at most `most` under way. Settles once nothing is; rejects
 * with what went wrong first, and then begins no more.
 */
export async function severalAtOnce<Item>(
  items: Iterable<Item>,
  most: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = Iterator.from(items);
  let failure: { readonly error: unknown } | undefined;
  await Promise.all(
    Array.from({ length: most }, async () => {
      for (let next = left.next(); !failure && next.done !== true; next = left.next()) {
        try {
          await work(next.value);
        } catch (error) {
          failure ??= { error };
        }
      }
    }),
  );
  if (failure) throw failure.error;
}
