import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wireId } from '../../src/core/index.ts';
import { type GoldenServer, startGoldenServer } from '../support/golden-server.ts';
import { PAGED_ALBUMS } from '../support/golden-tracks.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}
interface Song {
  readonly id: string;
  readonly title: string;
  readonly albumId: string;
  readonly artistId: string;
  readonly path: string;
  readonly coverArt?: string;
}

let server: GoldenServer;
beforeAll(async () => {
  server = await startGoldenServer({ logTimeMs: () => server.clock.nowMs });
});
afterAll(() => server[Symbol.asyncDispose]());

async function songByTitle(title: string): Promise<Song> {
  const track = server.library.tracks.find((candidate) => candidate.title === title);
  if (!track) throw new Error(`no golden track is called ${title}`);
  return (await server.client.get('getSong', { id: wireId('tr', track.id) })).song as Song;
}

describe('browsing', () => {
  it('lists artists under their first letter, without articles', async () => {
    const { artists } = await server.client.get('getArtists');
    expect(artists.ignoredArticles).toContain('The');
    const index = artists.index as { name: string; artist: Named[] }[];
    const named = Object.fromEntries(index.map(({ name, artist }) => [name, artist.map((one) => one.name)]));
    expect(named['B']).toEqual(['The Beetles', 'Bob Ray']);
    expect(named['P']).toEqual(['The Pagers']);
    expect(named['S']).toEqual(['Sigur Rós']);
    expect(named['#']).toContain('林子祥');
    expect(index.at(-1)?.name).toBe('#');
  });

  it('shows a multi-artist album under each of its artists', async () => {
    const song = await songByTitle('Both Of Us');
    const { album } = await server.client.get('getAlbum', { id: song.albumId });
    expect(album.displayArtist).toBe('Ann Lee & Bob Ray');
    const artists = album.artists as Named[];
    expect(artists.map(({ name }) => name)).toEqual(['Ann Lee', 'Bob Ray']);
    for (const { id } of artists) {
      const { artist } = await server.client.get('getArtist', { id });
      expect((artist.album as Named[]).map(({ name }) => name)).toContain('Duets');
    }
  });

  it('keeps discs and their titles apart and in order', async () => {
    const { albumId } = await songByTitle('Hey Dude');
    const { album } = await server.client.get('getAlbum', { id: albumId });
    const songs = album.song as { title: string; discNumber: number }[];
    expect(songs.map(({ title, discNumber }) => [discNumber, title])).toEqual([
      [1, 'Love Me Don’t'],
      [2, 'Let It Flea'],
      [2, 'Hey Dude'],
    ]);
    expect(album.discTitles).toEqual([
      { disc: 1, title: 'Early' },
      { disc: 2, title: 'Late' },
    ]);
  });

  it('walks from folder to artist to album to track, as old players do', async () => {
    const [folder] = (await server.client.get('getMusicFolders')).musicFolders.musicFolder as {
      id: number;
    }[];
    const open = async (id: string) =>
      (await server.client.get('getMusicDirectory', { id })).directory.child as (Song & { isDir: boolean })[];
    const artist = (await open(String(folder?.id))).find(({ title }) => title === 'Sigur Rós');
    const [album] = await open(artist?.id ?? '');
    expect(album).toMatchObject({ title: 'Takk…', isDir: true });
    const songs = await open(album?.id ?? '');
    expect(songs.map(({ title, isDir }) => [title, isDir])).toEqual([
      ['Sæglópur', false],
      ['Hoppípolla', false],
    ]);
  });

  it('sends the index again only where it may have changed', async () => {
    const lastModified = server.scan.lastScanMs ?? 0;
    const { indexes } = await server.client.get('getIndexes', { ifModifiedSince: lastModified });
    expect(indexes).toMatchObject({ lastModified, index: [] });
    const again = await server.client.get('getIndexes', { ifModifiedSince: lastModified - 1 });
    expect(again.indexes.index.length).toBeGreaterThan(3);
  });

  it('says nothing of where files lie', async () => {
    const everything = JSON.stringify(await server.client.get('search3', { query: '', songCount: 500 }));
    expect(everything).not.toContain('secret-folder');
    expect(everything).not.toContain('/music');
    expect((await songByTitle('Sæglópur')).path).toBe('Sigur Rós/Takk…/01 - Sæglópur.wav');
  });
});

describe('lists', () => {
  it('page through all albums, each once, in order', async () => {
    const names: string[] = [];
    for (let offset = 0; ; offset += 20) {
      const { albumList2 } = await server.client.get('getAlbumList2', {
        type: 'alphabeticalByName',
        size: 20,
        offset,
      });
      const page = albumList2.album as Named[];
      names.push(...page.map(({ name }) => name));
      if (page.length < 20) break;
    }
    const pages = names.filter((name) => name.startsWith('Page '));
    expect(pages).toHaveLength(PAGED_ALBUMS);
    expect(new Set(names).size).toBe(names.length);
    expect(pages).toEqual(pages.toSorted());
  });

  it('of years go both ways', async () => {
    const years = async (fromYear: number, toYear: number) => {
      const { albumList2 } = await server.client.get('getAlbumList2', { type: 'byYear', fromYear, toYear });
      return (albumList2.album as { year: number }[]).map(({ year }) => year);
    };
    expect(await years(1950, 1953)).toEqual([1950, 1951, 1952, 1953]);
    expect(await years(1953, 1950)).toEqual([1953, 1952, 1951, 1950]);
  });

  it('never hold more than 500', async () => {
    const { albumList2 } = await server.client.get('getAlbumList2', { type: 'newest', size: 100_000 });
    expect(albumList2.album.length).toBeGreaterThan(PAGED_ALBUMS);
  });

  it('of a genre hold its tracks, a page at a time', async () => {
    const { songsByGenre } = await server.client.get('getSongsByGenre', {
      genre: 'Paging',
      count: 10,
      offset: 60,
    });
    expect(songsByGenre.song).toHaveLength(PAGED_ALBUMS - 60);
  });
});

describe('search', () => {
  it.each([['saeglopur'], ['Sæglópur'], ['sigur hoppip'], ['敢愛'], ['leaf 07']])(
    'finds %s',
    async (query) => {
      const { searchResult3 } = await server.client.get('search3', { query });
      expect(searchResult3.song.length).toBeGreaterThan(0);
    },
  );

  it.each([[''], ['""']])('with the query %j pages through everything, each once', async (query) => {
    const ids: string[] = [];
    for (let songOffset = 0; ; songOffset += 25) {
      const { searchResult3 } = await server.client.get('search3', {
        query,
        songCount: 25,
        songOffset,
        albumCount: 0,
        artistCount: 0,
      });
      expect(searchResult3.album).toEqual([]);
      const page = searchResult3.song as Named[];
      ids.push(...page.map(({ id }) => id));
      if (page.length < 25) break;
    }
    const expected = server.library.tracks.map(({ id }) => wireId('tr', id));
    expect(ids.toSorted()).toEqual(expected.toSorted());
  });
});

describe('what a listener does', () => {
  it('is theirs alone', async () => {
    const { id, albumId, artistId } = await songByTitle('Beach');
    await server.listenerClient.get('star', { id, albumId, artistId });
    await server.listenerClient.get('setRating', { id, rating: 3 });
    const seen = (await server.listenerClient.get('getStarred2')).starred2;
    expect([seen.song.length, seen.album.length, seen.artist.length]).toEqual([1, 1, 1]);
    expect(seen.song[0]).toMatchObject({ id, userRating: 3, starred: '2026-03-04T05:06:07.890Z' });
    expect((await server.client.get('getStarred2')).starred2.song).toEqual([]);
    await server.listenerClient.get('unstar', { id, albumId, artistId });
    await server.listenerClient.get('setRating', { id, rating: 0 });
    expect((await server.listenerClient.get('getStarred2')).starred2).toEqual({
      artist: [],
      album: [],
      song: [],
    });
    expect(await songByTitle('Beach')).not.toHaveProperty('userRating');
  });

  it('counts a play once, however often it is handed in', async () => {
    const { id } = await songByTitle('Sun');
    const time = server.clock.nowMs - 1000;
    await server.listenerClient.get('scrobble', { id: [id, id], time: [String(time), String(time)] });
    await server.listenerClient.get('scrobble', { id, time });
    const { song } = await server.listenerClient.get('getSong', { id });
    expect(song).toMatchObject({ playCount: 1, played: new Date(time).toISOString() });
  });

  it('shows in now playing until the track must be over', async () => {
    const { id } = await songByTitle('Sun');
    await server.listenerClient.get('scrobble', { id, submission: 'false' });
    server.clock.nowMs += 120_000;
    const { nowPlaying } = await server.client.get('getNowPlaying');
    expect(nowPlaying.entry).toMatchObject([{ id, username: 'lena', minutesAgo: 2, playerName: 'test' }]);
    server.clock.nowMs += 600_000;
    expect((await server.client.get('getNowPlaying')).nowPlaying.entry).toEqual([]);
  });

  it('keeps a queue from one player to the next', async () => {
    const [one, two] = [await songByTitle('Sun'), await songByTitle('Beach')];
    const client = server.listenerClient;
    await client.get('savePlayQueue', { id: [two.id, one.id, two.id], current: one.id, position: 4321 });
    const { playQueue } = await client.get('getPlayQueue');
    expect(playQueue).toMatchObject({ current: one.id, position: 4321, username: 'lena', changedBy: 'test' });
    expect((playQueue.entry as Song[]).map(({ title }) => title)).toEqual(['Beach', 'Sun', 'Beach']);
    await client.get('savePlayQueue');
    expect((await client.get('getPlayQueue')).playQueue.entry).toEqual([]);
  });

  it('edits playlists by position', async () => {
    const [one, two, three] = [
      await songByTitle('Sun'),
      await songByTitle('Beach'),
      await songByTitle('Hey Dude'),
    ];
    const client = server.listenerClient;
    const { playlist } = await client.get('createPlaylist', {
      name: 'Mix',
      songId: [one.id, two.id, one.id],
    });
    const id = String(playlist.id);
    expect(playlist).toMatchObject({ name: 'Mix', songCount: 3, owner: 'lena', public: false });
    await client.get('updatePlaylist', {
      playlistId: id,
      name: 'Mix 2',
      songIndexToRemove: ['0', '1'],
      songIdToAdd: [three.id],
    });
    const changed = (await client.get('getPlaylist', { id })).playlist;
    expect(changed).toMatchObject({ name: 'Mix 2', songCount: 2 });
    expect((changed.entry as Song[]).map(({ title }) => title)).toEqual(['Sun', 'Hey Dude']);
    await client.get('createPlaylist', { playlistId: id, songId: [two.id] });
    expect((await client.get('getPlaylist', { id })).playlist).toMatchObject({ name: 'Mix 2', songCount: 1 });
    await client.get('deletePlaylist', { id });
    expect(await client.call('getPlaylist', { id })).toMatchObject({ error: { code: 70 } });
  });
});

describe('lyrics', () => {
  it('come with their times, or without', async () => {
    const timed = await songByTitle('Sæglópur');
    const { lyricsList } = await server.client.get('getLyricsBySongId', { id: timed.id });
    expect(lyricsList.structuredLyrics).toEqual([
      {
        displayArtist: 'Sigur Rós',
        displayTitle: 'Sæglópur',
        lang: 'isl',
        offset: 0,
        synced: true,
        line: [
          { start: 0, value: 'Þú ert mitt sæglópur' },
          { start: 12_340, value: '' },
          { start: 20_000, value: 'Á lífsins <ólgusjó> & "meira"' },
        ],
      },
    ]);
    const { lyrics } = await server.client.get('getLyrics', { artist: 'sigur ros', title: 'hoppipolla' });
    expect(lyrics).toEqual({ artist: 'Sigur Rós', title: 'Hoppípolla', value: 'First line\nSecond line' });
    expect(
      (await server.client.get('getLyrics', { artist: 'Other', title: 'hoppipolla' })).lyrics.value,
    ).toBe('');
  });
});

describe('a track whose tags are edited', () => {
  it('moves to its new album, and keeps id, stars, ratings and places in lists', async () => {
    const before = await songByTitle('Leaf 33');
    const client = server.listenerClient;
    await client.get('star', { id: before.id });
    await client.get('setRating', { id: before.id, rating: 5 });
    await client.get('scrobble', { id: before.id, time: server.clock.nowMs - 5000 });
    const { playlist } = await client.get('createPlaylist', { name: 'Leaves', songId: [before.id] });

    const track = server.library.tracks.find(({ title }) => title === 'Leaf 33');
    if (!track) throw new Error('no golden track is called Leaf 33');
    const id = await server.library.retag(track.id, {
      album: 'Loose Leaves',
      title: 'Leaf of absence',
      displayAlbumArtist: 'Ann Lee',
      albumArtists: ['Ann Lee'],
    });
    expect(wireId('tr', id)).toBe(before.id);

    const { song } = await client.get('getSong', { id: before.id });
    expect(song).toMatchObject({
      title: 'Leaf of absence',
      album: 'Loose Leaves',
      userRating: 5,
      playCount: 1,
      starred: expect.any(String),
    });
    expect(song.albumId).not.toBe(before.albumId);
    const { album } = await client.get('getAlbum', { id: song.albumId });
    expect((album.song as Song[]).map((one) => one.id)).toEqual([before.id]);
    const listed = (await client.get('getPlaylist', { id: String(playlist.id) })).playlist;
    expect(listed.entry).toMatchObject([{ id: before.id, title: 'Leaf of absence' }]);
    expect((await client.get('getStarred2')).starred2.song).toMatchObject([{ id: before.id }]);
    const { albumList2 } = await client.get('getAlbumList2', { type: 'alphabeticalByName', size: 500 });
    const names = (albumList2.album as Named[]).map(({ name }) => name);
    expect(names).toContain('Loose Leaves');
    expect(names).not.toContain('Page 33');
  });
});
