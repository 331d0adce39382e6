import { readFile } from 'node:fs/promises';
import { routes } from '../../src/api/index.ts';
import type { ApiBrowser } from './api-browser.ts';

const ROUTES = new URL('../../src/web/app/routes.tsx', import.meta.url);

/**
 * An address of every page that the player has, those of one album, artist, genre, playlist and track among them, and of
 * some that look otherwise: with a name too long, with results, with nothing there. Makes a playlist.
 */
export async function webAddresses(api: ApiBrowser): Promise<readonly string[]> {
  const { albums } = await api.call(routes.albums, { query: {} });
  const album = albums.find(({ title }) => title === 'Harbour Lights');
  const longest = albums.toSorted((a, b) => b.title.length - a.title.length)[0];
  if (!album || !longest) throw new Error('the library has no albums');
  const { tracks } = await api.call(routes.album, { params: { id: album.id } });
  const trackIds = tracks.map(({ id }) => id);
  const playlist = await api.call(routes.createPlaylist, { body: { name: 'For the train', trackIds } });
  const parameters: Readonly<Record<string, string | undefined>> = {
    albumId: album.id,
    artistId: album.artists[0]?.id,
    genre: 'Jazz',
    playlistId: playlist.id,
    trackId: trackIds[0],
  };
  const source = await readFile(ROUTES, 'utf8');
  const paths = [...source.matchAll(/\bpath: '([^']+)'/g)].map(([, path = '']) => path);
  return [
    ...paths.map((path) =>
      path.replaceAll(/\$(\w+)/g, (_, name: string) => {
        const value = parameters[name];
        if (value === undefined) throw new Error(`no ${name} to look at ${path} with`);
        return value;
      }),
    ),
    `/albums/${longest.id}`,
    '/search?q=harbour',
    '/search?q=nothing%20of%20the%20kind',
    '/nowhere',
  ];
}
