import {
  type AssetId,
  type Bytes,
  type LayoutId,
  type LibraryId,
  type Policy,
  randomId,
  type SealedAsset,
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
import { piecesUntilAborted } from './abort.ts';
import { type AssetFacts, BIRTH_RECORD, encodeFacts } from './birth.ts';
import type { LayoutName } from './column-object.ts';
import { chooseNodes, type ColumnPlan, type WriteMode } from './column-plan.ts';
import type { ErasureCode } from './erasure/index.ts';
import { createLayout } from './layout.ts';
import type { NodeSet } from './node-set.ts';
import type { ByteSource } from './nodes/port.ts';
import { plaintextChunks } from './plaintext-chunks.ts';
import { sealRows } from './seal-rows.ts';
import { storeLayout } from './store-layout.ts';

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

  const chunks = plaintextChunks(
    piecesUntilAborted(input.plaintext, signal),
    input.lengthBytes,
    layout.paddedLengthBytes,
  );
  const stored = await storeLayout({
    name,
    plan,
    chosen,
    rows: sealRows(layout, cipher, chunks, options.erasure),
    async manifestOf(columnTableHashes) {
      return signManifest(
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
      );
    },
    stallTimeoutMs: options.stallTimeoutMs,
    ...(signal && { signal }),
  });
  return {
    ...name,
    ...stored,
    policy: layout.policy,
    header: encodeAssetHeader(header),
    wrappedKey,
    epoch,
    lengthBytes: input.lengthBytes,
    trackKey,
  };
}

function randomBytes(lengthBytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}
