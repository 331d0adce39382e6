import { setImmediate } from 'node:timers/promises';
import { type AlbumId, type ArtistId, bucketOf, type TrackId } from '../../core/index.ts';
import { artistIdentities } from '../identity.ts';
import { compareText } from '../names.ts';
import type { AlbumView, ArtistView, CatalogReader, LyricsView } from '../port.ts';
import { albumArtists, lettersOf } from './album-artists.ts';
import type { ViewCaches } from './caches.ts';
import { genres } from './genres.ts';
import { digestOf } from './ids.ts';
import type { Items } from './items.ts';
import { countIn, type Libraries } from './libraries.ts';
import { type Executor, prepared } from './prepared.ts';
import { rowStatements } from './row-statements.ts';
import type { AlbumTrackRow } from './schema.ts';
import { mostPlayedTrackIds, similarArtistIds, similarTrackIds } from './similar.ts';
import { trackView } from './views.ts';

/** Artists read at once while all are listed; others get their turn in between. */
const ARTISTS_PER_PAGE = 500;

type NoParams = Readonly<Record<string, never>>;

const albumPage = prepared<{ vb: number; album_id: number }, AlbumTrackRow>((db, param) =>
  db
    .selectFrom('album_track')
    .selectAll()
    .where('vb', '=', param('vb'))
    .where('album_id', '=', param('album_id'))
    .orderBy('disc_order')
    .orderBy('number_order')
    .orderBy('title_key')
    .orderBy('track_id'),
);
const albumsOfArtist = prepared<
  { vb: number; artist_id: number },
  { album_id: number; is_album_artist: number }
>((db, param) =>
  db
    .selectFrom('artist_album')
    .select(['album_id', 'is_album_artist'])
    .where('vb', '=', param('vb'))
    .where('artist_id', '=', param('artist_id')),
);
const artistCount = prepared<NoParams, { count: number }>((db) =>
  db.selectFrom('library_artist').select(({ fn }) => fn.count<number>('artist_id').distinct().as('count')),
);

type BrowsingReader = Pick<
  CatalogReader,
  | 'libraries'
  | 'tracks'
  | 'albums'
  | 'artists'
  | 'albumTracks'
  | 'artistAlbums'
  | 'allArtists'
  | 'artistLetters'
  | 'genres'
  | 'topTracks'
  | 'artistByName'
  | 'similarTracks'
  | 'similarArtists'
  | 'originalOf'
  | 'asset'
  | 'fileNameOf'
  | 'lyricsOf'
  | 'counts'
>;

export interface BrowsingOptions {
  readonly from: Executor;
  /** For sums over everything. */
  readonly patient: Executor;
  readonly items: Items;
  readonly libraries: Libraries;
  readonly caches: ViewCaches;
}

/** What is read of one item, or of everything. */
export function browsingReader(options: BrowsingOptions): BrowsingReader {
  const { from, patient, items, libraries, caches } = options;
  return {
    libraries: () => libraries.all(),
    tracks: (ids, viewer) => items.tracks(ids, viewer),
    albums: (ids, viewer) => items.albums(ids, viewer),
    artists: (ids, viewer) => items.artists(ids, viewer),
    originalOf: (id) => items.originalOf(id),
    asset: (id) => items.asset(id),
    fileNameOf: async (id) => (await items.plainTracks([id])).get(id),
    genres: () => genres(patient),

    async albumTracks(id, viewer) {
      const album = await presentAlbum(items, id);
      if (album === undefined) return [];
      const { generation } = caches;
      const rows = await from.all(albumPage, { vb: bucketOf(album), album_id: album });
      const views = rows.map((row) => caches.tracks.get(row.track_id) ?? trackView(row.track_id, row));
      if (generation === caches.generation) for (const view of views) caches.tracks.set(view.id, view);
      return items.annotated(views, viewer);
    },

    async artistAlbums(id, viewer) {
      const artist = await presentArtist(items, id);
      if (artist === undefined) return [];
      const rows = await from.all(albumsOfArtist, { vb: bucketOf(artist), artist_id: artist });
      const own = new Set(rows.filter((row) => row.is_album_artist === 1).map((row) => row.album_id));
      const albums = await items.plainAlbums(rows.map(({ album_id }) => album_id));
      const sorted = [...new Set(albums.values())].sort(
        (a, b) => Number(own.has(b.id)) - Number(own.has(a.id)) || compareAge(a, b),
      );
      return items.annotated(sorted, viewer);
    },

    async allArtists(viewer, libraryId) {
      const counts = await albumArtists({ from, libraries: await libraries.of(libraryId) });
      const views: ArtistView[] = [];
      for (let start = 0; start < counts.length; start += ARTISTS_PER_PAGE) {
        if (start > 0) await setImmediate();
        const page = counts.slice(start, start + ARTISTS_PER_PAGE);
        const albumCounts = new Map(page);
        const ids = page.map(([id]) => id as ArtistId);
        for (const view of await items.artists(ids, viewer)) {
          const albumCount = albumCounts.get(view.id) ?? view.albumCount;
          views.push(albumCount === view.albumCount ? view : { ...view, albumCount });
        }
      }
      return views;
    },

    async artistLetters(libraryId) {
      return lettersOf({ from, libraries: await libraries.of(libraryId) });
    },

    async topTracks(artistId, count, viewer) {
      const artist = await presentArtist(items, artistId);
      if (artist === undefined) return [];
      const ids = await mostPlayedTrackIds(from, artist, count);
      return items.tracks(ids as TrackId[], viewer);
    },

    async artistByName(name) {
      for (const identity of artistIdentities({ name })) {
        const row = await from.first(rowStatements('identity').get, { ...digestOf(identity) });
        if (row) return presentArtist(items, row.item_id as ArtistId);
      }
      return undefined;
    },

    async similarTracks(seed, count, viewer) {
      return items.tracks(await similarTrackIds({ from, items, libraries }, seed, count), viewer);
    },

    async similarArtists(id, count, viewer) {
      return items.artists(await similarArtistIds({ from, items, libraries }, id, count), viewer);
    },

    async lyricsOf(id) {
      const row = await from.first(rowStatements('lyrics').get, { vb: bucketOf(id), track_id: id });
      // Written from LyricsView by the importer.
      return row ? (JSON.parse(row.entries) as LyricsView[]) : [];
    },

    async counts() {
      let [tracks, albums] = [0, 0];
      for (const { id } of await libraries.all()) {
        tracks += await countIn(from, id, 'tracks');
        albums += await countIn(from, id, 'albums');
      }
      const artists = (await patient.first(artistCount, {}))?.count ?? 0;
      return { tracks, albums, artists };
    },
  };
}

/** The album that answers for this id, where it or its successor is to be seen. */
async function presentAlbum(items: Items, id: AlbumId): Promise<AlbumId | undefined> {
  return (await items.plainAlbums([id])).get(id)?.id;
}

async function presentArtist(items: Items, id: ArtistId): Promise<ArtistId | undefined> {
  return (await items.plainArtists([id])).get(id)?.id;
}

/** Albums without a year come last. */
function compareAge(a: AlbumView, b: AlbumView): number {
  const [dateA, dateB] = [a, b].map(
    ({ originalReleaseDate, year }) => originalReleaseDate ?? (year === undefined ? '9999' : String(year)),
  );
  return compareText(dateA ?? '', dateB ?? '') || compareText(a.title, b.title) || a.id - b.id;
}
