/** The line that is sung at a time: the last that has begun; -1 before the first. Lines are in order. */
export function lineAt(lines: readonly { readonly startMs?: number }[], positionMs: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lines[middle]?.startMs ?? 0) <= positionMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
