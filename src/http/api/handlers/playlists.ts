import type { CatalogAnnotations, CatalogReader, PlaylistChange } from '../../../catalog/index.ts';
import { ClefError, type TrackId, wireId } from '../../../core/index.ts';
import type { Players } from '../../../playback/players/index.ts';
import { playerOf, trackOf } from '../../players/index.ts';
import type { Handlers } from '../handler.ts';
import { idOf, nothingHasId } from '../ids.ts';
import { wirePlaylist } from '../wire/items.ts';
import { tracksInOrder } from './catalog.ts';

/** How who saves the queue, and does not say who they are, is named to others that see it. */
const CLIENT_NAME = 'Clef';

export interface PlaylistHandlerDeps {
  readonly catalog: CatalogReader & CatalogAnnotations;
  readonly players: Players;
}

type Names =
  | 'playlists'
  | 'createPlaylist'
  | 'playlist'
  | 'changePlaylist'
  | 'deletePlaylist'
  | 'queue'
  | 'saveQueue';

export function playlistHandlers({ catalog, players }: PlaylistHandlerDeps): Handlers<Names> {
  return {
    async playlists({ viewer: { account } }) {
      const views = await catalog.playlists(account.id);
      return { playlists: views.map((view) => wirePlaylist(view, account.id)) };
    },

    async createPlaylist({ viewer: { account }, body: { name, trackIds } }) {
      return { id: wireId('pl', await catalog.createPlaylist(account.id, name, tracksOf(trackIds))) };
    },

    async playlist({ viewer: { account }, params }) {
      const found = await catalog.playlist(idOf('pl', params.id), account.id);
      if (!found) throw nothingHasId();
      return {
        playlist: wirePlaylist(found.view, account.id),
        tracks: await tracksInOrder(catalog, found.trackIds, account.id),
      };
    },

    changePlaylist({ viewer: { account }, params, body: { trackIds, addTrackIds, ...rest } }) {
      const change: PlaylistChange = {
        ...rest,
        ...(trackIds && { replaceTrackIds: tracksOf(trackIds) }),
        ...(addTrackIds && { addTrackIds: tracksOf(addTrackIds) }),
      };
      return catalog.updatePlaylist(account.id, idOf('pl', params.id), change);
    },

    deletePlaylist: ({ viewer: { account }, params }) =>
      catalog.deletePlaylist(account.id, idOf('pl', params.id)),

    async queue({ viewer: { account } }) {
      const queue = await players.queue(playerOf(account.id, CLIENT_NAME));
      const trackIds = queue.trackIds.flatMap((id) => trackOf(id) ?? []);
      const tracks = await tracksInOrder(catalog, trackIds, account.id);
      const shown = new Set(tracks.map(({ id }) => id));
      const isShown = (id: TrackId) => shown.has(wireId('tr', id));
      const current = trackIds[queue.currentIndex];
      const isThere = current !== undefined && isShown(current);
      return {
        tracks,
        currentIndex: isThere ? trackIds.slice(0, queue.currentIndex).filter(isShown).length : 0,
        // Of a current track that is gone, the place means nothing.
        positionMs: isThere ? queue.positionMs : 0,
        changedAtMs: queue.changedAtMs ?? 0,
        changedBy: queue.changedBy,
      };
    },

    saveQueue({ viewer: { account }, body: { trackIds, currentIndex, positionMs, changedBy } }) {
      const ids = tracksOf(trackIds);
      if (currentIndex >= ids.length && ids.length > 0) {
        throw new ClefError('bad-request', `currentIndex in the body must be below ${ids.length}`);
      }
      const place = { currentIndex: ids.length > 0 ? currentIndex : 0, isPlaceExact: true, positionMs };
      return players.saveQueue(playerOf(account.id, changedBy ?? CLIENT_NAME), { trackIds, ...place });
    },
  };
}

function tracksOf(ids: readonly string[]): readonly TrackId[] {
  return ids.map((id) => idOf('tr', id));
}
