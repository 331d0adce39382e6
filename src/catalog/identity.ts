import type { LibraryId } from '../core/index.ts';
import { compoundKey, nameKey } from './names.ts';
import type { TrackTags } from './port.ts';

export const VARIOUS_ARTISTS = 'Various Artists';
/** https://musicbrainz.org/artist/89ad4ac3-39f7-470e-963a-56509c546377 */
const VARIOUS_ARTISTS_MBID = '89ad4ac3-39f7-470e-963a-56509c546377';
export const UNKNOWN_ARTIST = '[Unknown Artist]';
export const UNKNOWN_ALBUM = '[Unknown Album]';

/** An artist as a file names them. */
export interface TaggedArtist {
  readonly name: string;
  readonly sortName?: string;
  readonly musicBrainzId?: string;
}

export interface TaggedCredits {
  readonly artists: readonly TaggedArtist[];
  readonly displayArtist: string;
  readonly albumArtists: readonly TaggedArtist[];
  readonly displayAlbumArtist: string;
  readonly composers: readonly TaggedArtist[];
}

/** Who made a track, and who its album is filed under: somebody always, if only "unknown". */
export function taggedCredits(tags: TrackTags): TaggedCredits {
  const namedArtists = tagged(tags.artists, tags.sortArtists, tags.musicBrainzArtistIds, tags.displayArtist);
  const namedAlbumArtists = tagged(
    tags.albumArtists,
    tags.sortAlbumArtists,
    tags.musicBrainzAlbumArtistIds,
    tags.displayAlbumArtist,
  );
  const artists = firstOf(namedArtists, namedAlbumArtists, [{ name: UNKNOWN_ARTIST }]);
  const albumArtists = firstOf(
    namedAlbumArtists,
    tags.isCompilation ? [{ name: VARIOUS_ARTISTS, musicBrainzId: VARIOUS_ARTISTS_MBID }] : [],
    // A guest on one song does not part it from its album.
    artists.slice(0, 1),
  );
  return {
    artists,
    displayArtist: tags.displayArtist ?? joined(artists),
    albumArtists,
    displayAlbumArtist: tags.displayAlbumArtist ?? joined(albumArtists),
    composers: tagged(tags.composers, [], [], undefined),
  };
}

/** By what an artist is known, surest first: the MusicBrainz id, then the folded name. */
export function artistIdentities(artist: TaggedArtist): readonly string[] {
  const byName = compoundKey('artist', 'name', nameKey(artist.name));
  const id = artist.musicBrainzId?.toLowerCase();
  return id === undefined ? [byName] : [compoundKey('artist', 'musicbrainz', id), byName];
}

/**
 * By what an album is known, surest first: the MusicBrainz release, then album artists, title and year of release. A
 * plain date does not count: on collections and soundtracks it is each song's own (docs/adr/0003).
 */
export function albumIdentities(
  libraryId: LibraryId,
  tags: TrackTags,
  albumArtists: readonly TaggedArtist[],
): readonly string[] {
  const artists = albumArtists.map(({ name }) => nameKey(name));
  const year = tags.releaseDate?.slice(0, 4) ?? '';
  const byName =
    tags.album === undefined
      ? // Loose files of one artist belong together whatever their years.
        compoundKey('album', 'none', libraryId, ...artists)
      : compoundKey('album', 'name', libraryId, nameKey(tags.album), year, ...artists);
  const id = tags.musicBrainzReleaseId?.toLowerCase();
  return id === undefined ? [byName] : [compoundKey('album', 'musicbrainz', libraryId, id), byName];
}

/** Sort names and ids belong to the names only where there are as many of them. */
function tagged(
  names: readonly string[],
  sortNames: readonly string[],
  ids: readonly string[],
  displayName: string | undefined,
): readonly TaggedArtist[] {
  const all = names.length === 0 && displayName !== undefined ? [displayName] : names;
  const seen = new Set<string>();
  const artists: TaggedArtist[] = [];
  for (const [index, name] of all.entries()) {
    const sortName = sortNames.length === all.length ? sortNames[index] : undefined;
    const musicBrainzId = ids.length === all.length ? ids[index] : undefined;
    const key = musicBrainzId ?? nameKey(name);
    if (seen.has(key)) continue;
    seen.add(key);
    artists.push({ name, ...(sortName ? { sortName } : {}), ...(musicBrainzId ? { musicBrainzId } : {}) });
  }
  return artists;
}

function firstOf(...lists: readonly (readonly TaggedArtist[])[]): readonly TaggedArtist[] {
  return lists.find((list) => list.length > 0) ?? [];
}

function joined(artists: readonly TaggedArtist[]): string {
  return artists.map(({ name }) => name).join(', ');
}
