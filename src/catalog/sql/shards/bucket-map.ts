import { BUCKET_COUNT } from '../../../core/index.ts';
import type { BucketRange } from '../parts.ts';

export interface OwnedRange extends BucketRange {
  readonly node: string;
}

/** Which data node holds which buckets. The one with the highest version counts. */
export interface BucketMap {
  /** 1 for the first. */
  readonly version: number;
  /** Holds what lies in no bucket: the catalogue's name, and which migrations were made. */
  readonly home: string;
  /** In order, without gaps, over all buckets. */
  readonly ranges: readonly OwnedRange[];
  readonly move?: Move;
}

/** A range on its way. Where it is `frozen` nobody may change its rows. */
export interface Move extends BucketRange {
  readonly from: string;
  readonly to: string;
  readonly step: 'copying' | 'frozen';
}

/** All buckets, split as evenly as they go. */
export function evenMap(nodes: readonly string[]): BucketMap {
  const [home = ''] = nodes;
  const ranges = nodes.map((node, at) => ({
    first: Math.round((at * BUCKET_COUNT) / nodes.length),
    last: Math.round(((at + 1) * BUCKET_COUNT) / nodes.length) - 1,
    node,
  }));
  return { version: 1, home, ranges };
}

export function rangesOf({ ranges }: BucketMap, node: string): readonly BucketRange[] {
  return ranges.filter((range) => range.node === node);
}

export function bucketsOf(map: BucketMap, node: string): readonly number[] {
  return rangesOf(map, node).flatMap(bucketsIn);
}

export function bucketsIn({ first, last }: BucketRange): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

export function nodeOf({ ranges }: BucketMap, bucket: number): string {
  return ranges.find(({ first, last }) => first <= bucket && bucket <= last)?.node ?? '';
}

/** The map once these buckets are another node's. */
export function withOwner({ home, ranges, version }: BucketMap, moved: OwnedRange): BucketMap {
  const parts = ranges.flatMap((range) => [
    { ...range, last: Math.min(range.last, moved.first - 1) },
    { ...range, first: Math.max(range.first, moved.last + 1) },
  ]);
  const sorted = [...parts.filter(({ first, last }) => first <= last), moved].sort(
    (a, b) => a.first - b.first,
  );
  return { version: version + 1, home, ranges: joined(sorted) };
}

/** Neighbours of one owner become one range. */
function joined(sorted: readonly OwnedRange[]): readonly OwnedRange[] {
  const ranges: OwnedRange[] = [];
  for (const range of sorted) {
    const before = ranges.at(-1);
    if (before?.node === range.node) ranges[ranges.length - 1] = { ...before, last: range.last };
    else ranges.push(range);
  }
  return ranges;
}
