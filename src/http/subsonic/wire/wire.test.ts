import { describe, expect, it } from 'vitest';
import type { ArtistView, TrackView } from '../../../catalog/index.ts';
import type { AlbumId, ArtistId, AssetId, LibraryId, TrackId } from '../../../core/index.ts';
import { trackChild } from './child.ts';
import { coverArtId, parseCoverArtId } from './cover-id.ts';
import { groupByInitial } from './indexes.ts';
import { itemDate } from './item-date.ts';

const track: TrackView = {
  id: 1024 as TrackId,
  libraryId: '00'.repeat(16) as LibraryId,
  title: 'Sæglópur',
  album: 'Takk…',
  albumId: 2048 as AlbumId,
  displayArtist: 'Sigur Rós',
  artists: [{ id: 3072 as ArtistId, name: 'Sigur Rós' }],
  displayAlbumArtist: 'Sigur Rós',
  albumArtists: [],
  composers: ['A', 'B'],
  genres: [],
  durationMs: 458_499,
  isrcs: [],
  replayGain: { trackGainDb: -7.5 },
  hasLyrics: false,
  lengthBytes: 5,
  mediaType: 'audio/flac',
  suffix: 'flac',
  createdAtMs: 0,
  playCount: 0,
};

describe('a track on the wire', () => {
  it('has every field that Clef can fill, empty where the tags are', () => {
    expect(trackChild(track)).toMatchObject({
      id: 'tr-sg',
      parent: 'al-1kw',
      artistId: 'ar-2dc',
      isDir: false,
      duration: 458,
      created: '1970-01-01T00:00:00.000Z',
      bpm: 0,
      comment: '',
      sortName: '',
      musicBrainzId: '',
      isrc: [],
      genres: [],
      displayComposer: 'A, B',
      replayGain: { trackGain: -7.5 },
      mediaType: 'song',
    });
    expect(JSON.parse(JSON.stringify(trackChild(track)))).not.toHaveProperty('year');
  });

  it('has a path made of tags, with no way out of its folder', () => {
    expect(trackChild({ ...track, discNumber: 2, trackNumber: 3 }).path).toBe(
      'Sigur Rós/Takk…/2-03 - Sæglópur.flac',
    );
    expect(trackChild({ ...track, displayAlbumArtist: '..', album: 'a/b\\c\n', title: '' }).path).toBe(
      '_/a_b_c_/_.flac',
    );
  });
});

describe('an index of artists', () => {
  const artist = (name: string, sortName?: string): ArtistView => ({
    id: 1 as ArtistId,
    name,
    ...(sortName === undefined ? {} : { sortName }),
    albumCount: 1,
    roles: [],
    playCount: 0,
  });

  it('goes by the first letter, without articles and accents, signs last', () => {
    const names = [
      '2 Mello',
      'The Beatles',
      'Björk',
      'Édith Piaf',
      'Les',
      'кино',
      '김윤아',
      '林子祥',
      ' ',
      'The The',
    ];
    expect(
      groupByInitial(names.map((name) => artist(name))).map(({ name, artists }) => [
        name,
        artists.map((a) => a.name),
      ]),
    ).toEqual([
      ['B', ['The Beatles', 'Björk']],
      ['E', ['Édith Piaf']],
      ['L', ['Les']],
      ['T', ['The The']],
      ['К', ['кино']],
      ['ᄀ', ['김윤아']],
      ['#', ['2 Mello', '林子祥', ' ']],
    ]);
  });

  it('goes by the sort name where there is one', () => {
    expect(groupByInitial([artist('David Bowie', 'Bowie, David')]).map(({ name }) => name)).toEqual(['B']);
  });
});

describe('dates from tags', () => {
  it.each([
    ['2001-03-10', { year: 2001, month: 3, day: 10 }],
    ['2001-03', { year: 2001, month: 3, day: undefined }],
    ['2001', { year: 2001, month: undefined, day: undefined }],
    ['2001-13-40', { year: 2001, month: undefined, day: undefined }],
    ['2001-03-10T12:00:00Z', { year: 2001, month: 3, day: 10 }],
    ['spring', {}],
    [undefined, {}],
  ])('%s', (text, expected) => {
    expect(itemDate(text)).toEqual(expected);
  });
});

describe('a coverArt id', () => {
  it('names an asset and nothing else', () => {
    const asset = 'ab'.repeat(16) as AssetId;
    expect(parseCoverArtId(coverArtId(asset))).toBe(asset);
    for (const wrong of ['cv-', asset, 'cv-../../x', `cv-${asset}0`, `al-${asset}`]) {
      expect(parseCoverArtId(wrong)).toBeUndefined();
    }
  });
});
