import type { SearchChange } from '../../src/catalog/search/index.ts';
import {
  type AlbumId,
  type ArtistId,
  type AssetId,
  BUCKET_COUNT,
  catalogId,
  type LibraryId,
  type TrackId,
  type UserId,
} from '../../src/core/index.ts';
import { type GeneratedTrack, generatedTracks } from './music.ts';

const libraryIds = ['1'.repeat(32) as LibraryId];
const coverAssetId = '2'.repeat(32) as AssetId;
/** Above every number of a track within its bucket, so that no two ids are alike. */
const ALBUM_SEQ = 2 ** 24;
const ARTIST_SEQ = 2 ** 25;

/** Generated music as a catalogue tells a search index of it: plays, then what was played. */
export async function* generatedChanges(trackCount: number, seed = 1): AsyncGenerator<SearchChange> {
  for (const { track, isNewArtist } of withNews(trackCount, seed)) {
    const { album, number, playCount } = track;
    if (playCount > 0) yield plays(generatedTrackId(track.index, trackCount), playCount);
    if (number === 1 && album.playCount > 0) yield plays(albumId(album.index, trackCount), album.playCount);
    if (isNewArtist && album.artist.playCount > 0)
      yield plays(artistId(album.artist.index, trackCount), album.artist.playCount);
  }
  yield* generatedItems(trackCount, seed);
}

/** The same without plays. */
export function* generatedItems(trackCount: number, seed = 1): Generator<SearchChange> {
  for (const { track, isNewArtist } of withNews(trackCount, seed)) {
    const { index, number, title, displayArtist, album, durationMs } = track;
    const { artist } = album;
    if (isNewArtist) {
      const id = artistId(artist.index, trackCount);
      yield {
        kind: 'upsert',
        record: { kind: 'artist', id, libraryIds, title: artist.name, artist: '', album: '' },
      };
    }
    const shown = { libraryIds, coverAssetId };
    if (number === 1) {
      const id = albumId(album.index, trackCount);
      yield {
        kind: 'upsert',
        record: { kind: 'album', id, title: album.title, artist: artist.name, album: '', ...shown },
      };
    }
    const id = generatedTrackId(index, trackCount);
    yield {
      kind: 'upsert',
      record: { kind: 'track', id, title, artist: displayArtist, album: album.title, durationMs, ...shown },
    };
  }
}

function* withNews(trackCount: number, seed: number) {
  let artists = 0;
  for (const track of generatedTracks(trackCount, seed)) {
    const isNewArtist = track.album.artist.index === artists;
    if (isNewArtist) artists++;
    yield { track, isNewArtist } satisfies { track: GeneratedTrack; isNewArtist: boolean };
  }
}

// Bucket after bucket, as a catalogue is read: numbers within a bucket ascend, ids over all buckets do not.

export function generatedTrackId(index: number, trackCount: number): TrackId {
  return idOf<TrackId>(index, trackCount, 0);
}

function albumId(index: number, trackCount: number): AlbumId {
  return idOf<AlbumId>(index, trackCount, ALBUM_SEQ);
}

function artistId(index: number, trackCount: number): ArtistId {
  return idOf<ArtistId>(index, trackCount, ARTIST_SEQ);
}

function idOf<Id extends number>(index: number, trackCount: number, firstSeq: number): Id {
  const perBucket = Math.ceil(trackCount / BUCKET_COUNT);
  return catalogId<Id>(firstSeq + 1 + (index % perBucket), Math.floor(index / perBucket));
}

function plays(itemId: TrackId | AlbumId | ArtistId, count: number): SearchChange {
  return { kind: 'plays', itemId, userId: 1 as UserId, count };
}
