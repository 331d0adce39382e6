import type { Annotations, CatalogAnnotations, CatalogReader, Starrable } from '../../../catalog/index.ts';
import { ClefError, parseWireId } from '../../../core/index.ts';
import type { Handlers } from '../handler.ts';
import { idOf, nothingHasId } from '../ids.ts';
import { wireAlbum, wireArtist, wireTrack } from '../wire/items.ts';

/** Clocks of devices go fast; what lies further ahead is no play. */
const MAX_AHEAD_MS = 86_400_000;

export interface ListenerHandlerDeps {
  readonly catalog: CatalogReader & CatalogAnnotations;
  readonly now: () => number;
}

type Names = 'favourites' | 'like' | 'unlike' | 'rate' | 'recordPlay';

/** What one listener likes, rates and plays. */
export function listenerHandlers({ catalog, now }: ListenerHandlerDeps): Handlers<Names> {
  return {
    async favourites({ viewer: { account } }) {
      const { artists, albums, tracks } = await catalog.starred(account.id);
      return {
        artists: artists.toSorted(newestFirst).map(wireArtist),
        albums: albums.toSorted(newestFirst).map(wireAlbum),
        tracks: tracks.toSorted(newestFirst).map(wireTrack),
      };
    },

    like: ({ viewer: { account }, params: { id } }) => catalog.star(account.id, [itemOf(id)]),

    unlike: ({ viewer: { account }, params: { id } }) => catalog.unstar(account.id, [itemOf(id)]),

    rate: ({ viewer: { account }, params: { id }, body: { rating } }) =>
      catalog.rate(account.id, itemOf(id), rating),

    recordPlay({ viewer: { account }, body: { trackId, playedAtMs } }) {
      if (playedAtMs > now() + MAX_AHEAD_MS) {
        throw new ClefError('bad-request', 'playedAtMs in the body lies in the future');
      }
      return catalog.recordPlay(account.id, idOf('tr', trackId), playedAtMs);
    },
  };
}

function newestFirst(a: Annotations, b: Annotations): number {
  return (b.starredAtMs ?? 0) - (a.starredAtMs ?? 0);
}

function itemOf(text: string): Starrable {
  const parsed = parseWireId(text);
  switch (parsed?.kind) {
    case 'tr':
      return { kind: 'track', id: parsed.id };
    case 'al':
      return { kind: 'album', id: parsed.id };
    case 'ar':
      return { kind: 'artist', id: parsed.id };
    default:
      throw nothingHasId();
  }
}
