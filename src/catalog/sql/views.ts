import {
  type AlbumId,
  type ArtistId,
  type AssetId,
  bucketOf,
  type LibraryId,
  type TrackId,
} from '../../core/index.ts';
import type { AlbumView, Annotations, ArtistView, ReplayGain, TrackView } from '../port.ts';
import { creditsFromJson, textsFromJson } from './credits.ts';
import type { AlbumRow, AnnotationRow, ArtistRow, TrackFacts } from './schema.ts';

/** What nobody has done anything with. */
const UNTOUCHED: Annotations = Object.freeze({ playCount: 0 });

type Mutable<View> = { -readonly [Key in keyof View]: View[Key] };

function replayGain(row: TrackFacts): ReplayGain {
  const gain: Mutable<ReplayGain> = {};
  if (row.track_gain_db !== null) gain.trackGainDb = row.track_gain_db;
  if (row.track_peak !== null) gain.trackPeak = row.track_peak;
  if (row.album_gain_db !== null) gain.albumGainDb = row.album_gain_db;
  if (row.album_peak !== null) gain.albumPeak = row.album_peak;
  return gain;
}

/** A track as nobody in particular sees it; frozen, since caches share it. */
export function trackView(id: number, row: TrackFacts): TrackView {
  const view: Mutable<TrackView> = {
    ...UNTOUCHED,
    id: id as TrackId,
    libraryId: row.library_id as LibraryId,
    title: row.title,
    album: row.album_title,
    albumId: row.album_id as AlbumId,
    displayArtist: row.display_artist,
    artists: creditsFromJson(row.artists),
    displayAlbumArtist: row.display_album_artist,
    albumArtists: creditsFromJson(row.album_artists),
    composers: creditsFromJson(row.composers).map(({ name }) => name),
    genres: textsFromJson(row.genres),
    durationMs: row.duration_ms,
    isrcs: textsFromJson(row.isrcs),
    replayGain: replayGain(row),
    hasLyrics: row.has_lyrics === 1,
    lengthBytes: row.length_bytes,
    mediaType: row.media_type,
    suffix: row.suffix,
    createdAtMs: row.created_at_ms,
  };
  if (row.sort_title !== null) view.sortTitle = row.sort_title;
  if (row.disc_number !== null) view.discNumber = row.disc_number;
  if (row.track_number !== null) view.trackNumber = row.track_number;
  if (row.year !== null) view.year = row.year;
  if (row.bit_rate_kbps !== null) view.bitRateKbps = row.bit_rate_kbps;
  if (row.sample_rate_hz !== null) view.sampleRateHz = row.sample_rate_hz;
  if (row.bit_depth !== null) view.bitDepth = row.bit_depth;
  if (row.channel_count !== null) view.channelCount = row.channel_count;
  if (row.bpm !== null) view.bpm = row.bpm;
  if (row.comment !== null) view.comment = row.comment;
  if (row.mb_recording_id !== null) view.musicBrainzRecordingId = row.mb_recording_id;
  if (row.cover_asset_id !== null) view.coverAssetId = row.cover_asset_id as AssetId;
  if (row.source_missing_since_ms !== null) view.sourceMissingSinceMs = row.source_missing_since_ms;
  return Object.freeze(view);
}

export function albumView(row: AlbumRow): AlbumView {
  const discTitles = JSON.parse(row.disc_titles) as [number, string][];
  const view: Mutable<AlbumView> = {
    ...UNTOUCHED,
    id: row.id as AlbumId,
    libraryId: row.library_id as LibraryId,
    title: row.title,
    displayArtist: row.display_artist,
    artists: creditsFromJson(row.artists),
    releaseTypes: textsFromJson(row.release_types),
    recordLabels: textsFromJson(row.record_labels),
    genres: textsFromJson(row.genres),
    isCompilation: row.is_compilation === 1,
    discTitles: discTitles.map(([disc, title]) => ({ disc, title })),
    trackCount: row.track_count,
    durationMs: row.duration_ms,
    createdAtMs: row.created_at_ms,
  };
  if (row.sort_title !== null) view.sortTitle = row.sort_title;
  if (row.year !== null) view.year = row.year;
  if (row.original_release_date !== null) view.originalReleaseDate = row.original_release_date;
  if (row.release_date !== null) view.releaseDate = row.release_date;
  if (row.mb_release_id !== null) view.musicBrainzReleaseId = row.mb_release_id;
  if (row.cover_asset_id !== null) view.coverAssetId = row.cover_asset_id as AssetId;
  return Object.freeze(view);
}

export function artistView(row: ArtistRow): ArtistView {
  const view: Mutable<ArtistView> = {
    ...UNTOUCHED,
    id: row.id as ArtistId,
    name: row.name,
    albumCount: row.album_count,
    roles: textsFromJson(row.roles),
  };
  if (row.sort_name !== null) view.sortName = row.sort_name;
  if (row.mb_artist_id !== null) view.musicBrainzArtistId = row.mb_artist_id;
  if (row.cover_asset_id !== null) view.coverAssetId = row.cover_asset_id as AssetId;
  return Object.freeze(view);
}

export function annotationsOf(row: AnnotationRow): Annotations {
  const view: Mutable<Annotations> = { playCount: row.play_count };
  if (row.starred_at_ms !== null) view.starredAtMs = row.starred_at_ms;
  if (row.rating !== null) view.rating = row.rating;
  if (row.last_played_at_ms !== null) view.lastPlayedAtMs = row.last_played_at_ms;
  return view;
}

export function rowKey(id: number): { readonly vb: number; readonly id: number } {
  return { vb: bucketOf(id), id };
}
