import { readFile } from 'node:fs/promises';
import { routes } from '../../src/api/index.ts';
import type { ApiBrowser } from './api-browser.ts';

const ROUTES = new URL('../../src/web/app/routes.tsx', import.meta.url);

/** What stands for each `$name` in the paths of pages. */
export type PathParameters = Readonly<Record<string, string>>;

/** The path of every page that the player has, as its routes have it: `/albums/$albumId`. */
export async function pagePaths(): Promise<readonly string[]> {
  const source = await readFile(ROUTES, 'utf8');
  return [...source.matchAll(/\bpath: '([^']+)'/g)].map(([, path = '']) => path);
}

export function addressOf(path: string, parameters: PathParameters): string {
  return path.replaceAll(/\$(\w+)/g, (_, name: string) => {
    const value = parameters[name];
    if (value === undefined) throw new Error(`no ${name} to look at ${path} with`);
    return value;
  });
}

/** An album, artist, genre, playlist and track to look at, and albums that look otherwise. Makes the playlist. */
export async function pathParameters(api: ApiBrowser): Promise<PathParameters> {
  const { albums } = await api.call(routes.albums, { query: {} });
  const album = albums.find(({ title }) => title === 'Harbour Lights');
  const longest = albums.toSorted((a, b) => b.title.length - a.title.length)[0];
  const rightToLeft = albums.find(({ title }) => /^\p{Script=Arabic}/u.test(title));
  const [artist] = album?.artists ?? [];
  if (!album || !artist || !longest || !rightToLeft) throw new Error('the library has other albums');
  const { tracks } = await api.call(routes.album, { params: { id: album.id } });
  const [track] = tracks;
  if (!track) throw new Error('the album has no tracks');
  const trackIds = tracks.map(({ id }) => id);
  const playlist = await api.call(routes.createPlaylist, { body: { name: 'For the train', trackIds } });
  return {
    albumId: album.id,
    longAlbumId: longest.id,
    rightToLeftAlbumId: rightToLeft.id,
    artistId: artist.id,
    genre: 'Jazz',
    playlistId: playlist.id,
    trackId: track.id,
  };
}

/** An address of every page, and of some that look otherwise: with a name too long, with results, with nothing there. */
export async function webAddresses(api: ApiBrowser): Promise<readonly string[]> {
  const parameters = await pathParameters(api);
  const others = [
    '/albums/$longAlbumId',
    '/search?q=harbour',
    '/search?q=nothing%20of%20the%20kind',
    '/nowhere',
  ];
  return [...(await pagePaths()), ...others].map((path) => addressOf(path, parameters));
}
