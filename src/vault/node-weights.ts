import type { NodeSpace } from './nodes/port.ts';

/** From here on a size is what a node says that does not know its limit: a bucket. */
const ENDLESS_BYTES = 2 ** 50;
const TEBIBYTE = 2 ** 40;

/** Whether a node knows how much fits into it. */
export function hasKnownLimit({ totalBytes }: Pick<NodeSpace, 'totalBytes'>): boolean {
  return totalBytes < ENDLESS_BYTES;
}

/** What is known of a node's share: what a person said, and how much fits into it. */
export interface WeighedNode {
  readonly weight?: number | undefined;
  readonly totalBytes?: number | undefined;
  /** It is being emptied. */
  readonly draining?: boolean | undefined;
}

/**
 * Each node's share of the columns, in the order given: what was said, else its size in TiB. One that knows no limit,
 * or was never there to be asked, counts as the middle one of the others. One that is being emptied takes none.
 */
export function nodeWeights(nodes: readonly WeighedNode[]): readonly number[] {
  const own = nodes.map(({ weight, totalBytes }) => weight ?? sizeWeight(totalBytes));
  const middle = medianOf(own.flatMap((weight) => weight ?? []));
  return nodes.map(({ draining }, at) => (draining === true ? 0 : (own[at] ?? middle)));
}

function sizeWeight(totalBytes: number | undefined): number | undefined {
  if (totalBytes === undefined || totalBytes <= 0 || !hasKnownLimit({ totalBytes })) return undefined;
  return totalBytes / TEBIBYTE;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 1, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
