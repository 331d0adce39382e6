import { SEALED_CHUNK_BYTES } from '../crypto/index.ts';
import { CELL_BYTES, type Layout, offsetOf } from './layout.ts';

/** Half-open bytes of one column. */
export interface Span {
  readonly column: number;
  readonly startBytes: number;
  readonly endBytes: number;
}

/** Half-open chunk indexes. */
export interface ChunkRange {
  readonly first: number;
  readonly end: number;
}

/** What is fetched at once: chunks of whole rows where the range allows, one span of each column. */
export interface Batch extends ChunkRange {
  readonly spans: readonly Span[];
}

/** A 256 KiB request that begins inside a chunk is still one read. */
export const FIRST_SPAN_BYTES = CELL_BYTES + SEALED_CHUNK_BYTES;
/** Four cells: 1 MiB of a column. */
export const LARGEST_SPAN_BYTES = 4 * CELL_BYTES;

/**
 * The next chunks to fetch from `first` on: as many rows as keep every column's span within `spanBytes`, one at
 * least. Neighbouring cells of a column are one span. Undefined at the end of the range.
 */
export function planBatch(
  layout: Layout,
  range: ChunkRange,
  first: number,
  spanBytes: number,
): Batch | undefined {
  if (first >= range.end) return undefined;
  const chunksOfRow = layout.policy.k * (CELL_BYTES / SEALED_CHUNK_BYTES);
  let end = Math.min(range.end, endOfRow(first, chunksOfRow));
  let spans = spansOf(layout, { first, end });
  while (end < range.end) {
    const longerEnd = Math.min(range.end, endOfRow(end, chunksOfRow));
    const longer = spansOf(layout, { first, end: longerEnd });
    if (longer.some((span) => span.endBytes - span.startBytes > spanBytes)) break;
    end = longerEnd;
    spans = longer;
  }
  return { first, end, spans };
}

function endOfRow(chunk: number, chunksOfRow: number): number {
  return (Math.floor(chunk / chunksOfRow) + 1) * chunksOfRow;
}

/** The bytes of each data column that hold the chunks; empty columns are left out. */
export function spansOf(layout: Layout, range: ChunkRange): readonly Span[] {
  const firstPlace = layout.place(range.first);
  const lastPlace = layout.place(range.end - 1);
  const spans: Span[] = [];
  for (let column = 0; column < layout.policy.k; column++) {
    // A column before the first chunk's begins one row later, one behind the last chunk's ends one row earlier.
    const firstRow = firstPlace.row + (column < firstPlace.column ? 1 : 0);
    const lastRow = lastPlace.row - (column > lastPlace.column ? 1 : 0);
    if (firstRow > lastRow) continue;
    const startBytes = column === firstPlace.column ? firstPlace.offsetBytes : offsetOf(firstRow, 0);
    const endBytes =
      column === lastPlace.column
        ? lastPlace.offsetBytes + lastPlace.lengthBytes
        : Math.min(offsetOf(lastRow + 1, 0), layout.columnBytes(column));
    spans.push({ column, startBytes, endBytes });
  }
  return spans;
}
