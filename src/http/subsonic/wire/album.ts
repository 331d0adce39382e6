import type { AlbumView, TrackView } from '../../../catalog/index.ts';
import { wireId } from '../../../core/index.ts';
import { type ArtistID3, creditedArtists, firstArtistId } from './artist.ts';
import { type Child, trackChild } from './child.ts';
import { optionalCoverArtId } from './cover-id.ts';
import { type ItemDate, itemDate } from './item-date.ts';
import { type ItemGenre, itemGenres } from './item-genre.ts';
import { optionalDate, wireDate, wireSeconds } from './value.ts';

/** https://opensubsonic.netlify.app/docs/responses/albumid3/ */
export type AlbumID3 = {
  readonly id: string;
  readonly name: string;
  readonly artist?: string | undefined;
  readonly artistId?: string | undefined;
  readonly coverArt?: string | undefined;
  readonly songCount: number;
  readonly duration: number;
  readonly playCount?: number | undefined;
  readonly created: string;
  readonly starred?: string | undefined;
  readonly year?: number | undefined;
  readonly genre?: string | undefined;
  readonly played?: string | undefined;
  readonly userRating?: number | undefined;
  readonly recordLabels?: readonly { readonly name: string }[] | undefined;
  readonly musicBrainzId?: string | undefined;
  readonly genres?: readonly ItemGenre[] | undefined;
  readonly artists?: readonly ArtistID3[] | undefined;
  readonly displayArtist?: string | undefined;
  readonly releaseTypes?: readonly string[] | undefined;
  readonly sortName?: string | undefined;
  readonly originalReleaseDate?: ItemDate | undefined;
  readonly releaseDate?: ItemDate | undefined;
  readonly isCompilation?: boolean | undefined;
  readonly discTitles?: readonly { readonly disc: number; readonly title: string }[] | undefined;
};

export type AlbumID3WithSongs = AlbumID3 & { readonly song: readonly Child[] };

export function albumID3(album: AlbumView): AlbumID3 {
  return {
    id: wireId('al', album.id),
    name: album.title,
    artist: album.displayArtist,
    artistId: firstArtistId(album.artists),
    coverArt: optionalCoverArtId(album.coverAssetId),
    songCount: album.trackCount,
    duration: wireSeconds(album.durationMs),
    playCount: album.playCount,
    created: wireDate(album.createdAtMs),
    starred: optionalDate(album.starredAtMs),
    year: album.year,
    genre: album.genres[0],
    played: optionalDate(album.lastPlayedAtMs),
    userRating: album.rating,
    recordLabels: album.recordLabels.map((name) => ({ name })),
    musicBrainzId: album.musicBrainzReleaseId ?? '',
    genres: itemGenres(album.genres),
    artists: creditedArtists(album.artists),
    displayArtist: album.displayArtist,
    releaseTypes: album.releaseTypes,
    sortName: album.sortTitle ?? '',
    originalReleaseDate: itemDate(album.originalReleaseDate),
    releaseDate: itemDate(album.releaseDate),
    isCompilation: album.isCompilation,
    discTitles: album.discTitles.map(({ disc, title }) => ({ disc, title })),
  };
}

export function albumID3WithSongs(album: AlbumView, tracks: readonly TrackView[]): AlbumID3WithSongs {
  return { ...albumID3(album), song: tracks.map(trackChild) };
}
