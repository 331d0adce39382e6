import * as v from 'valibot';
import { albumId, artistId, hexId, playlistId, timeMs, trackId, userId } from './values.ts';

/** What the listener who asks did with an item. */
const annotations = {
  starredAtMs: v.exactOptional(timeMs),
  rating: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5))),
  playCount: v.number(),
  lastPlayedAtMs: v.exactOptional(timeMs),
};

const credit = v.object({ id: artistId, name: v.string() });

/** `GET /api/v1/covers/:id` has the picture; absent where there is none. */
const coverId = v.exactOptional(hexId);

export const track = v.object({
  id: trackId,
  title: v.string(),
  album: v.string(),
  albumId,
  displayArtist: v.string(),
  artists: v.array(credit),
  displayAlbumArtist: v.string(),
  discNumber: v.exactOptional(v.number()),
  trackNumber: v.exactOptional(v.number()),
  year: v.exactOptional(v.number()),
  genres: v.array(v.string()),
  durationMs: v.number(),
  bitRateKbps: v.exactOptional(v.number()),
  sampleRateHz: v.exactOptional(v.number()),
  bitDepth: v.exactOptional(v.number()),
  channelCount: v.exactOptional(v.number()),
  /** ReplayGain 2.0: gains in dB, peaks linear. */
  replayGain: v.object({
    trackGainDb: v.exactOptional(v.number()),
    trackPeak: v.exactOptional(v.number()),
    albumGainDb: v.exactOptional(v.number()),
    albumPeak: v.exactOptional(v.number()),
  }),
  hasLyrics: v.boolean(),
  /** File name ending of the original: "flac". */
  suffix: v.string(),
  coverId,
  createdAtMs: timeMs,
  /** Set while the original file is gone from its source; the sealed copy still plays. */
  sourceMissingSinceMs: v.exactOptional(timeMs),
  ...annotations,
});
export type Track = v.InferOutput<typeof track>;

export const album = v.object({
  id: albumId,
  title: v.string(),
  displayArtist: v.string(),
  artists: v.array(credit),
  year: v.exactOptional(v.number()),
  genres: v.array(v.string()),
  isCompilation: v.boolean(),
  discTitles: v.array(v.object({ disc: v.number(), title: v.string() })),
  trackCount: v.number(),
  durationMs: v.number(),
  coverId,
  createdAtMs: timeMs,
  ...annotations,
});
export type Album = v.InferOutput<typeof album>;

export const artist = v.object({
  id: artistId,
  name: v.string(),
  sortName: v.exactOptional(v.string()),
  albumCount: v.number(),
  coverId,
  ...annotations,
});
export type Artist = v.InferOutput<typeof artist>;

export const genre = v.object({ name: v.string(), trackCount: v.number(), albumCount: v.number() });
export type Genre = v.InferOutput<typeof genre>;

export const playlist = v.object({
  id: playlistId,
  ownerId: userId,
  ownerName: v.string(),
  /** True where the asker may change it. */
  isOwn: v.boolean(),
  name: v.string(),
  comment: v.string(),
  isPublic: v.boolean(),
  trackCount: v.number(),
  durationMs: v.number(),
  changedAtMs: timeMs,
  coverId,
});
export type Playlist = v.InferOutput<typeof playlist>;

export const lyrics = v.object({
  /** ISO 639-2/B, or "xxx". */
  language: v.string(),
  synced: v.boolean(),
  lines: v.array(v.object({ startMs: v.exactOptional(v.number()), text: v.string() })),
});
export type Lyrics = v.InferOutput<typeof lyrics>;

/** UTF-16 units, half-open. */
const ranges = v.array(v.object({ start: v.number(), end: v.number() }));
/** Of an artist the name is its title; of a track or an album the artist is as displayed. */
export const highlights = v.object({
  title: v.exactOptional(ranges),
  artist: v.exactOptional(ranges),
  album: v.exactOptional(ranges),
});
export type Highlights = v.InferOutput<typeof highlights>;
