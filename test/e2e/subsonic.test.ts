import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wireId } from '../../src/core/index.ts';
import { type GoldenServer, startGoldenServer } from '../support/golden-server.ts';
import { OpenApi } from '../support/openapi.ts';
import { sharedData } from '../support/shared-data.ts';
import { formOfJson, formOfXml } from '../support/wire-form.ts';

type Parameters = Readonly<Record<string, string | readonly string[]>>;

interface Example {
  readonly endpoint: string;
  readonly params?: Parameters;
  /** The answer is another each time. */
  readonly varies?: true;
}

let server: GoldenServer;
let examples: readonly Example[];

beforeAll(async () => {
  // A position that moves would be another answer each time.
  server = await startGoldenServer({ logTimeMs: () => server.clock.nowMs });
  examples = await allExamples(server);
});
afterAll(() => server[Symbol.asyncDispose]());

/** One call or more of every endpoint that answers with a document. Reads first, so that all see one state. */
async function allExamples({ client, library, clock }: GoldenServer): Promise<readonly Example[]> {
  const [first, second] = library.tracks;
  if (!first || !second) throw new Error('the golden library has tracks');
  const id = wireId('tr', first.id);
  const other = wireId('tr', second.id);
  const song = (await client.get('getSong', { id })).song as { albumId: string; artistId: string };
  const { playlist } = await client.get('createPlaylist', { name: 'First list', songId: [id, other, id] });
  const playlistId = String(playlist.id);
  await client.get('star', { id, albumId: song.albumId, artistId: song.artistId });
  await client.get('setRating', { id, rating: 4 });
  await client.get('scrobble', { id, time: clock.nowMs - 60_000 });
  await client.get('scrobble', { id, submission: 'false' });
  await client.get('savePlayQueue', { id: [id, other], current: other, position: 12_345 });

  const albumLists: Example[] = ['getAlbumList', 'getAlbumList2'].flatMap((endpoint) =>
    [
      { type: 'random' },
      { type: 'newest', size: '500' },
      { type: 'highest' },
      { type: 'frequent' },
      { type: 'recent' },
      { type: 'starred' },
      { type: 'alphabeticalByName', size: '20', offset: '5' },
      { type: 'alphabeticalByArtist', musicFolderId: '1' },
      { type: 'byYear', fromYear: '2011', toYear: '1950' },
      { type: 'byGenre', genre: 'Post-Rock' },
    ].map(
      (params): Example =>
        params.type === 'random' ? { endpoint, params, varies: true } : { endpoint, params },
    ),
  );
  return [
    { endpoint: 'ping' },
    { endpoint: 'getLicense' },
    { endpoint: 'getOpenSubsonicExtensions' },
    { endpoint: 'getMusicFolders' },
    { endpoint: 'getIndexes' },
    { endpoint: 'getIndexes', params: { ifModifiedSince: '1', musicFolderId: '1' } },
    { endpoint: 'getMusicDirectory', params: { id: '1' } },
    { endpoint: 'getMusicDirectory', params: { id: song.artistId } },
    { endpoint: 'getMusicDirectory', params: { id: song.albumId } },
    { endpoint: 'getArtists' },
    { endpoint: 'getArtist', params: { id: song.artistId } },
    { endpoint: 'getAlbum', params: { id: song.albumId } },
    { endpoint: 'getSong', params: { id } },
    ...albumLists,
    { endpoint: 'getGenres' },
    { endpoint: 'getSongsByGenre', params: { genre: 'Rock & Roll', count: '2', offset: '1' } },
    { endpoint: 'getRandomSongs', params: { size: '30', genre: 'Paging', fromYear: '1960' }, varies: true },
    { endpoint: 'getTopSongs', params: { artist: 'Sigur Rós' } },
    { endpoint: 'getTopSongs', params: { artist: 'nobody' } },
    { endpoint: 'getStarred' },
    { endpoint: 'getStarred2' },
    { endpoint: 'search2', params: { query: 'leaf' } },
    { endpoint: 'search3', params: { query: 'saeglopur' } },
    { endpoint: 'search3', params: { query: '', songCount: '500', albumCount: '500', artistCount: '500' } },
    { endpoint: 'getPlaylists' },
    { endpoint: 'getPlaylist', params: { id: playlistId } },
    { endpoint: 'getNowPlaying' },
    { endpoint: 'getArtistInfo', params: { id: song.artistId } },
    { endpoint: 'getArtistInfo2', params: { id: song.artistId, count: '3' } },
    { endpoint: 'getAlbumInfo', params: { id: song.albumId } },
    { endpoint: 'getAlbumInfo2', params: { id: song.albumId } },
    { endpoint: 'getSimilarSongs', params: { id } },
    { endpoint: 'getSimilarSongs2', params: { id: song.artistId } },
    { endpoint: 'getUser', params: { username: 'Admin' } },
    { endpoint: 'getScanStatus' },
    { endpoint: 'getPlayQueue' },
    { endpoint: 'getPlayQueueByIndex' },
    { endpoint: 'getLyrics', params: { artist: 'sigur ros', title: 'SÆGLÓPUR' } },
    { endpoint: 'getLyrics', params: { artist: 'nobody', title: 'nothing' } },
    { endpoint: 'getLyricsBySongId', params: { id } },
    { endpoint: 'getInternetRadioStations' },
    { endpoint: 'getBookmarks' },
    { endpoint: 'getPodcasts' },
    { endpoint: 'getShares' },
    { endpoint: 'star', params: { id: other } },
    { endpoint: 'unstar', params: { id: other } },
    { endpoint: 'setRating', params: { id: other, rating: '5' } },
    { endpoint: 'scrobble', params: { id: [id, other] } },
    { endpoint: 'createPlaylist', params: { playlistId, songId: [other] }, varies: true },
    { endpoint: 'updatePlaylist', params: { playlistId, comment: 'now with words', public: 'true' } },
    { endpoint: 'savePlayQueue', params: { id: other } },
    { endpoint: 'savePlayQueueByIndex', params: { id: [id, other, id], currentIndex: '2', position: '100' } },
    ...['starting', 'playing', 'paused', 'stopped'].map(
      (state): Example => ({
        endpoint: 'reportPlayback',
        params: { mediaId: id, mediaType: 'song', positionMs: '2000', state, playbackRate: '1.0' },
      }),
    ),
    { endpoint: 'startScan' },
  ];
}

function label({ endpoint, params = {} }: Example): string {
  return `${endpoint} ${new URLSearchParams(params as Record<string, string>)}`;
}

function address(endpoint: string, params: Parameters, format: string): URL {
  const url = new URL(server.client.url(endpoint, params));
  url.searchParams.set('f', format);
  return url;
}

async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  return (await response.json()) as Record<string, unknown>;
}

describe('every endpoint', () => {
  it('answers in the form that OpenSubsonic describes', async (context) => {
    const openApi = new OpenApi(sharedData('opensubsonic/openapi.json', context));
    const faults: string[] = [];
    for (const example of examples) {
      const answer = await jsonOf(await fetch(address(example.endpoint, example.params ?? {}, 'json')));
      const { status } = answer['subsonic-response'] as { status: string };
      if (status !== 'ok') faults.push(`${label(example)}: ${JSON.stringify(answer)}`);
      for (const fault of openApi.faults(example.endpoint, answer)) faults.push(`${label(example)}:${fault}`);
    }
    expect(faults).toEqual([]);
  });

  it('says the same in XML and in JSON', async () => {
    for (const example of examples) {
      if (example.varies) continue;
      const params = example.params ?? {};
      const json = await jsonOf(await fetch(address(example.endpoint, params, 'json')));
      const response = await fetch(address(example.endpoint, params, 'xml'));
      expect(response.headers.get('content-type')).toBe('text/xml; charset=utf-8');
      const { name, form } = formOfXml(await response.text());
      expect(name, label(example)).toBe('subsonic-response');
      const expected = formOfJson(name, json[name] as Record<string, unknown>);
      expect(form, label(example)).toEqual(expected);
    }
  });

  it('answers a posted form, a name with .view, and a script, all alike', async () => {
    for (const example of examples) {
      if (example.varies) continue;
      const { endpoint, params = {} } = example;
      const expected = await (await fetch(address(endpoint, params, 'json'))).text();

      const url = address(endpoint, params, 'json');
      const posted = await fetch(`${url.origin}${url.pathname}`, { method: 'POST', body: url.searchParams });
      expect(await posted.text(), label(example)).toBe(expected);

      const view = await fetch(address(`${endpoint}.view`, params, 'json'));
      expect(await view.text(), label(example)).toBe(expected);

      const script = await fetch(address(endpoint, { ...params, callback: 'got.it' }, 'jsonp'));
      expect(script.headers.get('content-type')).toBe('application/javascript; charset=utf-8');
      expect(await script.text(), label(example)).toBe(`got.it(${expected});`);
    }
  });
});

describe('an answer', () => {
  it('is XML unless something else was asked for', async () => {
    const url = address('ping', {}, 'json');
    url.searchParams.delete('f');
    expect(await (await fetch(url)).text()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<subsonic-response xmlns="http://subsonic.org/restapi" status="ok" version="1.16.1" type="clef" serverVersion="0.0.0-test" openSubsonic="true"/>',
    );
  });

  it('may be read by pages of other origins, and is kept by no cache', async () => {
    const { headers } = await fetch(address('ping', {}, 'json'));
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('cache-control')).toBe('no-store');
    const preflight = await fetch(address('ping', {}, 'json'), { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  });

  it('of HEAD has no body', async () => {
    const response = await fetch(address('ping', {}, 'json'), { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(50);
    expect(await response.text()).toBe('');
  });
});

describe('what cannot be answered', () => {
  it('is an endpoint that does not exist', async () => {
    const response = await fetch(address('getEverything', {}, 'json'));
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      'subsonic-response': { status: 'failed', error: { code: 70 } },
    });
  });

  it.each([
    ['getAlbum', {}, 10],
    ['getAlbum', { id: 'al-zzz' }, 70],
    ['getAlbum', { id: 'tr-1' }, 70],
    ['getAlbum', { id: "al-1' OR 1=1" }, 70],
    ['getSong', { id: '' }, 70],
    ['getAlbumList2', {}, 10],
    ['getAlbumList2', { type: 'byYear', fromYear: '1990' }, 10],
    ['getAlbumList2', { type: 'byGenre' }, 10],
    ['getAlbumList2', { type: 'sideways' }, 0],
    ['getAlbumList2', { type: 'newest', size: '-1' }, 0],
    ['getAlbumList2', { type: 'newest', offset: 'x' }, 0],
    ['getAlbumList2', { type: 'newest', musicFolderId: '99' }, 70],
    ['search3', {}, 10],
    ['search3', { query: 'x', songCount: '10001' }, 0],
    ['setRating', { id: 'tr-1', rating: '6' }, 0],
    ['setRating', { id: 'pl-1', rating: '1' }, 70],
    ['star', {}, 10],
    ['star', { albumId: 'ar-1' }, 70],
    ['scrobble', { id: 'tr-zzz' }, 70],
    ['createPlaylist', {}, 10],
    ['createPlaylist', { name: '  ' }, 0],
    ['getPlaylist', { id: 'pl-zzz' }, 70],
    ['deletePlaylist', { id: 'pl-zzz' }, 70],
    ['getUser', { username: 'nobody' }, 70],
    ['getMusicDirectory', { id: '99' }, 70],
    ['stream', {}, 10],
    ['stream', { id: 'al-1' }, 70],
    ['download', { id: 'tr-zzz' }, 70],
    ['getCoverArt', { id: `cv-${'0'.repeat(32)}` }, 70],
    ['getCoverArt', { id: 'al-zzz' }, 70],
    ['getLyricsBySongId', { id: 'tr-zzz' }, 70],
    ['savePlayQueue', { id: 'tr-1', current: 'tr-2' }, 0],
    ['savePlayQueueByIndex', { id: 'tr-1' }, 10],
    ['savePlayQueueByIndex', { id: 'tr-1', currentIndex: '1' }, 10],
    ['savePlayQueueByIndex', { id: 'tr-1', currentIndex: '-1' }, 10],
    ['savePlayQueueByIndex', { currentIndex: '0' }, 10],
    ['reportPlayback', { mediaId: 'tr-1', mediaType: 'song', positionMs: '0' }, 10],
    ['reportPlayback', { mediaId: 'tr-1', mediaType: 'song', state: 'playing' }, 10],
    ['reportPlayback', { mediaId: 'tr-1', mediaType: 'film', positionMs: '0', state: 'playing' }, 0],
    ['reportPlayback', { mediaId: 'tr-1', mediaType: 'song', positionMs: '0', state: 'dancing' }, 0],
    ['reportPlayback', { mediaId: 'tr-1', mediaType: 'podcast', positionMs: '0', state: 'playing' }, 70],
    ['reportPlayback', { mediaId: 'tr-zzz', mediaType: 'song', positionMs: '0', state: 'playing' }, 70],
  ] as const)('%s %o: code %i', async (endpoint, params, code) => {
    const answer = await server.client.call(endpoint, params);
    expect(answer).toMatchObject({ status: 'failed', error: { code } });
    expect(answer.error?.message).toMatch(/\S/);
  });

  it('is a script without the name of a callback', async () => {
    const response = await fetch(address('ping', {}, 'jsonp'));
    expect(await response.json()).toMatchObject({ 'subsonic-response': { error: { code: 10 } } });
  });

  it('is a callback that would be a program', async () => {
    const response = await fetch(address('ping', { callback: 'alert(1)//' }, 'jsonp'));
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toMatchObject({ 'subsonic-response': { error: { code: 0 } } });
  });
});
