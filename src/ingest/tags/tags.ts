import type { IAudioMetadata } from 'music-metadata';
import type { TrackTags } from '../../catalog/index.ts';
import { cleanLines, cleanList, cleanText } from './clean.ts';
import { creditOf, uncut } from './credits.ts';
import { genresOf } from './genres.ts';
import { lyricsOf } from './lyrics.ts';
import { customValuesOf, type NativeTags, nativeTags, redeclared, textsOf, valuesOf } from './native.ts';
import { replayGainOf } from './replay-gain.ts';

/** Text frames of an ID3v2.2 or 2.3 tag as they are written: "TPE1", "TXXX:ARTISTS". */
export type WholeFrames = ReadonlyMap<string, string>;

/** What a ripper writes for an album of many artists (https://musicbrainz.org/artist/89ad4ac3-39f7-470e-963a-56509c546377). */
const VARIOUS_ARTISTS_ID = '89ad4ac3-39f7-470e-963a-56509c546377';
const VARIOUS_ARTISTS = /^(?:various(?: artists)?|va|v\.a\.)$/i;

function integer(value: unknown, least: number, most: number): number | undefined {
  const number = typeof value === 'string' ? Number.parseInt(value, 10) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  const whole = Math.round(number);
  return whole >= least && whole <= most ? whole : undefined;
}

const DATE = /^(\d{4})(?:[-./](\d{1,2})(?:[-./](\d{1,2}))?)?(?!\d)/;

/** YYYY, YYYY-MM or YYYY-MM-DD; undefined for what is no date. */
function dateOf(value: unknown): string | undefined {
  const match = typeof value === 'string' ? DATE.exec(value.trim()) : null;
  if (!match || match[1] === '0000') return undefined;
  const [, year = '', month, day] = match;
  if (integer(month, 1, 12) === undefined) return year;
  const upToMonth = `${year}-${month?.padStart(2, '0')}`;
  return integer(day, 1, 31) === undefined ? upToMonth : `${upToMonth}-${day?.padStart(2, '0')}`;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

function uuidsOf(values: readonly unknown[]): string[] {
  return cleanList(
    textsOf(values).flatMap((text) => [...text.matchAll(UUID)].map(([id]) => id.toLowerCase())),
  );
}

const ISRC = /^[A-Z]{2}[A-Z0-9]{3}\d{7}$/;

function isrcsOf(values: readonly string[]): string[] {
  const codes = values
    .flatMap((value) => value.split(/[;,/\0]/))
    .map((code) => code.replaceAll(/[^a-z0-9]/gi, ''));
  return cleanList(codes.map((code) => code.toUpperCase()).filter((code) => ISRC.test(code)));
}

/** Comments in which programs keep numbers for themselves. */
const MACHINE_COMMENT = /^(?:itun|id3v1 comment|songs-db|mmeta)/i;

function commentOf(
  common: IAudioMetadata['common'],
  tags: NativeTags,
  declared: (text: string) => string,
): string | undefined {
  // ffmpeg writes TXXX:comment; AIFF's own chunks, which the library prefers to that, are 7-bit.
  for (const text of textsOf(customValuesOf(tags, 'COMMENT'))) {
    const comment = cleanLines(declared(text));
    if (comment !== undefined) return comment;
  }
  for (const { descriptor, text } of common.comment ?? []) {
    if (text === undefined || MACHINE_COMMENT.test(descriptor ?? '')) continue;
    const comment = cleanLines(declared(text));
    if (comment !== undefined) return comment;
  }
  return undefined;
}

function isTrue(values: readonly unknown[]): boolean {
  return values.some((value) => value === 1 || value === true || /^(?:1|true|yes)$/i.test(String(value)));
}

function wholeOf(whole: WholeFrames, ...ids: readonly string[]): string | undefined {
  return ids.map((id) => whole.get(id)).find((text) => text !== undefined);
}

function artistTags(tags: NativeTags, whole: WholeFrames) {
  const musicBrainzArtistIds = uuidsOf([
    ...customValuesOf(tags, 'MUSICBRAINZ_ARTISTID'),
    ...customValuesOf(tags, 'MUSICBRAINZ ARTIST ID'),
    ...valuesOf(tags, 'MUSICBRAINZ/ARTIST ID'),
  ]);
  const ids = musicBrainzArtistIds.length;
  const single = textsOf(valuesOf(tags, 'ARTIST', 'TPE1', 'TP1', '©ART', 'AUTHOR', 'IART', 'AUTH'));
  const plural = textsOf(customValuesOf(tags, 'ARTISTS'));
  const credit = creditOf(
    uncut(single, wholeOf(whole, 'TPE1', 'TP1'), plural.length > 0 ? 0 : ids),
    uncut(plural, wholeOf(whole, 'TXXX:ARTISTS', 'TXX:ARTISTS'), ids),
  );
  const sort = textsOf(valuesOf(tags, 'ARTISTSORT', 'TSOP', 'TSP', 'SOAR', 'WM/ARTISTSORTORDER'));
  return {
    ...(credit.display !== undefined && { displayArtist: credit.display }),
    artists: credit.names,
    sortArtists: cleanList(sort.flatMap((value) => value.split(/\s*[;\0]\s*/))),
    musicBrainzArtistIds,
  };
}

function albumArtistTags(tags: NativeTags, whole: WholeFrames) {
  const musicBrainzAlbumArtistIds = uuidsOf([
    ...customValuesOf(tags, 'MUSICBRAINZ_ALBUMARTISTID'),
    ...customValuesOf(tags, 'MUSICBRAINZ ALBUM ARTIST ID'),
    ...valuesOf(tags, 'MUSICBRAINZ/ALBUM ARTIST ID'),
  ]);
  const ids = musicBrainzAlbumArtistIds.length;
  const names = ['ALBUMARTIST', 'ALBUM ARTIST', 'ALBUM_ARTIST'];
  const single = textsOf(
    valuesOf(tags, ...names, 'TPE2', 'TP2', 'AART', 'WM/ALBUMARTIST', 'TXXX:ALBUM ARTIST'),
  );
  const plural = textsOf(customValuesOf(tags, 'ALBUMARTISTS'));
  const credit = creditOf(
    uncut(single, wholeOf(whole, 'TPE2', 'TP2'), plural.length > 0 ? 0 : ids),
    uncut(plural, wholeOf(whole, 'TXXX:ALBUMARTISTS', 'TXX:ALBUMARTISTS'), ids),
  );
  const sort = textsOf(valuesOf(tags, 'ALBUMARTISTSORT', 'TSO2', 'TS2', 'SOAA', 'WM/ALBUMARTISTSORTORDER'));
  return {
    ...(credit.display !== undefined && { displayAlbumArtist: credit.display }),
    albumArtists: credit.names,
    sortAlbumArtists: cleanList(sort.flatMap((value) => value.split(/\s*[;\0]\s*/))),
    musicBrainzAlbumArtistIds,
  };
}

/** ID3v2.3 keeps the year and the day (DDMM) apart. */
function oldDate(tags: NativeTags): string | undefined {
  const [year] = textsOf(valuesOf(tags, 'TYER', 'TYE'));
  const [, day, month] = /^(\d\d)(\d\d)$/.exec(textsOf(valuesOf(tags, 'TDAT', 'TDA'))[0] ?? '') ?? [];
  return dateOf(day === undefined ? year : `${year}-${month}-${day}`);
}

/**
 * A plain date is often the song's own, and would part an album (docs/adr/0003); beside a MusicBrainz release id
 * it is the release's.
 */
function releaseTags(common: IAudioMetadata['common'], tags: NativeTags) {
  const originalReleaseDate = dateOf(common.originaldate) ?? dateOf(String(common.originalyear ?? ''));
  const year = integer(dateOf(common.date)?.slice(0, 4) ?? common.year, 1, 9999);
  const [musicBrainzReleaseId] = uuidsOf([common.musicbrainz_albumid]);
  const plainDate = musicBrainzReleaseId === undefined ? undefined : (dateOf(common.date) ?? oldDate(tags));
  const releaseDate = dateOf(common.releasedate) ?? plainDate;
  const types = [...customValuesOf(tags, 'RELEASETYPE'), ...(common.releasetype ?? [])];
  return {
    ...(year !== undefined && { year }),
    ...(releaseDate !== undefined && { releaseDate }),
    ...(originalReleaseDate !== undefined && { originalReleaseDate }),
    releaseTypes: cleanList(textsOf(types).flatMap((type) => type.toLowerCase().split(/\s*[;/,\0]\s*/))),
    recordLabels: cleanList(common.label ?? []),
    ...(musicBrainzReleaseId !== undefined && { musicBrainzReleaseId }),
  };
}

/** The tags of one file, cleaned and bounded. `whole` corrects what the library cut at slashes. */
export function tagsOf(
  metadata: Pick<IAudioMetadata, 'common' | 'native'>,
  whole: WholeFrames = new Map(),
): TrackTags {
  const { common } = metadata;
  const tags = nativeTags(metadata);
  const declared = redeclared(metadata);
  const artists = artistTags(tags, whole);
  const albumArtists = albumArtistTags(tags, whole);
  const composers = uncut(
    textsOf(valuesOf(tags, 'COMPOSER', 'TCOM', 'TCM', '©WRT', 'WM/COMPOSER')),
    wholeOf(whole, 'TCOM', 'TCM'),
    0,
  );
  const text = {
    title: cleanText(textsOf(valuesOf(tags, 'TITLE', 'TIT2', 'TT2', '©NAM', 'INAM'))[0] ?? common.title),
    sortTitle: cleanText(common.titlesort),
    album: cleanText(textsOf(valuesOf(tags, 'ALBUM', 'TALB', 'TAL', '©ALB', 'IPRD'))[0] ?? common.album),
    sortAlbum: cleanText(common.albumsort),
    // Declared as a list, and a plain string where the format has one.
    discTitle: cleanText([common.discsubtitle].flat()[0]),
    comment: commentOf(common, tags, declared),
    discNumber: integer(common.disk.no, 1, 9999),
    trackNumber: integer(common.track.no, 1, 99_999),
    bpm: integer(common.bpm, 1, 999),
    musicBrainzRecordingId: uuidsOf([common.musicbrainz_recordingid])[0],
  };
  const isVarious =
    albumArtists.musicBrainzAlbumArtistIds.includes(VARIOUS_ARTISTS_ID) ||
    albumArtists.albumArtists.some((name) => VARIOUS_ARTISTS.test(name));
  const flags = [
    ...valuesOf(tags, 'COMPILATION', 'TCMP', 'TCP', 'CPIL', 'TXXX:COMPILATION', 'WM/ISCOMPILATION'),
  ];
  return {
    ...(Object.fromEntries(Object.entries(text).filter(([, value]) => value !== undefined)) as Partial<
      Pick<TrackTags, keyof typeof text>
    >),
    ...artists,
    ...albumArtists,
    ...releaseTags(common, tags),
    composers: cleanList(composers.flatMap((value) => value.split(/\s*[;\0]\s*/))),
    genres: genresOf(textsOf(common.genre ?? []).map(declared)),
    isCompilation: isVarious || isTrue(flags),
    isrcs: isrcsOf(textsOf(common.isrc ?? [])),
    replayGain: replayGainOf(tags),
    lyrics: lyricsOf(tags),
  };
}
