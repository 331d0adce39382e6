import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type AssetId,
  type Bytes,
  isClefError,
  type LayoutId,
  type LibraryId,
  type NodeId,
  type Policy,
  randomId,
  type SealedAsset,
  utf8,
} from '../core/index.ts';
import {
  type AeadFactory,
  CELL_CHUNKS,
  createAssetHeader,
  encodeAssetHeader,
  generateTrackKey,
  openAssetCipher,
  type Padding,
  paddedLength,
  sealRecord,
  signManifest,
  type SigningKey,
  type TrackKey,
  wrapTrackKey,
} from '../crypto/index.ts';
import { piecesUntilAborted, untilAborted } from './abort.ts';
import { type AssetFacts, BIRTH_RECORD, encodeFacts } from './birth.ts';
import { columnObjectName, encodeFooter, type LayoutName } from './column-object.ts';
import { chooseNodes, type ColumnPlan, isEnough, tooFewNodes, type WriteMode } from './column-plan.ts';
import { ColumnUpload } from './column-upload.ts';
import type { ErasureCode } from './erasure/index.ts';
import { freeBytes } from './free-bytes.ts';
import { createLayout } from './layout.ts';
import type { NodeSet } from './node-set.ts';
import { nodeSha256 } from './node-sha256.ts';
import type { ByteSource } from './nodes/port.ts';
import { plaintextChunks } from './plaintext-chunks.ts';
import { createHashTables, type HashTables, type Row, sealRows } from './seal-rows.ts';

export interface WriteInput extends AssetFacts {
  /** Gives exactly `lengthBytes` bytes, else the write is `vault-source-changed`. */
  readonly plaintext: ByteSource;
  readonly signal?: AbortSignal;
}

/** The library key that new assets are wrapped under. */
export interface CurrentEpoch {
  readonly epoch: number;
  readonly key: Bytes;
}

export interface WriteOptions {
  readonly libraryId: LibraryId;
  readonly nodes: NodeSet;
  readonly policy: Policy;
  readonly padding: Padding;
  readonly mode: WriteMode;
  readonly aead: AeadFactory;
  readonly erasure: ErasureCode;
  readonly signer: SigningKey;
  readonly currentEpoch: () => CurrentEpoch;
  /** A node that takes nothing for this long has failed. */
  readonly stallTimeoutMs: number;
}

/** The key is the caller's to keep or forget; the catalogue keeps the wrapped one. */
export interface WrittenAsset extends SealedAsset {
  readonly trackKey: TrackKey;
}

/**
 * Seals a plaintext and puts its columns on their nodes: cells, then tables, manifest and footers, then the
 * commit of each object. Resolves when every column it reports is durable; holds two rows at most.
 * A write that fails or is aborted removes what it had committed, and what it cannot remove no catalogue
 * names: sweep finds it.
 */
export async function writeAsset(options: WriteOptions, input: WriteInput): Promise<WrittenAsset> {
  const { libraryId, policy } = options;
  const { signal } = input;
  signal?.throwIfAborted();
  const trackKey = generateTrackKey();
  const name: LayoutName = {
    libraryId,
    assetId: randomId<AssetId>(randomBytes),
    layoutId: randomId<LayoutId>(randomBytes),
  };
  const layout = createLayout(policy, paddedLength(input.lengthBytes, options.padding));
  const plan: ColumnPlan = { layout, mode: options.mode };
  const chosen = chooseNodes(plan, name, options.nodes);
  const header = await createAssetHeader({
    assetId: name.assetId,
    trackKey,
    paddedLengthBytes: layout.paddedLengthBytes,
  });
  const cipher = await openAssetCipher(trackKey, header, options.aead);
  const { epoch, key: libraryKey } = options.currentEpoch();
  const wrappedKey = await wrapTrackKey(libraryKey, trackKey);
  const birthRecord = await sealRecord({ trackKey, ...name, ...BIRTH_RECORD, value: encodeFacts(input) });

  const uploads = [...chosen].map(
    ([column, node]) =>
      new ColumnUpload({
        node,
        column,
        name: columnObjectName(name, column),
        stallTimeoutMs: options.stallTimeoutMs,
      }),
  );
  try {
    const tables = createHashTables(layout);
    const chunks = plaintextChunks(
      piecesUntilAborted(input.plaintext, signal),
      input.lengthBytes,
      layout.paddedLengthBytes,
    );
    let given: Row = [];
    for await (const row of sealRows(layout, cipher, chunks, options.erasure)) {
      tables.add(row);
      await settle(uploads, (upload) => upload.drained(), signal);
      assertEnough(plan, uploads);
      // An upload that failed may still be reading; all others have asked for more.
      if (uploads.every(({ failure }) => failure === undefined)) for (const cell of given) freeBytes(cell);
      given = row;
      for (const upload of uploads) upload.give(row[upload.column] ?? NOTHING);
      await nextTurn();
    }
    const columnTableHashes = Array.from({ length: layout.columnCount }, (_, column) =>
      nodeSha256(tables.table(column)),
    );
    const manifest = utf8(
      await signManifest(
        {
          format: 1,
          ...name,
          header: encodeAssetHeader(header),
          cellChunks: CELL_CHUNKS,
          policy: layout.policy,
          columnTableHashes,
          wrappedKey,
          epoch,
          birthRecord,
        },
        options.signer,
      ),
    );
    await finishColumns(plan, uploads, tables, manifest, signal);

    const stored = uploads.filter((upload) => upload.stored !== undefined);
    const columnNodes: (NodeId | undefined)[] = Array.from({ length: layout.columnCount });
    for (const upload of stored) columnNodes[upload.column] = upload.node.id;
    return {
      ...name,
      policy: layout.policy,
      header: encodeAssetHeader(header),
      columnNodes,
      wrappedKey,
      epoch,
      lengthBytes: input.lengthBytes,
      storedBytes: stored.reduce((total, upload) => total + (upload.stored?.lengthBytes ?? 0), 0),
      degraded: stored.length < layout.storedColumns.length,
      trackKey,
    };
  } catch (error) {
    await discard(uploads, error, options.stallTimeoutMs);
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

function randomBytes(lengthBytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}
