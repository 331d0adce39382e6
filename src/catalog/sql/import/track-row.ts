import { type AlbumId, bucketOf, type TrackId } from '../../../core/index.ts';
import { type TaggedCredits, UNKNOWN_ALBUM } from '../../identity.ts';
import type { ArtistCredit, AudioProperties, StoredAsset, TrackTags } from '../../port.ts';
import { type AlbumFacts, creditsToJson } from '../credits.ts';
import type { TrackState } from '../listings/track-lines.ts';

/** What a file says of its release, with nothing for what it does not say. */
function albumFacts(tags: TrackTags): AlbumFacts {
  return {
    ...(tags.sortAlbum === undefined ? {} : { sortTitle: tags.sortAlbum }),
    ...(tags.releaseDate === undefined ? {} : { releaseDate: tags.releaseDate }),
    ...(tags.originalReleaseDate === undefined ? {} : { originalReleaseDate: tags.originalReleaseDate }),
    ...(tags.releaseTypes.length === 0 ? {} : { releaseTypes: tags.releaseTypes }),
    ...(tags.recordLabels.length === 0 ? {} : { recordLabels: tags.recordLabels }),
    ...(tags.isCompilation ? { isCompilation: true } : {}),
  };
}

export interface TrackParts {
  readonly id: TrackId;
  readonly albumId: AlbumId;
  readonly tags: TrackTags;
  readonly fallbackTitle: string;
  readonly audio: AudioProperties;
  readonly original: StoredAsset;
  readonly coverAssetId: string | null;
  readonly tagged: TaggedCredits;
  readonly artists: readonly ArtistCredit[];
  readonly albumArtists: readonly ArtistCredit[];
  readonly composers: readonly ArtistCredit[];
  readonly createdAtMs: number;
}

export function trackRow(parts: TrackParts): TrackState {
  const { id, tags, audio, original, tagged } = parts;
  return {
    vb: bucketOf(id),
    id,
    library_id: original.libraryId,
    album_id: parts.albumId,
    title: tags.title ?? parts.fallbackTitle,
    sort_title: tags.sortTitle ?? null,
    album_title: tags.album ?? UNKNOWN_ALBUM,
    display_artist: tagged.displayArtist,
    artists: creditsToJson(parts.artists),
    display_album_artist: tagged.displayAlbumArtist,
    album_artists: creditsToJson(parts.albumArtists),
    composers: creditsToJson(parts.composers),
    disc_number: tags.discNumber ?? null,
    track_number: tags.trackNumber ?? null,
    year: tags.year ?? null,
    genres: JSON.stringify(tags.genres),
    duration_ms: audio.durationMs,
    bit_rate_kbps: audio.bitRateKbps ?? null,
    sample_rate_hz: audio.sampleRateHz ?? null,
    bit_depth: audio.bitDepth ?? null,
    channel_count: audio.channelCount ?? null,
    bpm: tags.bpm ?? null,
    comment: tags.comment ?? null,
    isrcs: JSON.stringify(tags.isrcs),
    mb_recording_id: tags.musicBrainzRecordingId ?? null,
    track_gain_db: tags.replayGain.trackGainDb ?? null,
    track_peak: tags.replayGain.trackPeak ?? null,
    album_gain_db: tags.replayGain.albumGainDb ?? null,
    album_peak: tags.replayGain.albumPeak ?? null,
    has_lyrics: tags.lyrics.length > 0 ? 1 : 0,
    length_bytes: original.lengthBytes,
    media_type: original.mediaType,
    suffix: audio.suffix,
    cover_asset_id: parts.coverAssetId,
    created_at_ms: parts.createdAtMs,
    source_missing_since_ms: null,
    disc_title: tags.discTitle ?? null,
    album_facts: JSON.stringify(albumFacts(tags)),
    original_asset_id: original.assetId,
    codec: audio.codec,
    container: audio.container,
  };
}
