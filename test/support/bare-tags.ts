import type { TrackTags } from '../../src/catalog/index.ts';

/** Of a file that says nothing of itself. */
export const bareTags: TrackTags = {
  artists: [],
  sortArtists: [],
  albumArtists: [],
  sortAlbumArtists: [],
  composers: [],
  genres: [],
  isCompilation: false,
  releaseTypes: [],
  recordLabels: [],
  isrcs: [],
  musicBrainzArtistIds: [],
  musicBrainzAlbumArtistIds: [],
  replayGain: {},
  lyrics: [],
};
