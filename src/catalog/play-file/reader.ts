import { type AssetId, isClefError, type TrackId } from '../../core/index.ts';
import type { Companion, CompanionKind, PlayReader, StoredAsset } from '../port.ts';
import type { PlayFile, PlayTrack } from './port.ts';
import type { Unfollowed } from './unfollowed.ts';

export interface PlayReaderOptions {
  readonly file: PlayFile;
  readonly unfollowed: Unfollowed;
  /** The database itself: what the file has not followed yet is asked there. */
  readonly catalog: PlayReader;
}

/**
 * Answers from the play file what is in step, and asks the database for the rest: what this process changed a moment ago, and
 * ids that the file does not know. Where the file as a whole is behind, the database is asked, and the file while that is away.
 */
export function createPlayReader({ file, unfollowed, catalog }: PlayReaderOptions): PlayReader {
  async function ask<Answer>(
    known: () => Answer | undefined,
    askCatalog: () => Promise<Answer | undefined>,
  ): Promise<Answer | undefined> {
    if (!unfollowed.isBehind) return known() ?? askCatalog();
    try {
      return await askCatalog();
    } catch (error) {
      const answer = isClefError(error, 'catalog-offline') ? known() : undefined;
      if (answer === undefined) throw error;
      return answer;
    }
  }

  function knownTrack(id: TrackId): PlayTrack | undefined {
    return unfollowed.has('track', id) ? undefined : file.track(id);
  }

  function knownAsset(id: AssetId): StoredAsset | undefined {
    return unfollowed.has('asset', id) ? undefined : file.asset(id);
  }

  function knownCompanion(parentId: AssetId, kind: CompanionKind): Companion | 'none' | undefined {
    if (unfollowed.has('companion', parentId, kind)) return undefined;
    const found = file.companion(parentId, kind);
    // What was not made is asked for at every song; a damaged file does not know it.
    if (!found) return unfollowed.isBehind || file.damaged ? undefined : 'none';
    if (found.assetId === undefined) return { parentId, kind };
    const asset = knownAsset(found.assetId);
    return asset && { parentId, kind, asset };
  }

  return {
    originalOf: (id) =>
      ask(
        () => {
          const track = knownTrack(id);
          return track && knownAsset(track.originalId);
        },
        () => catalog.originalOf(id),
      ),

    asset: (id) =>
      ask(
        () => knownAsset(id),
        () => catalog.asset(id),
      ),

    async companion(parentId, kind) {
      const answer = await ask(
        () => knownCompanion(parentId, kind),
        () => catalog.companion(parentId, kind),
      );
      return answer === 'none' ? undefined : answer;
    },

    fileNameOf: (id) =>
      ask(
        () => knownTrack(id),
        () => catalog.fileNameOf(id),
      ),
  };
}
