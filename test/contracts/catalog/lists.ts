import { describe, expect, test } from 'vitest';
import type { AlbumOrder } from '../../../src/catalog/index.ts';
import type { ArtistId } from '../../../src/core/index.ts';
import { importedTrack } from '../../support/catalog-tracks.ts';
import { type CatalogFactory, NOBODY, stage } from './harness.ts';

export function describeLists(factory: CatalogFactory): void {
  describe('lists', () => {
    const on = stage(factory);

    async function addAlbum(title: string, tags: Parameters<typeof on.add>[1] = {}) {
      const changes = { ...tags, tags: { album: title, artists: ['A'], ...tags?.tags } };
      const id = await on.add(`${title}/1`, changes);
      const [track] = await on.catalog.tracks([id], NOBODY);
      if (!track) throw new Error('the track is there');
      return track;
    }

    async function titles(order: AlbumOrder, page = { offset: 0, count: 50 }, viewer = NOBODY) {
      return (await on.catalog.listAlbums(order, page, viewer)).map(({ title }) => title);
    }

    test('albums are listed by name without article, by artist, by age', async () => {
      await addAlbum('The Zoo', { tags: { artists: ['The Beta'] }, createdAtMs: 3 });
      await addAlbum('Éclair', { tags: { artists: ['Gamma'] }, createdAtMs: 1 });
      await addAlbum('apple', { tags: { artists: ['alpha'] }, createdAtMs: 2 });
      expect(await titles({ kind: 'by-name' })).toEqual(['apple', 'Éclair', 'The Zoo']);
      expect(await titles({ kind: 'by-artist' })).toEqual(['apple', 'The Zoo', 'Éclair']);
      expect(await titles({ kind: 'newest' })).toEqual(['The Zoo', 'apple', 'Éclair']);
    });

    test('a sort name decides the order where one is tagged', async () => {
      await addAlbum('Alpha', { tags: { sortAlbum: 'Zeta' } });
      await addAlbum('Beta');
      expect(await titles({ kind: 'by-name' })).toEqual(['Beta', 'Alpha']);
    });

    test('albums of a span of years, forwards and backwards', async () => {
      for (const year of [1969, 1970, 1975, 1979, 1980]) await addAlbum(`of ${year}`, { tags: { year } });
      await addAlbum('of no year');
      const forwards = ['of 1970', 'of 1975', 'of 1979'];
      expect(await titles({ kind: 'by-year', fromYear: 1970, toYear: 1979 })).toEqual(forwards);
      expect(await titles({ kind: 'by-year', fromYear: 1979, toYear: 1970 })).toEqual(forwards.toReversed());
      const page = { offset: 1, count: 1 };
      expect(await titles({ kind: 'by-year', fromYear: 1979, toYear: 1970 }, page)).toEqual(['of 1975']);
    });

    test('albums and tracks of a genre, however it is spelt', async () => {
      await addAlbum('B', { tags: { genres: ['Hip-Hop'] } });
      const first = await addAlbum('A', { tags: { genres: ['hip-hop', 'Rap'] } });
      await addAlbum('C', { tags: { genres: ['Rock'] } });
      expect(await titles({ kind: 'by-genre', genre: 'HIP-HOP' })).toEqual(['A', 'B']);
      const tracks = await on.catalog.tracksByGenre('rap', { offset: 0, count: 10 }, NOBODY);
      expect(tracks).toEqual([first]);
      expect(await on.catalog.genres()).toEqual([
        { name: 'Hip-Hop', trackCount: 2, albumCount: 2 },
        { name: 'Rap', trackCount: 1, albumCount: 1 },
        { name: 'Rock', trackCount: 1, albumCount: 1 },
      ]);
    });

    test('a genre that nothing has any more is gone', async () => {
      const track = await addAlbum('A', { tags: { genres: ['Polka'] } });
      await on.add('A/1', { tags: { album: 'A', artists: ['A'] }, keepTrackId: track.id });
      expect(await on.catalog.genres()).toEqual([]);
      expect(await titles({ kind: 'by-genre', genre: 'Polka' })).toEqual([]);
    });

    test('albums by what a listener starred, rated and played', async () => {
      const user = await on.harness.addUser('ann');
      const [a, b, c] = [await addAlbum('A'), await addAlbum('B'), await addAlbum('C')];
      await on.catalog.star(user, [{ kind: 'album', id: a.albumId }]);
      on.nowMs += 1;
      await on.catalog.star(user, [{ kind: 'album', id: c.albumId }]);
      await on.catalog.rate(user, { kind: 'album', id: b.albumId }, 5);
      await on.catalog.rate(user, { kind: 'album', id: a.albumId }, 3);
      await on.catalog.recordPlay(user, b.id, 100);
      await on.catalog.recordPlay(user, b.id, 200);
      await on.catalog.recordPlay(user, c.id, 300);
      expect(await titles({ kind: 'starred' }, undefined, user)).toEqual(['C', 'A']);
      expect(await titles({ kind: 'highest' }, undefined, user)).toEqual(['B', 'A']);
      expect(await titles({ kind: 'frequent' }, undefined, user)).toEqual(['B', 'C']);
      expect(await titles({ kind: 'recent' }, undefined, user)).toEqual(['C', 'B']);
      const other = await on.harness.addUser('bob');
      expect(await titles({ kind: 'frequent' }, undefined, other)).toEqual([]);
    });

    test('pages follow each other without overlap or gap, from any offset', async () => {
      for (let index = 0; index < 23; index++) await addAlbum(`album ${String(index).padStart(2, '0')}`);
      const all = await titles({ kind: 'by-name' });
      expect(all).toHaveLength(23);
      const paged = [];
      for (let offset = 0; offset < 23; offset += 5) {
        paged.push(...(await titles({ kind: 'by-name' }, { offset, count: 5 })));
      }
      expect(paged).toEqual(all);
      expect(await titles({ kind: 'by-name' }, { offset: 17, count: 3 })).toEqual(all.slice(17, 20));
      expect(await titles({ kind: 'by-name' }, { offset: 23, count: 3 })).toEqual([]);
      expect(await titles({ kind: 'by-name' }, { offset: 999, count: 3 })).toEqual([]);
      expect(await titles({ kind: 'by-name' }, { offset: 0, count: 0 })).toEqual([]);
    });

    test('who reads on while albums arrive misses and repeats nothing', async () => {
      for (const name of ['b', 'd', 'f', 'h']) await addAlbum(name);
      const first = await titles({ kind: 'by-name' }, { offset: 0, count: 2 });
      await addAlbum('a');
      await addAlbum('c');
      const second = await titles({ kind: 'by-name' }, { offset: 2, count: 2 });
      expect([...first, ...second]).toEqual(['b', 'd', 'f', 'h']);
      on.nowMs += 3_600_000;
      expect(await titles({ kind: 'by-name' }, { offset: 2, count: 2 })).toEqual(['c', 'd']);
    });

    test('a starred item that is not there takes no place in a page', async () => {
      const user = await on.harness.addUser('ann');
      const tracks = [];
      for (const name of ['a', 'b', 'c', 'd']) {
        const track = await addAlbum(name);
        tracks.push(track);
        on.nowMs += 1;
        await on.catalog.star(user, [{ kind: 'album', id: track.albumId }]);
      }
      if (tracks[2]) await on.catalog.removeTrack(tracks[2].id);
      expect(await titles({ kind: 'starred' }, { offset: 0, count: 2 }, user)).toEqual(['d', 'b']);
      expect(await titles({ kind: 'starred' }, { offset: 2, count: 2 }, user)).toEqual(['a']);
    });

    test('everything is paged in one stable order', async () => {
      for (let index = 0; index < 12; index++)
        await addAlbum(`${index}`, { tags: { artists: [`${index}`] } });
      for (const list of ['everyTrack', 'everyAlbum', 'everyArtist'] as const) {
        const all = await on.catalog[list]({ offset: 0, count: 50 }, NOBODY);
        expect(all).toHaveLength(12);
        const paged = [
          ...(await on.catalog[list]({ offset: 0, count: 7 }, NOBODY)),
          ...(await on.catalog[list]({ offset: 7, count: 7 }, NOBODY)),
        ];
        expect(paged).toEqual(all);
      }
    });

    test('random lists draw what there is, each once', async () => {
      for (let index = 0; index < 20; index++) {
        await addAlbum(`${index}`, { tags: { year: 1990 + index, genres: [index % 2 ? 'odd' : 'even'] } });
      }
      const albums = await titles({ kind: 'random' }, { offset: 0, count: 8 });
      expect(new Set(albums).size).toBe(8);
      const all = await on.catalog.randomTracks({ count: 50 }, NOBODY);
      expect(new Set(all.map(({ id }) => id)).size).toBe(20);
      const again = await on.catalog.randomTracks({ count: 50 }, NOBODY);
      expect(again.map(({ id }) => id)).not.toEqual(all.map(({ id }) => id));
      const filter = { count: 50, genre: 'Odd', fromYear: 1995, toYear: 2000 };
      const years = (await on.catalog.randomTracks(filter, NOBODY)).map(({ year }) => year);
      expect(new Set(years)).toEqual(new Set([1995, 1997, 1999]));
    });

    test('top tracks are the most played by everyone', async () => {
      const [ann, bob] = [await on.harness.addUser('ann'), await on.harness.addUser('bob')];
      const [once, twice] = [await addAlbum('once'), await addAlbum('twice')];
      await addAlbum('never');
      await on.catalog.recordPlay(ann, twice.id, 1);
      await on.catalog.recordPlay(bob, twice.id, 1);
      await on.catalog.recordPlay(ann, once.id, 2);
      const artist = (await on.catalog.artistByName('A')) as ArtistId;
      const top = await on.catalog.topTracks(artist, 2, NOBODY);
      expect(top.map(({ id }) => id)).toEqual([twice.id, once.id]);
      expect(await on.catalog.topTracks(artist, 10, NOBODY)).toHaveLength(3);
    });

    test('similar tracks share genre and time, and are of other artists', async () => {
      const seed = await addAlbum('seed', { tags: { artists: ['S'], genres: ['Jazz'], year: 1960 } });
      await addAlbum('own', { tags: { artists: ['S'], genres: ['Jazz'], year: 1960 } });
      const near = await addAlbum('near', { tags: { artists: ['N'], genres: ['Jazz'], year: 1961 } });
      const far = await addAlbum('far', { tags: { artists: ['F'], genres: ['Jazz'], year: 2010 } });
      await addAlbum('rock', { tags: { artists: ['R'], genres: ['Rock'], year: 1960 } });
      const similar = await on.catalog.similarTracks({ kind: 'track', id: seed.id }, 10, NOBODY);
      expect(similar.map(({ id }) => id)).toEqual([near.id, far.id]);
      expect(await on.catalog.similarTracks({ kind: 'track', id: seed.id }, 10, NOBODY)).toEqual(similar);
      expect(await on.catalog.similarTracks({ kind: 'album', id: seed.albumId }, 1, NOBODY)).toHaveLength(1);
      const timeless = await addAlbum('timeless', { tags: { artists: ['T'], genres: ['jazz'] } });
      const all = await on.catalog.similarTracks({ kind: 'track', id: seed.id }, 10, NOBODY);
      expect(all.map(({ id }) => id)).toContain(timeless.id);
      const artist = seed.artists[0]?.id as ArtistId;
      const artists = await on.catalog.similarArtists(artist, 10, NOBODY);
      expect(new Set(artists.map(({ name }) => name))).toEqual(new Set(['N', 'F', 'T']));
    });

    test('libraries are listed apart and together', async () => {
      const other = await on.otherLibrary();
      const tags = { artists: ['A'], genres: ['Rock'], year: 2000 };
      await on.add('1', { tags: { ...tags, album: 'bb' } });
      await on.add('2', { tags: { ...tags, album: 'dd' } });
      await on.catalog.importTrack(
        importedTrack(other, '1', { tags: { ...tags, album: 'aa' }, content: 'x' }),
      );
      await on.catalog.importTrack(
        importedTrack(other, '2', { tags: { ...tags, album: 'cc' }, content: 'y' }),
      );
      expect(await on.catalog.libraries()).toEqual([
        { id: on.libraryId, name: 'Music', number: 1 },
        { id: other.libraryId, name: 'Other', number: 2 },
      ]);
      expect(await titles({ kind: 'by-name' })).toEqual(['aa', 'bb', 'cc', 'dd']);
      expect(await titles({ kind: 'by-name' }, { offset: 1, count: 2 })).toEqual(['bb', 'cc']);
      const own = await on.catalog.listAlbums(
        { kind: 'by-name' },
        { offset: 0, count: 9 },
        NOBODY,
        other.libraryId,
      );
      expect(own.map(({ title }) => title)).toEqual(['aa', 'cc']);
      expect(await on.catalog.allArtists(NOBODY)).toMatchObject([{ albumCount: 4 }]);
      expect(await on.catalog.allArtists(NOBODY, other.libraryId)).toMatchObject([{ albumCount: 2 }]);
      expect(await on.catalog.everyArtist({ offset: 0, count: 9 }, NOBODY)).toHaveLength(1);
      const random = await on.catalog.randomTracks({ count: 9, libraryId: on.libraryId }, NOBODY);
      expect(random.map(({ album }) => album).sort()).toEqual(['bb', 'dd']);
      expect(await on.catalog.counts()).toEqual({ tracks: 4, albums: 4, artists: 1 });
    });
  });
}
