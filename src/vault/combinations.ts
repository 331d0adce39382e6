/** Every choice of `size` items, in lexical order of their places. */
export function* combinations<T>(items: readonly T[], size: number): Generator<readonly T[], void> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let first = 0; first + size <= items.length; first++) {
    for (const rest of combinations(items.slice(first + 1), size - 1)) {
      yield [items[first] as T, ...rest]; // `first` is within the items by the loop
    }
  }
}
