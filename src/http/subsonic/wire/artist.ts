import type { ArtistCredit, ArtistView } from '../../../catalog/index.ts';
import { wireId } from '../../../core/index.ts';
import { optionalCoverArtId } from './cover-id.ts';
import { optionalDate } from './value.ts';

/** https://opensubsonic.netlify.app/docs/responses/artistid3/ */
export type ArtistID3 = {
  readonly id: string;
  readonly name: string;
  readonly coverArt?: string | undefined;
  readonly albumCount?: number | undefined;
  readonly starred?: string | undefined;
  readonly userRating?: number | undefined;
  readonly musicBrainzId?: string | undefined;
  readonly sortName?: string | undefined;
  readonly roles?: readonly string[] | undefined;
};

/** https://opensubsonic.netlify.app/docs/responses/artist/ */
export type Artist = {
  readonly id: string;
  readonly name: string;
  readonly coverArt?: string | undefined;
  readonly starred?: string | undefined;
  readonly userRating?: number | undefined;
};

export function artistID3(artist: ArtistView): ArtistID3 {
  return {
    id: wireId('ar', artist.id),
    name: artist.name,
    coverArt: optionalCoverArtId(artist.coverAssetId),
    albumCount: artist.albumCount,
    starred: optionalDate(artist.starredAtMs),
    userRating: artist.rating,
    musicBrainzId: artist.musicBrainzArtistId ?? '',
    sortName: artist.sortName ?? '',
    roles: artist.roles,
  };
}

export function wireArtist(artist: ArtistView): Artist {
  return {
    id: wireId('ar', artist.id),
    name: artist.name,
    coverArt: optionalCoverArtId(artist.coverAssetId),
    starred: optionalDate(artist.starredAtMs),
    userRating: artist.rating,
  };
}

/** Only the required fields, as the specification wants it inside tracks and albums. */
export function creditedArtists(credits: readonly ArtistCredit[]): readonly ArtistID3[] {
  return credits.map((credit) => ({ id: wireId('ar', credit.id), name: credit.name }));
}

export function firstArtistId(credits: readonly ArtistCredit[]): string | undefined {
  const [first] = credits;
  return first === undefined ? undefined : wireId('ar', first.id);
}
