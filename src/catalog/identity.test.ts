import { expect, test } from 'vitest';
import { bareTags } from '../../test/support/bare-tags.ts';
import type { LibraryId } from '../core/index.ts';
import type { TrackTags } from './port.ts';
import {
  albumIdentities,
  artistIdentities,
  taggedCredits,
  UNKNOWN_ARTIST,
  VARIOUS_ARTISTS,
} from './identity.ts';

const library = 'a'.repeat(32) as LibraryId;

test('sort names and ids belong to names only where there are as many', () => {
  const paired = taggedCredits({ ...bareTags, artists: ['A', 'B'], sortArtists: ['a', 'b'] });
  expect(paired.artists).toEqual([
    { name: 'A', sortName: 'a' },
    { name: 'B', sortName: 'b' },
  ]);
  const unpaired = taggedCredits({ ...bareTags, artists: ['A', 'B'], musicBrainzArtistIds: ['id'] });
  expect(unpaired.artists).toEqual([{ name: 'A' }, { name: 'B' }]);
});

test('an artist named twice is credited once', () => {
  expect(taggedCredits({ ...bareTags, artists: ['Ann', 'ANN'] }).artists).toEqual([{ name: 'Ann' }]);
});

test('the album artist is the tagged one, else Various Artists of a compilation, else the first artist', () => {
  const artists = ['A', 'B'];
  expect(taggedCredits({ ...bareTags, artists, albumArtists: ['C'] }).displayAlbumArtist).toBe('C');
  expect(taggedCredits({ ...bareTags, artists, isCompilation: true }).displayAlbumArtist).toBe(
    VARIOUS_ARTISTS,
  );
  expect(taggedCredits({ ...bareTags, artists }).displayAlbumArtist).toBe('A');
  expect(taggedCredits(bareTags).displayAlbumArtist).toBe(UNKNOWN_ARTIST);
});

test('what is printed stands for names that are not tagged apart', () => {
  const credits = taggedCredits({ ...bareTags, displayArtist: 'A feat. B' });
  expect(credits).toMatchObject({ artists: [{ name: 'A feat. B' }], displayArtist: 'A feat. B' });
});

test('an artist is known by MusicBrainz id and by folded name', () => {
  const id = 'ABCDEF00-0000-4000-8000-000000000000';
  const both = artistIdentities({ name: 'Björk', musicBrainzId: id });
  expect(both).toHaveLength(2);
  expect(both[0]).toBe(artistIdentities({ name: 'x', musicBrainzId: id.toLowerCase() })[0]);
  expect(both[1]).toBe(artistIdentities({ name: 'bjork' })[0]);
});

test('a release date tells albums of one name apart, a plain year does not', () => {
  const of = (tags: Partial<TrackTags>) =>
    albumIdentities(library, { ...bareTags, album: 'X', ...tags }, [{ name: 'A' }]);
  expect(of({ releaseDate: '1994-05-10' })).not.toEqual(of({ releaseDate: '2001' }));
  expect(of({ releaseDate: '1994-05-10' })).toEqual(of({ releaseDate: '1994' }));
  expect(of({ year: 1999 })).toEqual(of({ year: 2000 }));
});

test('loose files of one artist are one album whatever their dates', () => {
  const of = (releaseDate: string) => albumIdentities(library, { ...bareTags, releaseDate }, [{ name: 'A' }]);
  expect(of('1999')).toEqual(of('2000'));
});

test('equal albums of two libraries are two', () => {
  const tags = { ...bareTags, album: 'X', musicBrainzReleaseId: 'r' };
  const other = 'b'.repeat(32) as LibraryId;
  const [here, there] = [albumIdentities(library, tags, []), albumIdentities(other, tags, [])];
  expect(here.some((identity) => there.includes(identity))).toBe(false);
});

test('a name cannot pretend to be another kind of identity', () => {
  const tricky = { ...bareTags, album: 'X', year: 1 };
  const one = albumIdentities(library, tricky, [{ name: 'A' }, { name: 'B' }]);
  const two = albumIdentities(library, tricky, [{ name: 'A\u0001B' }]);
  expect(one).not.toEqual(two);
});
