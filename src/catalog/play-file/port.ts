import type { AssetId, TrackId } from '../../core/index.ts';
import type { CompanionKind, StoredAsset, TrackFileName } from '../port.ts';
import type { Projection } from '../projection/index.ts';

export interface PlayTrack extends TrackFileName {
  readonly originalId: AssetId;
}

/** What was made of an asset beside it; without an id where none can be made. */
export interface PlayCompanion {
  readonly assetId?: AssetId;
}

/** Each says how something is now; undefined where it is gone. */
export type PlayChange =
  | { readonly kind: 'track'; readonly id: TrackId; readonly track: PlayTrack | undefined }
  | { readonly kind: 'asset'; readonly id: AssetId; readonly asset: StoredAsset | undefined }
  | {
      readonly kind: 'companion';
      readonly parentId: AssetId;
      readonly as: CompanionKind;
      readonly companion: PlayCompanion | undefined;
    };

/**
 * Which asset a track plays, and where that lies under which wrapped key: all that sending it takes, and nothing that
 * opens it. As old as its position; never waits. A damaged one knows nothing.
 */
export interface PlayFile extends Projection<PlayChange> {
  track(id: TrackId): PlayTrack | undefined;
  asset(id: AssetId): StoredAsset | undefined;
  companion(parentId: AssetId, kind: CompanionKind): PlayCompanion | undefined;
}
