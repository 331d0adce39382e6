import { type Highlights, highlightsOf, type SearchIndex } from '../../../catalog/search/index.ts';
import type { CatalogImporter, CatalogReader, MusicSource } from '../../../catalog/index.ts';
import { type AlbumId, type ArtistId, type TrackId, wireId } from '../../../core/index.ts';
import { pathForPeople } from '../../../ingest/index.ts';
import type { Handlers } from '../handler.ts';
import { nothingHasId } from '../ids.ts';
import { wireAlbum, wireArtist, wireTrack } from '../wire/items.ts';
import { tracksInOrder } from './catalog.ts';

export interface FindingHandlerDeps {
  readonly catalog: CatalogReader & Pick<CatalogImporter, 'sources'>;
  readonly search: SearchIndex;
}

/** By what was typed, and by where it lies. */
export function findingHandlers({ catalog, search }: FindingHandlerDeps): Handlers<'search' | 'folder'> {
  return {
    async search({ viewer: { account }, query: { q, count } }) {
      if (q.trim() === '') return { artists: [], albums: [], tracks: [], highlights: {} };
      const page = { offset: 0, count };
      const found = search.search({ text: q, artists: page, albums: page, tracks: page });
      const [artists, albums, tracks] = await Promise.all([
        catalog.artists(found.artistIds, account.id),
        catalog.albums(found.albumIds, account.id),
        catalog.tracks(found.trackIds, account.id),
      ]);
      return {
        artists: artists.map(wireArtist),
        albums: albums.map(wireAlbum),
        tracks: tracks.map(wireTrack),
        highlights: {
          ...highlighted(artists, 'ar', q, ({ name }) => ({ title: name, artist: '', album: '' })),
          ...highlighted(albums, 'al', q, ({ title, displayArtist: by }) => ({
            title,
            artist: by,
            album: '',
          })),
          ...highlighted(tracks, 'tr', q, ({ title, displayArtist: by, album }) => ({
            title,
            artist: by,
            album,
          })),
        },
      };
    },

    async folder({ viewer: { account }, query: { path } }) {
      const sources = await catalog.sources();
      if (path === '') return { parents: [], folders: sources.map(sourceFolder), tracks: [] };
      const { source, pathKey } = placeOf(path, sources);
      const found = await catalog.folder(source.id, pathKey);
      if (!found) throw nothingHasId();
      return {
        parents: parentsOf(source, pathKey),
        folders: found.folders.map((name) => ({ path: `${path}/${name}`, name: pathForPeople(name) })),
        tracks: await tracksInOrder(catalog, found.trackIds, account.id),
      };
    },
  };
}

function highlighted<View extends { readonly id: AlbumId | ArtistId | TrackId }>(
  views: readonly View[],
  prefix: 'ar' | 'al' | 'tr',
  query: string,
  texts: (view: View) => Parameters<typeof highlightsOf>[0],
): Record<string, Highlights> {
  return Object.fromEntries(
    views.map((view) => [wireId(prefix, view.id), highlightsOf(texts(view), query)] as const),
  );
}

// A folder's address is the source's id and the path key below its root. Where the root lies on the server's disk
// is nobody's business.

function addressOf({ id }: MusicSource): string {
  return id.toString(36);
}

function placeOf(path: string, sources: readonly MusicSource[]): { source: MusicSource; pathKey: string } {
  const slash = path.indexOf('/');
  const address = slash < 0 ? path : path.slice(0, slash);
  const source = sources.find((candidate) => addressOf(candidate) === address);
  if (!source || path.endsWith('/')) throw nothingHasId();
  return { source, pathKey: slash < 0 ? '' : path.slice(slash + 1) };
}

function sourceFolder(source: MusicSource): { path: string; name: string } {
  const name = source.root.split(/[\\/]/).findLast((part) => part !== '');
  return { path: addressOf(source), name: pathForPeople(name ?? '/') };
}

function parentsOf(source: MusicSource, pathKey: string): { path: string; name: string }[] {
  const parents = [sourceFolder(source)];
  let path = addressOf(source);
  for (const name of pathKey === '' ? [] : pathKey.split('/')) {
    path += `/${name}`;
    parents.push({ path, name: pathForPeople(name) });
  }
  return parents;
}
