import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiBrowser } from '../../../test/support/api-browser.ts';
import { type GoldenServer, LOGIN_PASSWORD, startGoldenServer } from '../../../test/support/golden-server.ts';
import { PAGED_ALBUMS } from '../../../test/support/golden-tracks.ts';
import { routes } from '../../api/index.ts';
import { wireId } from '../../core/index.ts';

describe('the catalogue in the native API', () => {
  let server: GoldenServer;
  let lena: ApiBrowser;
  let admin: ApiBrowser;
  beforeAll(async () => {
    server = await startGoldenServer({ logTimeMs: () => server.clock.nowMs });
    lena = new ApiBrowser(server.baseUrl);
    await lena.call(routes.signIn, { body: { username: 'lena', password: LOGIN_PASSWORD } });
    admin = new ApiBrowser(server.baseUrl);
    await admin.call(routes.signIn, { body: { username: 'admin', password: LOGIN_PASSWORD } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  function trackIds(...titles: string[]): string[] {
    return titles.map((title) => {
      const found = server.library.tracks.find((track) => track.title === title);
      if (!found) throw new Error(`no golden track is named ${title}`);
      return wireId('tr', found.id);
    });
  }

  async function albumNamed(title: string) {
    const { albums } = await lena.call(routes.albums, { query: { count: '200' } });
    const album = albums.find((candidate) => candidate.title === title);
    if (!album) throw new Error(`no golden album is named ${title}`);
    return album;
  }

  it('counts what there is', async () => {
    const counts = await lena.call(routes.counts, {});
    expect(counts.tracks).toBe(server.library.tracks.length);
    expect(counts.albums).toBeGreaterThan(PAGED_ALBUMS);
  });

  it('pages through albums without overlap or gap, in every order', async () => {
    const all = await lena.call(routes.albums, { query: { count: '1000' } });
    const pages: string[] = [];
    for (let offset = 0; offset < all.albums.length; offset += 25) {
      const page = await lena.call(routes.albums, { query: { offset: String(offset), count: '25' } });
      pages.push(...page.albums.map(({ id }) => id));
    }
    expect(pages).toEqual(all.albums.map(({ id }) => id));
    for (const order of [
      'by-artist',
      'newest',
      'recent',
      'frequent',
      'random',
      'highest',
      'starred',
    ] as const) {
      await lena.call(routes.albums, { query: { order } });
    }
    const genre = await lena.call(routes.albums, { query: { order: 'by-genre', genre: 'Pop' } });
    expect(genre.albums.map(({ title }) => title).sort()).toEqual(['Duets', 'Summer Sampler']);
    const years = { order: 'by-year', fromYear: '2004', toYear: '2006' } as const;
    const { albums } = await lena.call(routes.albums, { query: years });
    expect(albums.map(({ title }) => title)).toContain('Takk…');
    expect(await lena.problem(routes.albums, { query: { order: 'by-year', toYear: '9' } })).toMatchObject({
      code: 'missing-parameter',
      message: 'fromYear in the query is missing',
    });
  });

  it('shows an album with its tracks, discs and credits', async () => {
    const { id } = await albumNamed('The Box Set');
    const { album, tracks } = await lena.call(routes.album, { params: { id } });
    expect(album).toMatchObject({ displayArtist: 'The Beetles', trackCount: 3, year: 1971 });
    expect(album.discTitles).toEqual([
      { disc: 1, title: 'Early' },
      { disc: 2, title: 'Late' },
    ]);
    expect(tracks.map(({ title }) => title)).toEqual(['Love Me Don’t', 'Let It Flea', 'Hey Dude']);
    const unknown = { params: { id: 'al-zzzzzz' } };
    expect(await lena.problem(routes.album, unknown)).toMatchObject({ code: 'not-found', status: 404 });
  });

  it('pages through artists, and says where their letters begin', async () => {
    const { artists } = await lena.call(routes.artists, {});
    const page = await lena.call(routes.artists, { query: { offset: '2', count: '3' } });
    expect(page.artists).toEqual(artists.slice(2, 5));
    const { count, letters } = await lena.call(routes.artistLetters, {});
    expect(count).toBe(artists.length);
    expect(artists[letters.find(({ letter }) => letter === 'S')?.offset ?? 0]?.name).toMatch(/^S/);
  });

  it('shows an artist with albums, favourites of all, and similar ones', async () => {
    const { artists } = await lena.call(routes.artists, {});
    const sigur = artists.find(({ name }) => name === 'Sigur Rós');
    const { artist, albums, topTracks } = await lena.call(routes.artist, {
      params: { id: sigur?.id ?? '' },
    });
    expect(artist.albumCount).toBe(1);
    expect(albums.map(({ title }) => title)).toEqual(['Takk…']);
    expect(topTracks.map(({ title }) => title).sort()).toEqual(['Hoppípolla', 'Sæglópur']);
  });

  it('answers tracks by id in the order and as often as asked, without unknown ones', async () => {
    const [a = '', b = ''] = trackIds('Sæglópur', 'Beach');
    const { tracks } = await lena.call(routes.tracksById, { body: { ids: [b, 'tr-zzzzzz', a, b] } });
    expect(tracks.map(({ id }) => id)).toEqual([b, a, b]);
    expect(tracks[1]).toMatchObject({ replayGain: { trackGainDb: -7.25, albumPeak: 1 }, hasLyrics: true });
  });

  it('lists tracks, those of a genre, and some by chance', async () => {
    const { tracks } = await lena.call(routes.tracks, { query: { count: '1000' } });
    expect(tracks).toHaveLength(server.library.tracks.length);
    const ofGenre = await lena.call(routes.tracks, { query: { genre: 'Rock & Roll' } });
    expect(ofGenre.tracks).toHaveLength(4);
    expect((await lena.call(routes.randomTracks, { query: { count: '5' } })).tracks).toHaveLength(5);
    const { genres } = await lena.call(routes.genres, {});
    expect(genres).toContainEqual({ name: 'Pop', trackCount: 4, albumCount: 2 });
  });

  it('finds by what was typed so far, and nothing for nothing', async () => {
    const found = await lena.call(routes.search, { query: { q: 'saeglo' } });
    expect(found.tracks.map(({ title }) => title)).toEqual(['Sæglópur']);
    expect(found.highlights[found.tracks[0]?.id ?? '']?.title).toEqual([{ start: 0, end: 5 }]);
    const artist = await lena.call(routes.search, { query: { q: 'beetl', count: '1' } });
    expect(artist.artists.map(({ name }) => name)).toEqual(['The Beetles']);
    const nothing = { artists: [], albums: [], tracks: [], highlights: {} };
    for (const q of ['', '  ', '""'])
      expect(await lena.call(routes.search, { query: { q } })).toEqual(nothing);
  });

  it('has lyrics with the times of their lines', async () => {
    const [id = ''] = trackIds('Sæglópur');
    const { lyrics } = await lena.call(routes.lyrics, { params: { id } });
    expect(lyrics[0]).toMatchObject({ language: 'isl', synced: true });
    expect(lyrics[0]?.lines[1]).toEqual({ startMs: 12_340, text: '' });
  });

  it('has covers in the size asked for, which a browser keeps', async () => {
    const { coverId } = await albumNamed('Takk…');
    const path = `/api/v1/covers/${coverId}?size=64`;
    const response = await lena.fetch(path);
    expect(response.headers.get('content-type')).toMatch(/^image\//);
    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    const etag = response.headers.get('etag') ?? '';
    expect((await response.bytes()).length).toBeGreaterThan(50);
    expect((await lena.fetch(path, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetch(server.baseUrl + path)).status).toBe(401);
    expect((await lena.fetch(`/api/v1/covers/${coverId}?size=huge`)).status).toBe(400);
  });

  it('gives out no audio as a cover', async () => {
    const assetId = server.library.tracks[0]?.asset.assetId ?? '';
    expect((await lena.fetch(`/api/v1/covers/${assetId}`)).status).toBe(404);
  });

  it('keeps favourites, ratings and plays for each listener alone', async () => {
    const [id = '', later = ''] = trackIds('Beach', 'Sun');
    const album = await albumNamed('Duets');
    await lena.call(routes.like, { params: { id } });
    server.clock.nowMs += 1_000;
    await lena.call(routes.like, { params: { id: later } });
    await lena.call(routes.like, { params: { id: album.id } });
    await lena.call(routes.rate, { params: { id }, body: { rating: 4 } });
    const playedAtMs = server.clock.nowMs;
    for (let i = 0; i < 2; i++) await lena.call(routes.recordPlay, { body: { trackId: id, playedAtMs } });
    const mine = await lena.call(routes.favourites, {});
    expect(mine.tracks.map((track) => track.id)).toEqual([later, id]);
    expect(mine.albums.map(({ title }) => title)).toEqual(['Duets']);
    expect(mine.tracks[1]).toMatchObject({ rating: 4, playCount: 1, lastPlayedAtMs: playedAtMs });
    const theirs = await admin.call(routes.favourites, {});
    expect(theirs).toEqual({ artists: [], albums: [], tracks: [] });
    await lena.call(routes.unlike, { params: { id } });
    await lena.call(routes.rate, { params: { id }, body: { rating: 0 } });
    const after = await lena.call(routes.tracksById, { body: { ids: [id] } });
    expect(after.tracks[0]).not.toHaveProperty('starredAtMs');
    expect(after.tracks[0]).not.toHaveProperty('rating');
    const future = { body: { trackId: id, playedAtMs: server.clock.nowMs + 2 * 86_400_000 } };
    expect(await lena.problem(routes.recordPlay, future)).toMatchObject({ code: 'bad-request' });
  });

  it('lets the owner alone change a playlist, and others see a public one', async () => {
    const ids = trackIds('Beach', 'Sun', 'Beach');
    const { id } = await lena.call(routes.createPlaylist, { body: { name: ' Holiday ', trackIds: ids } });
    const params = { id };
    expect(await admin.problem(routes.playlist, { params })).toMatchObject({ code: 'not-found' });
    await lena.call(routes.changePlaylist, { params, body: { isPublic: true, comment: 'sand' } });
    const seen = await admin.call(routes.playlist, { params });
    expect(seen.playlist).toMatchObject({
      name: 'Holiday',
      isOwn: false,
      ownerName: 'lena',
      comment: 'sand',
    });
    expect(seen.tracks.map((track) => track.id)).toEqual(ids);
    const change = { params, body: { name: 'Mine now' } };
    expect(await admin.problem(routes.changePlaylist, change)).toMatchObject({ code: 'not-allowed' });
    expect(await admin.problem(routes.deletePlaylist, { params })).toMatchObject({ code: 'not-allowed' });
    await lena.call(routes.changePlaylist, { params, body: { trackIds: ids.slice(1) } });
    await lena.call(routes.changePlaylist, { params, body: { addTrackIds: ids.slice(0, 1) } });
    const { tracks } = await lena.call(routes.playlist, { params });
    expect(tracks.map((track) => track.id)).toEqual([...ids.slice(1), ...ids.slice(0, 1)]);
    expect((await lena.call(routes.playlists, {})).playlists).toHaveLength(1);
    await lena.call(routes.deletePlaylist, { params });
    expect(await lena.problem(routes.playlist, { params })).toMatchObject({ code: 'not-found' });
  });

  it('saves the queue, to go on elsewhere', async () => {
    const empty = await lena.call(routes.queue, {});
    expect(empty).toMatchObject({ tracks: [], currentIndex: 0, positionMs: 0 });
    const ids = trackIds('Beach', 'Sun', 'Sæglópur');
    const body = { trackIds: ids, currentIndex: 2, positionMs: 61_500 };
    await lena.call(routes.saveQueue, { body });
    const saved = await lena.call(routes.queue, {});
    expect(saved.tracks.map(({ id }) => id)).toEqual(ids);
    expect(saved).toMatchObject({ currentIndex: 2, positionMs: 61_500, changedAtMs: server.clock.nowMs });
    const beyond = { body: { ...body, currentIndex: 3 } };
    expect(await lena.problem(routes.saveQueue, beyond)).toMatchObject({ code: 'bad-request' });
    await lena.call(routes.saveQueue, { body: { trackIds: [], currentIndex: 0, positionMs: 0 } });
  });

  it('shows the folders of the sources, and never where they lie', async () => {
    const top = await lena.call(routes.folder, {});
    expect(top.folders).toHaveLength(1);
    expect(top.folders[0]?.name).toBe('music');
    const root = top.folders[0]?.path ?? '';
    expect(root).not.toContain('music');
    const inRoot = await lena.call(routes.folder, { query: { path: root } });
    expect(inRoot.folders).toEqual([{ path: `${root}/secret-folder`, name: 'secret-folder' }]);
    expect(inRoot.tracks).toEqual([]);
    const inside = await lena.call(routes.folder, { query: { path: `${root}/secret-folder` } });
    expect(inside.parents).toEqual([
      { path: root, name: 'music' },
      { path: `${root}/secret-folder`, name: 'secret-folder' },
    ]);
    expect(inside.tracks).toHaveLength(server.library.tracks.length);
    for (const path of [
      `${root}/`,
      `${root}/..`,
      `${root}/secret`,
      'zzz',
      '/',
      `${root}/secret-folder/1.wav`,
    ]) {
      expect(await lena.problem(routes.folder, { query: { path } }), path).toMatchObject({
        code: 'not-found',
      });
    }
  });
});
