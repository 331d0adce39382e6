import { describe, expect, test } from 'vitest';
import { UNKNOWN_ALBUM, UNKNOWN_ARTIST, VARIOUS_ARTISTS } from '../../../src/catalog/index.ts';
import type { AlbumId, ArtistId } from '../../../src/core/index.ts';
import { importedTrack, labelId, storedAsset } from '../../support/catalog-tracks.ts';
import { type CatalogFactory, NOBODY, stage } from './harness.ts';

const EVERYTHING = { offset: 0, count: 100 };

export function describeAlbumsAndArtists(factory: CatalogFactory): void {
  describe('albums and artists', () => {
    const on = stage(factory);

    async function album(title: string) {
      const albums = await on.catalog.everyAlbum(EVERYTHING, NOBODY);
      return albums.find((one) => one.title === title);
    }

    async function trackOf(path: string, changes: Parameters<typeof on.add>[1]) {
      const id = await on.add(path, changes);
      const [track] = await on.catalog.tracks([id], NOBODY);
      if (!track) throw new Error('the track is there');
      return track;
    }

    test('a track reads back as it was imported', async () => {
      const track = await trackOf('a.flac', {
        tags: {
          title: 'Só danço samba',
          album: 'Getz/Gilberto',
          displayArtist: 'Stan Getz & João Gilberto',
          artists: ['Stan Getz', 'João Gilberto'],
          albumArtists: ['Stan Getz', 'João Gilberto'],
          composers: ['Antônio Carlos Jobim'],
          discNumber: 1,
          trackNumber: 5,
          year: 1964,
          genres: ['Bossa Nova', 'Jazz'],
          bpm: 120.5,
          isrcs: ['USVG16400001'],
          replayGain: { trackGainDb: -7.5, trackPeak: 0.98 },
        },
        cover: 'getz',
        durationMs: 213_000,
      });
      expect(track).toEqual({
        id: track.id,
        libraryId: on.libraryId,
        title: 'Só danço samba',
        album: 'Getz/Gilberto',
        albumId: track.albumId,
        displayArtist: 'Stan Getz & João Gilberto',
        artists: [
          { id: expect.any(Number) as unknown, name: 'Stan Getz' },
          { id: expect.any(Number) as unknown, name: 'João Gilberto' },
        ],
        displayAlbumArtist: 'Stan Getz, João Gilberto',
        albumArtists: track.artists,
        composers: ['Antônio Carlos Jobim'],
        discNumber: 1,
        trackNumber: 5,
        year: 1964,
        genres: ['Bossa Nova', 'Jazz'],
        durationMs: 213_000,
        bitRateKbps: 900,
        sampleRateHz: 44_100,
        bitDepth: 16,
        channelCount: 2,
        bpm: 120.5,
        isrcs: ['USVG16400001'],
        replayGain: { trackGainDb: -7.5, trackPeak: 0.98 },
        hasLyrics: false,
        lengthBytes: 1_000,
        mediaType: 'audio/flac',
        suffix: 'flac',
        coverAssetId: labelId('asset cover getz'),
        createdAtMs: 1_000,
        playCount: 0,
      });
    });

    test('an album sums up its tracks', async () => {
      const tags = { album: 'Blue', artists: ['Joni Mitchell'], year: 1971, recordLabels: ['Reprise'] };
      await on.add('1.flac', { tags: { ...tags, trackNumber: 1, genres: ['Folk'] }, cover: 'blue' });
      await on.add('2.flac', { tags: { ...tags, trackNumber: 2, genres: ['Folk', 'Pop'] }, cover: 'blue' });
      await on.add('3.flac', { tags: { ...tags, trackNumber: 3, genres: ['Folk'] }, cover: 'odd one' });
      expect(await album('Blue')).toMatchObject({
        displayArtist: 'Joni Mitchell',
        year: 1971,
        recordLabels: ['Reprise'],
        genres: ['Folk', 'Pop'],
        trackCount: 3,
        durationMs: 540_000,
        coverAssetId: labelId('asset cover blue'),
      });
    });

    test('an album lists its tracks by disc, number and title', async () => {
      const tags = { album: 'Box', artists: ['Band'] };
      await on.add('1', { tags: { ...tags, title: 'last', discNumber: 2, trackNumber: 1 } });
      await on.add('2', { tags: { ...tags, title: 'second', discNumber: 1, trackNumber: 10 } });
      await on.add('3', { tags: { ...tags, title: 'first', discNumber: 1, trackNumber: 9 } });
      await on.add('4', { tags: { ...tags, title: 'unnumbered', discNumber: 1 } });
      const id = (await album('Box'))?.id as AlbumId;
      const titles = (await on.catalog.albumTracks(id, NOBODY)).map(({ title }) => title);
      expect(titles).toEqual(['first', 'second', 'unnumbered', 'last']);
    });

    test('names that fold alike are one artist, under the spelling most used', async () => {
      const one = await trackOf('1', { tags: { artists: ['Bjork'] } });
      const two = await trackOf('2', { tags: { artists: ['Björk'] } });
      await trackOf('3', { tags: { artists: ['Björk'] } });
      expect(one.artists[0]?.id).toBe(two.artists[0]?.id);
      expect(one.artists[0]?.name).toBe('Bjork');
      const id = two.artists[0]?.id as ArtistId;
      expect(await on.catalog.artists([id], NOBODY)).toMatchObject([{ name: 'Björk' }]);
      expect(await on.catalog.artistByName('BJÖRK')).toBe(id);
    });

    test('a MusicBrainz id and the bare name meet in one artist, two ids of one name are two', async () => {
      const [first, second] = [
        '5b11f4ce-a62d-471e-81fc-a69a8278c7da',
        '9282c8b4-ca0b-4c6b-b7e3-4f7762dfc4d6',
      ];
      const bare = await trackOf('1', { tags: { artists: ['Nirvana'] } });
      const american = await trackOf('2', { tags: { artists: ['Nirvana'], musicBrainzArtistIds: [first] } });
      const british = await trackOf('3', { tags: { artists: ['Nirvana'], musicBrainzArtistIds: [second] } });
      const again = await trackOf('4', { tags: { artists: ['Nirvana'] } });
      expect(american.artists[0]?.id).toBe(bare.artists[0]?.id);
      expect(again.artists[0]?.id).toBe(bare.artists[0]?.id);
      expect(british.artists[0]?.id).not.toBe(bare.artists[0]?.id);
      expect(await on.catalog.artists([american.artists[0]?.id as ArtistId], NOBODY)).toMatchObject([
        { musicBrainzArtistId: first },
      ]);
    });

    test('albums are told apart by album artist, title and year of release', async () => {
      const paths = [
        { album: 'Weezer', artists: ['Weezer'], releaseDate: '1994-05-01' },
        { album: 'Weezer', artists: ['Weezer'], releaseDate: '2001-05-01' },
        { album: 'weezer', artists: ['WEEZER'], releaseDate: '2001' },
        { album: 'Weezer', artists: ['Cover Band'], releaseDate: '2001' },
      ];
      for (const [index, tags] of paths.entries()) await on.add(`${index}`, { tags });
      expect(await on.catalog.everyAlbum(EVERYTHING, NOBODY)).toHaveLength(3);
    });

    test('a soundtrack whose songs bear their own years is one album', async () => {
      for (const year of [2005, 2008, 2013]) {
        await on.add(`${year}`, {
          tags: { album: 'OST', artists: [`Composer ${year}`], albumArtists: ['Project'], year },
        });
      }
      expect(await on.catalog.everyAlbum(EVERYTHING, NOBODY)).toHaveLength(1);
    });

    test('a guest on one song does not part it from its album', async () => {
      const one = await trackOf('1', { tags: { album: 'X', artists: ['Singer'] } });
      const two = await trackOf('2', { tags: { album: 'X', artists: ['Singer', 'Guest'] } });
      expect(two.albumId).toBe(one.albumId);
    });

    test('a compilation without album artist is filed under Various Artists', async () => {
      const tags = { album: 'Hits', isCompilation: true, year: 1999 };
      const one = await trackOf('1', { tags: { ...tags, artists: ['A'] } });
      const two = await trackOf('2', { tags: { ...tags, artists: ['B'] } });
      expect(two.albumId).toBe(one.albumId);
      expect(await album('Hits')).toMatchObject({ displayArtist: VARIOUS_ARTISTS, isCompilation: true });
    });

    test('a MusicBrainz release is one album whatever its tracks call it', async () => {
      const release = '76df3287-6cda-33eb-8e9a-044b5e15ffdd';
      const one = await trackOf('1', {
        tags: { album: 'Name', artists: ['A'], musicBrainzReleaseId: release },
      });
      const two = await trackOf('2', {
        tags: { album: 'Nom', artists: ['B'], musicBrainzReleaseId: release },
      });
      expect(two.albumId).toBe(one.albumId);
      expect(await album('Name')).toMatchObject({ trackCount: 2, musicBrainzReleaseId: release });
    });

    test('an untagged file has a title, an artist and an album all the same', async () => {
      expect(await trackOf('file name', {})).toMatchObject({
        title: 'file name',
        album: UNKNOWN_ALBUM,
        displayArtist: UNKNOWN_ARTIST,
        displayAlbumArtist: UNKNOWN_ARTIST,
      });
    });

    test('an artist lists own albums by age, then those they appear on', async () => {
      const own = { artists: ['Miles'], albumArtists: ['Miles'] };
      await on.add('1', { tags: { ...own, album: 'Newer', year: 1970 } });
      await on.add('2', { tags: { ...own, album: 'Older', year: 1959 } });
      await on.add('3', {
        tags: { artists: ['Miles'], albumArtists: ['Other'], album: 'Guest', year: 1950 },
      });
      const id = (await on.catalog.artistByName('miles')) as ArtistId;
      const titles = (await on.catalog.artistAlbums(id, NOBODY)).map(({ title }) => title);
      expect(titles).toEqual(['Older', 'Newer', 'Guest']);
      expect(await on.catalog.artists([id], NOBODY)).toMatchObject([
        { albumCount: 2, roles: ['artist', 'albumartist'] },
      ]);
    });

    test('composers and guests are artists, and are not among the album artists', async () => {
      const tags = { artists: ['The Band', 'Guest'], albumArtists: ['The Band'], composers: ['Composer'] };
      await on.add('1', { tags: { ...tags, album: 'X' } });
      await on.add('2', { tags: { artists: ['Abba'], album: 'Y' } });
      const all = await on.catalog.allArtists(NOBODY);
      expect(all.map(({ name }) => name)).toEqual(['Abba', 'The Band']);
      expect(await on.catalog.listArtists(EVERYTHING, NOBODY)).toEqual(all);
      const every = await on.catalog.everyArtist(EVERYTHING, NOBODY);
      expect(every.map(({ name }) => name).sort()).toEqual(['Abba', 'Composer', 'Guest', 'The Band']);
      expect(await on.catalog.counts()).toEqual({ tracks: 2, albums: 2, artists: 4 });
    });

    test('album artists in pages are the same as all at once, and each letter says where it begins', async () => {
      for (const name of ['Ärzte', 'Abba', '2Pac', 'Беларусь', 'The Band', 'Élan', '…', 'Air Supply']) {
        await on.add(name, { tags: { artists: [name], albumArtists: [name], album: 'X' } });
        await on.add(`${name} 2`, {
          tags: { artists: [`Guest of ${name}`], albumArtists: [name], album: 'X' },
        });
      }
      const all = await on.catalog.allArtists(NOBODY);
      const pages = [];
      for (let offset = 0; offset < all.length + 3; offset += 3)
        pages.push(...(await on.catalog.listArtists({ offset, count: 3 }, NOBODY)));
      expect(pages).toEqual(all);
      const { count, letters } = await on.catalog.artistLetters();
      expect(count).toBe(all.length);
      expect(letters.map(({ letter, offset }) => [letter, all[offset]?.name])).toEqual([
        ['', '…'],
        ['A', 'Abba'],
        ['B', 'The Band'],
        ['E', 'Élan'],
        ['Б', 'Беларусь'],
      ]);
    });

    test('new tags move a track to another album, and it stays the same track', async () => {
      const user = await on.harness.addUser('ann');
      const before = await trackOf('1', { tags: { album: 'Wrong', artists: ['A'] } });
      await on.add('2', { tags: { album: 'Wrong', artists: ['A'] } });
      await on.catalog.star(user, [{ kind: 'track', id: before.id }]);
      const playlist = await on.catalog.createPlaylist(user, 'list', [before.id]);
      const id = await on.add('1', { tags: { album: 'Right', artists: ['A'] }, keepTrackId: before.id });
      expect(id).toBe(before.id);
      const [after] = await on.catalog.tracks([id], user);
      expect(after).toMatchObject({ album: 'Right', starredAtMs: on.nowMs });
      expect(after?.albumId).not.toBe(before.albumId);
      expect((await on.catalog.playlist(playlist, user))?.trackIds).toEqual([id]);
      expect(await album('Wrong')).toMatchObject({ trackCount: 1 });
      expect(await on.catalog.albumTracks(after?.albumId as AlbumId, NOBODY)).toHaveLength(1);
    });

    test('an album emptied by new tags answers with the one its tracks went to, and gives it its stars', async () => {
      const user = await on.harness.addUser('ann');
      const wrong = await trackOf('1', { tags: { album: 'Wrng', artists: ['Artst'] } });
      await on.catalog.star(user, [
        { kind: 'album', id: wrong.albumId },
        { kind: 'artist', id: wrong.artists[0]?.id as ArtistId },
      ]);
      await on.catalog.recordPlay(user, wrong.id, 5_000);
      const tags = { album: 'Wrong', artists: ['Artist'] };
      const right = await trackOf('1', { tags, keepTrackId: wrong.id });
      const [asked] = await on.catalog.albums([wrong.albumId], user);
      expect(asked).toMatchObject({ id: right.albumId, title: 'Wrong', playCount: 1, starredAtMs: on.nowMs });
      expect(
        await on.catalog.artists(
          wrong.artists.map(({ id }) => id),
          user,
        ),
      ).toMatchObject([{ id: right.artists[0]?.id, name: 'Artist', starredAtMs: on.nowMs }]);
      expect(await on.catalog.albumTracks(wrong.albumId, user)).toHaveLength(1);
      expect(await on.catalog.everyAlbum(EVERYTHING, user)).toHaveLength(1);
      expect(await on.catalog.starred(user)).toMatchObject({ albums: [{ id: right.albumId }] });
    });

    test('an album that gets its tracks back is itself again', async () => {
      const user = await on.harness.addUser('ann');
      const first = await trackOf('1', { tags: { album: 'One', artists: ['A'] } });
      await on.catalog.star(user, [{ kind: 'album', id: first.albumId }]);
      await on.add('1', { tags: { album: 'Two', artists: ['A'] }, keepTrackId: first.id });
      await on.add('1', { tags: { album: 'One', artists: ['A'] }, keepTrackId: first.id });
      const [again] = await on.catalog.albums([first.albumId], user);
      expect(again).toMatchObject({ id: first.albumId, title: 'One', starredAtMs: on.nowMs });
      expect(await on.catalog.everyAlbum(EVERYTHING, user)).toHaveLength(1);
    });

    test('an album whose tracks were removed is hidden, and returns with its id and stars', async () => {
      const user = await on.harness.addUser('ann');
      const before = await trackOf('1', { tags: { album: 'Gone', artists: ['A'] } });
      await on.catalog.star(user, [{ kind: 'album', id: before.albumId }]);
      await on.catalog.removeTrack(before.id);
      expect(await on.catalog.albums([before.albumId], user)).toEqual([]);
      expect(await on.catalog.everyAlbum(EVERYTHING, user)).toEqual([]);
      expect(await on.catalog.allArtists(user)).toEqual([]);
      expect(await on.catalog.starred(user)).toEqual({ tracks: [], albums: [], artists: [] });
      expect(await on.catalog.counts()).toEqual({ tracks: 0, albums: 0, artists: 0 });
      await on.add('2', { tags: { album: 'Gone', artists: ['A'] } });
      expect(await on.catalog.albums([before.albumId], user)).toMatchObject([
        { id: before.albumId, starredAtMs: on.nowMs },
      ]);
    });

    test('unknown ids are left out and the order of the others is kept', async () => {
      const one = await on.add('1');
      const two = await on.add('2');
      const unknown = (one + 1_024) as typeof one;
      const found = await on.catalog.tracks([two, unknown, one], NOBODY);
      expect(found.map(({ id }) => id)).toEqual([two, one]);
      expect(await on.catalog.albums([1 as AlbumId], NOBODY)).toEqual([]);
      expect(await on.catalog.artists([1 as ArtistId], NOBODY)).toEqual([]);
      expect(await on.catalog.albumTracks(1 as AlbumId, NOBODY)).toEqual([]);
      expect(await on.catalog.originalOf(unknown)).toBeUndefined();
      expect(await on.catalog.fileNameOf(unknown)).toBeUndefined();
      expect(await on.catalog.lyricsOf(unknown)).toEqual([]);
    });

    test('a download is called by what the tags say', async () => {
      const id = await on.add('1', { tags: { title: 'Doralice', displayArtist: 'Stan Getz' } });
      const named = { title: 'Doralice', displayArtist: 'Stan Getz', suffix: 'flac' };
      expect(await on.catalog.fileNameOf(id)).toMatchObject(named);
      await on.add('1', { tags: { title: 'Desafinado', displayArtist: 'Stan Getz' }, keepTrackId: id });
      expect(await on.catalog.fileNameOf(id)).toMatchObject({ ...named, title: 'Desafinado' });
    });

    test('lyrics come and go with the tags', async () => {
      const lyrics = [{ language: 'eng', synced: true, lines: [{ startMs: 0, text: 'la' }] }];
      const id = await on.add('1', { tags: { lyrics } });
      expect(await on.catalog.lyricsOf(id)).toEqual(lyrics);
      await on.add('1', { tags: {}, keepTrackId: id });
      expect(await on.catalog.lyricsOf(id)).toEqual([]);
    });

    test('importing the same file again changes nothing, whether its id is known or its answer was lost', async () => {
      const track = importedTrack(on.source, '1', { tags: { album: 'X', genres: ['Rock'] }, cover: 'x' });
      const parentId = track.original.assetId;
      const asset = storedAsset('packets', { libraryId: on.libraryId });
      const whole = { ...track, companions: [{ parentId, kind: 'packet-table', asset } as const] };
      const id = await on.catalog.importTrack(whole);
      const seq = await on.catalog.lastSeq();
      expect(await on.catalog.importTrack({ ...whole, keepTrackId: id })).toBe(id);
      expect(await on.catalog.importTrack(whole)).toBe(id);
      expect(await Promise.all([whole, whole].map((one) => on.catalog.importTrack(one)))).toEqual([id, id]);
      expect(await on.catalog.changesAfter(seq, 100)).toEqual([]);
    });

    test('many imports at once all arrive', async () => {
      const ids = await Promise.all(
        Array.from({ length: 100 }, (_, index) => on.add(`${index}`, { tags: { album: `${index % 5}` } })),
      );
      expect(new Set(ids).size).toBe(100);
      expect(await on.catalog.counts()).toMatchObject({ tracks: 100, albums: 5 });
    });

    test('imports at once that name the same artist, genre and cover agree on them', async () => {
      const names = Array.from({ length: 24 }, (_, index) => `Band ${index}`);
      await Promise.all(
        names.flatMap((name) => {
          const tags = { album: name, albumArtists: [name], artists: [name, 'Guest'], genres: ['Rock'] };
          return [1, 2].map((number) => on.add(`${name} ${number}`, { tags, cover: 'one' }));
        }),
      );
      expect(await on.catalog.counts()).toMatchObject({ tracks: 48, albums: 24, artists: 25 });
      expect(await on.catalog.genres()).toEqual([{ name: 'Rock', trackCount: 48, albumCount: 24 }]);
    });

    test('of imports at once only the one at fault fails', async () => {
      const [own, other] = [await on.add('1'), await on.otherLibrary()];
      const foreign = importedTrack(other, 'x', { keepTrackId: own });
      const results = await Promise.allSettled([on.add('2'), on.catalog.importTrack(foreign), on.add('3')]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await on.catalog.counts()).toMatchObject({ tracks: 3 });
    });
  });
}
