import type { AlbumView, ArtistView, TrackView } from '../../../catalog/index.ts';
import { wireId } from '../../../core/index.ts';
import { type ArtistID3, creditedArtists, firstArtistId } from './artist.ts';
import { optionalCoverArtId } from './cover-id.ts';
import { type ItemGenre, itemGenres } from './item-genre.ts';
import { type ReplayGain, replayGain } from './replay-gain.ts';
import { optionalDate, wireDate, wireSeconds } from './value.ts';
import { virtualPath } from './virtual-path.ts';

/** https://opensubsonic.netlify.app/docs/responses/child/ */
export type Child = {
  readonly id: string;
  readonly parent?: string | undefined;
  readonly isDir: boolean;
  readonly title: string;
  readonly album?: string | undefined;
  readonly artist?: string | undefined;
  readonly track?: number | undefined;
  readonly year?: number | undefined;
  readonly genre?: string | undefined;
  readonly coverArt?: string | undefined;
  readonly size?: number | undefined;
  readonly contentType?: string | undefined;
  readonly suffix?: string | undefined;
  readonly duration?: number | undefined;
  readonly bitRate?: number | undefined;
  readonly bitDepth?: number | undefined;
  readonly samplingRate?: number | undefined;
  readonly channelCount?: number | undefined;
  readonly path?: string | undefined;
  readonly isVideo?: boolean | undefined;
  readonly userRating?: number | undefined;
  readonly playCount?: number | undefined;
  readonly discNumber?: number | undefined;
  readonly created?: string | undefined;
  readonly starred?: string | undefined;
  readonly albumId?: string | undefined;
  readonly artistId?: string | undefined;
  readonly type?: 'music' | undefined;
  readonly mediaType?: 'song' | 'album' | 'artist' | undefined;
  readonly played?: string | undefined;
  readonly bpm?: number | undefined;
  readonly comment?: string | undefined;
  readonly sortName?: string | undefined;
  readonly musicBrainzId?: string | undefined;
  readonly isrc?: readonly string[] | undefined;
  readonly genres?: readonly ItemGenre[] | undefined;
  readonly artists?: readonly ArtistID3[] | undefined;
  readonly displayArtist?: string | undefined;
  readonly albumArtists?: readonly ArtistID3[] | undefined;
  readonly displayAlbumArtist?: string | undefined;
  readonly displayComposer?: string | undefined;
  readonly replayGain?: ReplayGain | undefined;
};

/** A field that Clef knows how to fill is there even when it is empty, as OpenSubsonic asks. */
export function trackChild(track: TrackView): Child {
  const albumId = wireId('al', track.albumId);
  return {
    id: wireId('tr', track.id),
    parent: albumId,
    isDir: false,
    title: track.title,
    album: track.album,
    artist: track.displayArtist,
    track: track.trackNumber,
    year: track.year,
    genre: track.genres[0],
    coverArt: optionalCoverArtId(track.coverAssetId),
    size: track.lengthBytes,
    contentType: track.mediaType,
    suffix: track.suffix,
    duration: wireSeconds(track.durationMs),
    bitRate: rounded(track.bitRateKbps),
    bitDepth: track.bitDepth,
    samplingRate: rounded(track.sampleRateHz),
    channelCount: track.channelCount,
    path: virtualPath(track),
    isVideo: false,
    userRating: track.rating,
    playCount: track.playCount,
    discNumber: track.discNumber,
    created: wireDate(track.createdAtMs),
    starred: optionalDate(track.starredAtMs),
    albumId,
    artistId: firstArtistId(track.artists),
    type: 'music',
    mediaType: 'song',
    played: optionalDate(track.lastPlayedAtMs),
    bpm: rounded(track.bpm) ?? 0,
    comment: track.comment ?? '',
    sortName: track.sortTitle ?? '',
    musicBrainzId: track.musicBrainzRecordingId ?? '',
    isrc: track.isrcs,
    genres: itemGenres(track.genres),
    artists: creditedArtists(track.artists),
    displayArtist: track.displayArtist,
    albumArtists: creditedArtists(track.albumArtists),
    displayAlbumArtist: track.displayAlbumArtist,
    displayComposer: track.composers.join(', '),
    replayGain: replayGain(track.replayGain),
  };
}

/** An album as the folder that old players browse. */
export function albumChild(album: AlbumView): Child {
  const artistId = firstArtistId(album.artists);
  return {
    id: wireId('al', album.id),
    parent: artistId,
    isDir: true,
    title: album.title,
    album: album.title,
    artist: album.displayArtist,
    year: album.year,
    genre: album.genres[0],
    coverArt: optionalCoverArtId(album.coverAssetId),
    duration: wireSeconds(album.durationMs),
    isVideo: false,
    userRating: album.rating,
    playCount: album.playCount,
    created: wireDate(album.createdAtMs),
    starred: optionalDate(album.starredAtMs),
    artistId,
    mediaType: 'album',
    played: optionalDate(album.lastPlayedAtMs),
    sortName: album.sortTitle ?? '',
    musicBrainzId: album.musicBrainzReleaseId ?? '',
    genres: itemGenres(album.genres),
    artists: creditedArtists(album.artists),
    displayArtist: album.displayArtist,
  };
}

/** An artist as a folder; `parent` is the music folder. */
export function artistChild(artist: ArtistView, parent: string): Child {
  return {
    id: wireId('ar', artist.id),
    parent,
    isDir: true,
    title: artist.name,
    artist: artist.name,
    coverArt: optionalCoverArtId(artist.coverAssetId),
    isVideo: false,
    userRating: artist.rating,
    playCount: artist.playCount,
    starred: optionalDate(artist.starredAtMs),
    mediaType: 'artist',
    sortName: artist.sortName ?? '',
    musicBrainzId: artist.musicBrainzArtistId ?? '',
  };
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value);
}
