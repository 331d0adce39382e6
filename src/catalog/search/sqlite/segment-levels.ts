import type { DatabaseSync } from 'node:sqlite';
import { firstRow, prepareChange, prepareRows } from '../../projection/sqlite/index.ts';

/** Of the row that lists a table's segments (fts5_index.c, "Structure record"). */
const STRUCTURE_ROW = 10;
const COOKIE_BYTES = 4;
/** Of `FTS5_MAX_LEVEL`, so that there is room to grow. */
const HIGHEST_LEVEL = 32;
const SEGMENT_NUMBERS = 3;

/** Levels of merging, each with its segments: a number, its first and its last page. */
export interface SegmentLevels {
  readonly cookie: readonly number[];
  readonly writeCount: number;
  readonly levels: readonly { readonly merging: number; readonly segments: readonly (readonly number[])[] }[];
}

/**
 * Lifts the one segment that a rebuild has merged everything into to the level that it would have reached if the items had come
 * in changes of so many. FTS5 leaves it at one of the first, beside segments of a few pages: with the next of these it begins to
 * write the large one anew, for hours, and whatever comes meanwhile stays unmerged and costs every query a look. A table of
 * another form is left as it is. To be called last before the file is closed: an open one remembers its structure.
 */
export function liftSegment(database: DatabaseSync, table: string, changes: number): void {
  const record = firstRow<[Uint8Array<ArrayBuffer>]>(
    prepareRows(database, `SELECT block FROM ${table}_data WHERE id = ${STRUCTURE_ROW}`),
  )?.[0];
  const structure = record && readStructure(record);
  const last = structure?.levels.at(-1);
  const level = Math.min(HIGHEST_LEVEL, Math.ceil(Math.log2(Math.max(1, changes))));
  if (!structure || !last || last.merging > 0 || last.segments.length !== 1) return;
  const missing = level + 1 - structure.levels.length;
  if (missing <= 0) return;
  const empty = Array.from({ length: missing }, () => ({ merging: 0, segments: [] }));
  const lifted = { ...structure, levels: [...structure.levels.slice(0, -1), ...empty, last] };
  // No code of FTS5 writes its tables: Node keeps them from everybody else.
  database.enableDefensive(false);
  try {
    const update = prepareChange(database, `UPDATE ${table}_data SET block = ? WHERE id = ${STRUCTURE_ROW}`);
    update.run(writeStructure(lifted));
  } finally {
    database.enableDefensive(true);
  }
}

/** Undefined where it has another form. */
export function readStructure(record: Uint8Array): SegmentLevels | undefined {
  let at = COOKIE_BYTES;
  // As SQLite writes numbers (https://sqlite.org/fileformat2.html, "A variable-length integer"); these have few bits.
  const next = () => {
    for (let value = 0; ; ) {
      const byte = record[at++];
      if (byte === undefined || value > 2 ** 40) throw new RangeError('the record is too short');
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
  };
  const some = <Item>(count: number, make: () => Item) => Array.from({ length: count }, make);
  try {
    const [levelCount, segmentCount, writeCount] = [next(), next(), next()];
    if (levelCount > record.length || segmentCount > record.length) return undefined;
    const levels = some(levelCount, () => {
      const [merging, count] = [next(), next()];
      if (count > segmentCount) throw new RangeError('more segments than there are');
      return { merging, segments: some(count, () => some(SEGMENT_NUMBERS, next)) };
    });
    const isWhole =
      at === record.length && levels.reduce((sum, { segments }) => sum + segments.length, 0) === segmentCount;
    return isWhole ? { cookie: [...record.subarray(0, COOKIE_BYTES)], writeCount, levels } : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function writeStructure({ cookie, writeCount, levels }: SegmentLevels): Uint8Array {
  const segments = levels.flatMap((level) => level.segments);
  const numbers = [
    levels.length,
    segments.length,
    writeCount,
    ...levels.flatMap((level) => [level.merging, level.segments.length, ...level.segments.flat()]),
  ];
  return Uint8Array.from([...cookie, ...numbers.flatMap(varint)]);
}

function varint(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift(0x80 + (rest % 128));
  return bytes;
}
