import { SubsonicAPI } from 'subsonic-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GoldenServer, startGoldenServer } from '../support/golden-server.ts';

let server: GoldenServer;
beforeAll(async () => {
  server = await startGoldenServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each([[false], [true]])('the npm package subsonic-api, with POST %s', (post) => {
  it('lists and streams with a token', async () => {
    const api = new SubsonicAPI({ url: server.baseUrl, auth: server.listenerLogin, post });
    expect((await api.ping()).status).toBe('ok');
    const { albumList2 } = await api.getAlbumList2({ type: 'alphabeticalByName', size: 500 });
    const takk = albumList2.album?.find(({ name }) => name === 'Takk…');
    const { album } = await api.getAlbum({ id: takk?.id ?? '' });
    const [song] = album.song ?? [];
    const response = await api.stream({ id: song?.id ?? '' });
    const [track] = server.library.tracks;
    expect(Buffer.compare(await response.bytes(), track?.bytes ?? new Uint8Array())).toBe(0);
  });

  it('lists and streams with an API key', async () => {
    const { key } = await server.credentialOffice.createApiKey(server.listener.id, `api ${post}`, 'machine');
    const api = new SubsonicAPI({ url: server.baseUrl, auth: { apiKey: key }, post });
    const { searchResult3 } = await api.search3({ query: 'hoppip' });
    const response = await api.stream({ id: searchResult3.song?.[0]?.id ?? '' });
    expect(response.headers.get('content-type')).toBe('audio/wav');
  });
});
