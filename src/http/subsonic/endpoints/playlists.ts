import { foldName } from '../../../accounts/index.ts';
import type { CatalogAnnotations, CatalogReader, PlaylistChange } from '../../../catalog/index.ts';
import { ClefError, type PlaylistId, type UserId } from '../../../core/index.ts';
import type { AccountDirectory } from '../../ports.ts';
import { type Call, documentEndpoint, type Endpoints } from '../endpoint.ts';
import {
  booleanParam,
  idParam,
  idParams,
  integerParams,
  missing,
  nothingHasId,
  type Params,
  textParam,
} from '../params.ts';
import { playlistWithSongs, type WireObject, wirePlaylist } from '../wire/index.ts';

const MAX_NAME_CHARACTERS = 255;

export interface PlaylistDeps {
  readonly catalog: CatalogReader & CatalogAnnotations;
  readonly accounts: AccountDirectory;
}

export function playlistEndpoints({ catalog, accounts }: PlaylistDeps): Endpoints {
  async function whole(id: PlaylistId, viewer: UserId): Promise<WireObject> {
    const found = await catalog.playlist(id, viewer);
    if (!found) throw nothingHasId();
    const tracks = await catalog.tracks([...new Set(found.trackIds)], viewer);
    const byId = new Map(tracks.map((track) => [track.id, track]));
    const entries = found.trackIds.flatMap((trackId) => byId.get(trackId) ?? []);
    return { playlist: playlistWithSongs(found.view, entries, viewer) };
  }

  /** An administrator may look at another's lists, nobody else. */
  async function listOwner({ account, params }: Call): Promise<UserId> {
    const name = textParam(params, 'username');
    if (name === undefined || name === '' || foldName(name) === foldName(account.name)) return account.id;
    if (account.role !== 'admin') {
      throw new ClefError('not-allowed', "only an administrator may list another user's playlists");
    }
    return (await accounts.find(name)).id;
  }

  async function createPlaylist({ account, params }: Call): Promise<WireObject> {
    const trackIds = idParams(params, 'songId', 'tr');
    const name = playlistName(params);
    if (textParam(params, 'playlistId') !== undefined) {
      const id = idParam(params, 'playlistId', 'pl');
      await catalog.updatePlaylist(account.id, id, {
        replaceTrackIds: trackIds,
        ...(name === undefined ? {} : { name }),
      });
      return whole(id, account.id);
    }
    if (name === undefined) throw missing('name');
    return whole(await catalog.createPlaylist(account.id, name, trackIds), account.id);
  }

  return {
    getPlaylists: documentEndpoint(async (call) => {
      const playlists = await catalog.playlists(await listOwner(call));
      return { playlists: { playlist: playlists.map((view) => wirePlaylist(view, call.account.id)) } };
    }),
    getPlaylist: documentEndpoint(({ account, params }) => whole(idParam(params, 'id', 'pl'), account.id)),
    createPlaylist: documentEndpoint(createPlaylist),
    updatePlaylist: documentEndpoint(async ({ account, params }) => {
      await catalog.updatePlaylist(account.id, idParam(params, 'playlistId', 'pl'), playlistChange(params));
      return {};
    }),
    deletePlaylist: documentEndpoint(async ({ account, params }) => {
      await catalog.deletePlaylist(account.id, idParam(params, 'id', 'pl'));
      return {};
    }),
  };
}

function playlistChange(params: Params): PlaylistChange {
  const name = playlistName(params);
  const comment = textParam(params, 'comment');
  const isPublic = booleanParam(params, 'public');
  const addTrackIds = idParams(params, 'songIdToAdd', 'tr');
  const removeIndexes = integerParams(params, 'songIndexToRemove', { min: 0, max: 2 ** 31 });
  return {
    ...(name === undefined ? {} : { name }),
    ...(comment === undefined ? {} : { comment }),
    ...(isPublic === undefined ? {} : { isPublic }),
    ...(addTrackIds.length === 0 ? {} : { addTrackIds }),
    ...(removeIndexes.length === 0 ? {} : { removeIndexes }),
  };
}

function playlistName(params: Params): string | undefined {
  const name = textParam(params, 'name')?.trim();
  if (name === '' || (name !== undefined && name.length > MAX_NAME_CHARACTERS)) {
    throw new ClefError('bad-request', `a playlist's name has 1 to ${MAX_NAME_CHARACTERS} characters`);
  }
  return name;
}
