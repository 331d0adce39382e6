import { bareTags } from './bare-tags.ts';
import { createHash } from 'node:crypto';
import type { ImportedTrack, StoredAsset, TrackTags } from '../../src/catalog/index.ts';
import type { AssetId, Bytes, LayoutId, LibraryId, NodeId } from '../../src/core/index.ts';

/** Stable ids and hashes from a label, so that a failing test reads the same twice. */
export function labelHash(label: string): Bytes {
  return new Uint8Array(createHash('sha256').update(label).digest());
}

export function labelId<Id extends string>(label: string): Id {
  return labelHash(label).slice(0, 16).toHex() as Id;
}

export interface AssetChanges extends Partial<StoredAsset> {
  readonly libraryId: LibraryId;
}

export function storedAsset(label: string, changes: AssetChanges): StoredAsset {
  return {
    assetId: labelId<AssetId>(`asset ${label}`),
    layoutId: labelId<LayoutId>(`layout ${label}`),
    policy: { k: 2, m: 1 },
    header: labelHash(`header ${label}`),
    columnNodes: [labelId<NodeId>('node 1'), labelId<NodeId>('node 2'), undefined],
    wrappedKey: labelHash(`key ${label}`),
    epoch: 1,
    lengthBytes: 1_000,
    storedBytes: 2_000,
    degraded: false,
    mediaType: 'audio/flac',
    createdAtMs: 1_000,
    ...changes,
  };
}

export interface TrackChanges {
  readonly tags?: Partial<TrackTags>;
  readonly durationMs?: number;
  readonly createdAtMs?: number;
  readonly keepTrackId?: ImportedTrack['keepTrackId'];
  /** Tracks of one label share a cover. */
  readonly cover?: string;
  /** Other bytes than the last import of this path had. */
  readonly content?: string;
}

/** What ingest hands over for the file `pathKey` of a source. */
export function importedTrack(
  source: { readonly id: number; readonly libraryId: LibraryId },
  pathKey: string,
  { tags = {}, durationMs = 180_000, createdAtMs = 1_000, keepTrackId, cover, content }: TrackChanges = {},
): ImportedTrack {
  const { libraryId } = source;
  const bytes = content ?? pathKey;
  return {
    file: {
      sourceId: source.id,
      pathKey,
      contentHash: labelHash(`content ${bytes}`),
      lengthBytes: 1_000,
      modifiedNs: '1700000000000000000',
      deviceAndInode: `1:${labelHash(pathKey)[0] ?? 0}`,
      sidecars: '',
    },
    tags: { ...bareTags, ...tags },
    fallbackTitle: pathKey,
    audio: {
      durationMs,
      bitRateKbps: 900,
      sampleRateHz: 44_100,
      bitDepth: 16,
      channelCount: 2,
      codec: 'flac',
      container: 'flac',
      mediaType: 'audio/flac',
      suffix: 'flac',
    },
    original: storedAsset(bytes, { libraryId, createdAtMs }),
    ...(cover === undefined
      ? {}
      : {
          cover: storedAsset(`cover ${cover}`, { libraryId, createdAtMs, mediaType: 'image/jpeg' }),
          coverHash: labelHash(`cover ${cover}`),
        }),
    ...(keepTrackId === undefined ? {} : { keepTrackId }),
  };
}
