import type { Album, Artist, Genre, Lyrics, Playlist, Track } from '../../../api/index.ts';
import type {
  AlbumView,
  Annotations,
  ArtistCredit,
  ArtistView,
  GenreView,
  LyricsView,
  PlaylistView,
  TrackView,
} from '../../../catalog/index.ts';
import { type AssetId, type UserId, wireId } from '../../../core/index.ts';

// Each field is named, so that what the catalogue learns later stays inside until somebody lets it out.

export function wireTrack(view: TrackView): Track {
  const { discNumber, trackNumber, year, bitRateKbps, sampleRateHz, bitDepth, channelCount } = view;
  const { sourceMissingSinceMs } = view;
  const { trackGainDb, trackPeak, albumGainDb, albumPeak } = view.replayGain;
  return {
    id: wireId('tr', view.id),
    title: view.title,
    album: view.album,
    albumId: wireId('al', view.albumId),
    displayArtist: view.displayArtist,
    artists: view.artists.map(credit),
    displayAlbumArtist: view.displayAlbumArtist,
    genres: [...view.genres],
    durationMs: view.durationMs,
    replayGain: given({ trackGainDb, trackPeak, albumGainDb, albumPeak }),
    hasLyrics: view.hasLyrics,
    suffix: view.suffix,
    createdAtMs: view.createdAtMs,
    ...given({ discNumber, trackNumber, year, bitRateKbps, sampleRateHz, bitDepth, channelCount }),
    ...given({ sourceMissingSinceMs }),
    ...cover(view.coverAssetId),
    ...annotations(view),
  };
}

export function wireAlbum(view: AlbumView): Album {
  return {
    id: wireId('al', view.id),
    title: view.title,
    displayArtist: view.displayArtist,
    artists: view.artists.map(credit),
    genres: [...view.genres],
    isCompilation: view.isCompilation,
    discTitles: view.discTitles.map(({ disc, title }) => ({ disc, title })),
    trackCount: view.trackCount,
    durationMs: view.durationMs,
    createdAtMs: view.createdAtMs,
    ...given({ year: view.year }),
    ...cover(view.coverAssetId),
    ...annotations(view),
  };
}

export function wireArtist(view: ArtistView): Artist {
  return {
    id: wireId('ar', view.id),
    name: view.name,
    albumCount: view.albumCount,
    ...given({ sortName: view.sortName }),
    ...cover(view.coverAssetId),
    ...annotations(view),
  };
}

export function wireGenre({ name, trackCount, albumCount }: GenreView): Genre {
  return { name, trackCount, albumCount };
}

export function wirePlaylist(view: PlaylistView, viewer: UserId): Playlist {
  return {
    id: wireId('pl', view.id),
    ownerId: wireId('us', view.ownerId),
    ownerName: view.ownerName,
    isOwn: view.ownerId === viewer,
    name: view.name,
    comment: view.comment,
    isPublic: view.isPublic,
    trackCount: view.trackCount,
    durationMs: view.durationMs,
    changedAtMs: view.changedAtMs,
    ...cover(view.coverAssetId),
  };
}

export function wireLyrics({ language, synced, lines }: LyricsView): Lyrics {
  return {
    language,
    synced,
    lines: lines.map(({ startMs, text }) => ({ text, ...given({ startMs }) })),
  };
}

function credit({ id, name }: ArtistCredit): { id: string; name: string } {
  return { id: wireId('ar', id), name };
}

function cover(coverId: AssetId | undefined): { coverId?: string } {
  return coverId === undefined ? {} : { coverId };
}

function annotations({ playCount, starredAtMs, rating, lastPlayedAtMs }: Annotations) {
  return { playCount, ...given({ starredAtMs, rating, lastPlayedAtMs }) };
}

type Given<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

/** Without what is absent: JSON has no word for it. */
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}
