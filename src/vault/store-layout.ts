import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Bytes, isClefError, type NodeId, utf8 } from '../core/index.ts';
import { untilAborted } from './abort.ts';
import { columnObjectName, encodeFooter, type LayoutName } from './column-object.ts';
import { type ColumnPlan, isEnough, tooFewNodes } from './column-plan.ts';
import { ColumnUpload } from './column-upload.ts';
import { freeBytes } from './free-bytes.ts';
import { nodeSha256 } from './node-sha256.ts';
import type { StorageNode } from './nodes/port.ts';
import { createHashTables, type HashTables, type Row } from './seal-rows.ts';

export interface StoreLayoutOptions {
  readonly name: LayoutName;
  readonly plan: ColumnPlan;
  /** A node for each column. */
  readonly chosen: ReadonlyMap<number, StorageNode>;
  /** Its cells are freed once they are stored. */
  readonly rows: AsyncIterable<Row>;
  /** Signs for the hash tables of all columns. */
  readonly manifestOf: (columnTableHashes: readonly Bytes[]) => Promise<string>;
  /** A node that takes nothing for this long has failed. */
  readonly stallTimeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface StoredLayout {
  /** By column; undefined for one that is not stored. */
  readonly columnNodes: readonly (NodeId | undefined)[];
  /** Of all column objects. */
  readonly storedBytes: number;
  /** A column is missing that should be stored. */
  readonly degraded: boolean;
}

/**
 * Puts the columns of one layout on their nodes: cells, then tables, manifest and footers, then the commit of each
 * object. Resolves when every column that it reports is durable; holds two rows at most. What fails or is aborted
 * removes what it had committed, as far as nodes answer.
 */
export async function storeLayout(options: StoreLayoutOptions): Promise<StoredLayout> {
  const { name, plan, chosen, rows, stallTimeoutMs, signal } = options;
  const { layout } = plan;
  const uploads = [...chosen].map(
    ([column, node]) =>
      new ColumnUpload({ node, column, name: columnObjectName(name, column), stallTimeoutMs }),
  );
  try {
    const tables = createHashTables(layout);
    let given: Row = [];
    for await (const row of rows) {
      tables.add(row);
      await settle(uploads, (upload) => upload.drained(), signal);
      assertEnough(plan, uploads);
      // An upload that failed may still be reading; all others have asked for more.
      if (uploads.every(({ failure }) => failure === undefined)) for (const cell of given) freeBytes(cell);
      given = row;
      for (const upload of uploads) upload.give(row[upload.column] ?? NOTHING);
      await nextTurn();
    }
    const hashes = Array.from({ length: layout.columnCount }, (_, column) =>
      nodeSha256(tables.table(column)),
    );
    await finishColumns(plan, uploads, tables, utf8(await options.manifestOf(hashes)), signal);

    const stored = uploads.filter((upload) => upload.stored !== undefined);
    const columnNodes: (NodeId | undefined)[] = Array.from({ length: layout.columnCount });
    for (const upload of stored) columnNodes[upload.column] = upload.node.id;
    return {
      columnNodes,
      storedBytes: stored.reduce((total, upload) => total + (upload.stored?.lengthBytes ?? 0), 0),
      degraded: stored.length < layout.storedColumns.length,
    };
  } catch (error) {
    await discard(uploads, error, stallTimeoutMs);
    throw error;
  }
}

/**
 * Tables and manifest go to all columns before any footer, so that a crash leaves either objects that end
 * without a footer, or columns that are whole.
 */
async function finishColumns(
  plan: ColumnPlan,
  uploads: readonly ColumnUpload[],
  tables: HashTables,
  manifest: Bytes,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { layout } = plan;
  await settle(uploads, (upload) => upload.drained(), signal);
  for (const upload of uploads) {
    upload.give(tables.table(upload.column));
    upload.give(manifest);
  }
  await settle(uploads, (upload) => upload.drained(), signal);
  assertEnough(plan, uploads);
  const manifestHash = nodeSha256(manifest);
  for (const upload of uploads) {
    upload.give(
      encodeFooter({
        column: upload.column,
        policy: layout.policy,
        cellsBytes: layout.columnBytes(upload.column),
        chunkCount: layout.columnChunks(upload.column),
        manifestBytes: manifest.length,
        manifestHash,
      }),
    );
  }
  await settle(uploads, (upload) => upload.finish(), signal);
  assertEnough(plan, uploads);
  signal?.throwIfAborted();
}

async function settle(
  uploads: readonly ColumnUpload[],
  step: (upload: ColumnUpload) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await untilAborted(Promise.all(uploads.map(step)), signal);
}

/** Throws when the columns that have not failed are too few; one cause for all says more than their count. */
function assertEnough(plan: ColumnPlan, uploads: readonly ColumnUpload[]): void {
  const failures = uploads.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  if (failures.length === 0) return;
  const written = new Map(
    uploads.flatMap(({ failure, column, node }) => (failure === undefined ? [[column, node] as const] : [])),
  );
  if (isEnough(plan, written)) return;
  const [first] = failures;
  if (isClefError(first) && failures.every((failure) => isClefError(failure, first.code))) throw first;
  throw tooFewNodes(plan, written, first);
}

/** What a column gets of a row that has no cell for it. */
const NOTHING = new Uint8Array(0);

/** Removes what a failed write committed; an object that was never visible is the node's to clear. */
async function discard(
  uploads: readonly ColumnUpload[],
  reason: unknown,
  stallTimeoutMs: number,
): Promise<void> {
  await Promise.all(
    uploads.map(async (upload) => {
      const wasTaken = isClefError(upload.failure, 'node-object-exists');
      await upload.abort(reason);
      if (wasTaken) return;
      try {
        await upload.node.delete(upload.name, { signal: AbortSignal.timeout(stallTimeoutMs) });
      } catch {
        // No catalogue names the object, and sweep removes it when the node is back.
      }
    }),
  );
}
