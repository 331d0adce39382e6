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
import { seededRandom } from '../../test/support/random.ts';
import { type GeneratedTrack, generatedTracks } from './generated-music.ts';

const libraryIds = ['1'.repeat(32) as LibraryId];
const coverAssetId = '2'.repeat(32) as AssetId;

interface NumberedTrack extends GeneratedTrack {
  readonly id: TrackId;
  /** Where this is the first track of theirs. */
  readonly newAlbumId?: AlbumId;
  readonly newArtistId?: ArtistId;
}

function* numberedTracks(count: number): Generator<NumberedTrack> {
  let items = 0;
  let [albums, artists] = [0, 0];
  const nextId = <Id extends number>(): Id => catalogId<Id>(++items, items % BUCKET_COUNT);
  for (const track of generatedTracks(count)) {
    const { album } = track;
    // Both are numbered in the order in which they first appear.
    const isNewArtist = album.artist.index === artists;
    const isNewAlbum = album.index === albums;
    if (isNewArtist) artists++;
    if (isNewAlbum) albums++;
    yield {
      ...track,
      id: nextId(),
      ...(isNewAlbum && { newAlbumId: nextId<AlbumId>() }),
      ...(isNewArtist && { newArtistId: nextId<ArtistId>() }),
    };
  }
}

/** Generated music as a catalogue tells a search index of it: plays, then what was played. */
export async function* generatedChanges(trackCount: number): AsyncGenerator<SearchChange> {
  for (const { id, newAlbumId, newArtistId, playCount, album } of numberedTracks(trackCount)) {
    if (playCount > 0) yield plays(id, playCount);
    if (newAlbumId && album.playCount > 0) yield plays(newAlbumId, album.playCount);
    if (newArtistId && album.artist.playCount > 0) yield plays(newArtistId, album.artist.playCount);
  }
  for (const track of numberedTracks(trackCount)) yield* itemsOf(track);
}

function plays(itemId: TrackId | AlbumId | ArtistId, count: number): SearchChange {
  return { kind: 'plays', itemId, userId: 1 as UserId, count };
}

function* itemsOf(track: NumberedTrack): Generator<SearchChange> {
  const { id, newAlbumId, newArtistId, title, displayArtist, album, durationMs } = track;
  const { artist } = album;
  if (newArtistId) {
    yield {
      kind: 'upsert',
      record: { kind: 'artist', id: newArtistId, libraryIds, title: artist.name, artist: '', album: '' },
    };
  }
  const shown = { libraryIds, coverAssetId };
  if (newAlbumId) {
    yield {
      kind: 'upsert',
      record: { kind: 'album', id: newAlbumId, title: album.title, artist: artist.name, album: '', ...shown },
    };
  }
  yield {
    kind: 'upsert',
    record: { kind: 'track', id, title, artist: displayArtist, album: album.title, durationMs, ...shown },
  };
}

export type TextKind = 'one word' | 'several words' | 'mistyped';

export interface SearchText {
  readonly kind: TextKind;
  readonly text: string;
}

const SEVERAL_WORDS_SHARE = 0.4;
const MISTYPED_SHARE = 0.1;
const MIN_MISTYPED = /^\p{Lu}\p{Ll}{4,}$/u;

/**
 * What people have typed at some moment: of a word of a title, or of one and a word of the artist, so many
 * characters; one in ten a longer word, in full, with a mistake. All about tracks that are there.
 */
export function searchTexts(trackCount: number, count: number): SearchText[] {
  const random = seededRandom(2);
  const below = (end: number) => Math.floor(random() * end);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  };
  const tracks = Array.from(generatedTracks(trackCount)).filter(() => random() < (2 * count) / trackCount);
  const longWords = tracks.flatMap(({ title }) => title.split(' ').filter((word) => MIN_MISTYPED.test(word)));
  return Array.from({ length: count }, () => {
    if (random() < MISTYPED_SHARE) return { kind: 'mistyped', text: mistyped(pick(longWords), below) };
    const { title, displayArtist } = pick(tracks);
    const words = [pick(title.split(' '))];
    if (random() < SEVERAL_WORDS_SHARE) words.push(pick(displayArtist.split(' ')));
    const characters = Array.from(words.join(' '));
    const text = characters
      .slice(0, 1 + below(characters.length))
      .join('')
      .trimEnd();
    return { kind: text.includes(' ') ? 'several words' : 'one word', text };
  });
}

function mistyped(word: string, below: (end: number) => number): string {
  const at = 1 + below(word.length - 2);
  const [before, after] = [word.slice(0, at), word.slice(at + 1)];
  switch (below(3)) {
    case 0:
      return before + after;
    case 1:
      return `${before}q${after}`;
    default:
      return `${before}${after.charAt(0)}${word.charAt(at)}${after.slice(1)}`;
  }
}
