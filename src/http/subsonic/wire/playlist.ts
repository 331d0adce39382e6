import type { PlaylistView, TrackView } from '../../../catalog/index.ts';
import { type UserId, wireId } from '../../../core/index.ts';
import { type Child, trackChild } from './child.ts';
import { optionalCoverArtId } from './cover-id.ts';
import { wireDate, wireSeconds } from './value.ts';

/** https://opensubsonic.netlify.app/docs/responses/playlist/ */
export type Playlist = {
  readonly id: string;
  readonly name: string;
  readonly comment: string;
  readonly owner: string;
  readonly public: boolean;
  readonly songCount: number;
  readonly duration: number;
  readonly created: string;
  readonly changed: string;
  readonly coverArt?: string | undefined;
  readonly readonly: boolean;
};

export type PlaylistWithSongs = Playlist & { readonly entry: readonly Child[] };

export function wirePlaylist(playlist: PlaylistView, viewer: UserId): Playlist {
  return {
    id: wireId('pl', playlist.id),
    name: playlist.name,
    comment: playlist.comment,
    owner: playlist.ownerName,
    public: playlist.isPublic,
    songCount: playlist.trackCount,
    duration: wireSeconds(playlist.durationMs),
    created: wireDate(playlist.createdAtMs),
    changed: wireDate(playlist.changedAtMs),
    coverArt: optionalCoverArtId(playlist.coverAssetId),
    readonly: playlist.ownerId !== viewer,
  };
}

/** Counts are of the entries that are sent, so that a player never sees two truths. */
export function playlistWithSongs(
  playlist: PlaylistView,
  tracks: readonly TrackView[],
  viewer: UserId,
): PlaylistWithSongs {
  return {
    ...wirePlaylist(playlist, viewer),
    songCount: tracks.length,
    duration: wireSeconds(tracks.reduce((totalMs, track) => totalMs + track.durationMs, 0)),
    entry: tracks.map(trackChild),
  };
}
