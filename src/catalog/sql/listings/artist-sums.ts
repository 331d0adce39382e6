import { bucketOf } from '../../../core/index.ts';
import { sortKey } from '../../names.ts';
import { creditsFromJson } from '../credits.ts';
import { libraryBucket } from '../ids.ts';
import { tupleIn } from '../dialect.ts';
import { prepared, preparedList } from '../prepared.ts';
import type { ArtistRow } from '../schema.ts';
import { ROLE_ARTIST, ROLE_COMPOSER } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';
import type { Touched } from './touched.ts';

/** Albums whose covers are looked at for an artist's. */
const MAX_COVER_ALBUMS = 8;

interface Part {
  readonly artist_id: number;
  readonly album_id: number;
}

interface RoleCount extends Part {
  readonly roles: number;
  readonly library_id: string;
  readonly track_count: number;
}

const roleCounts = preparedList<Part, unknown, RoleCount>(
  ({ artist_id, album_id }) => [bucketOf(artist_id), artist_id, album_id],
  (db, tuples) =>
    db
      .selectFrom('artist_track')
      .select(['artist_id', 'album_id', 'roles', 'library_id'])
      .select(({ fn }) => fn.countAll<number>().as('track_count'))
      .where(tupleIn(db, ['vb', 'artist_id', 'album_id'], tuples))
      .groupBy(['artist_id', 'album_id', 'roles', 'library_id']),
);

interface LibrarySums {
  readonly artist_id: number;
  readonly library_id: string;
  readonly album_count: number;
  readonly track_count: number;
  readonly composer_count: number;
}

const librarySums = preparedList<number, unknown, LibrarySums>(
  (artist) => [bucketOf(artist), artist],
  (db, tuples) =>
    db
      .selectFrom('artist_album')
      .select(['artist_id', 'library_id'])
      .select(({ fn }) => [
        fn.sum<number>('is_album_artist').as('album_count'),
        fn.sum<number>('track_count').as('track_count'),
        fn.sum<number>('composer_count').as('composer_count'),
      ])
      .where(tupleIn(db, ['vb', 'artist_id'], tuples))
      .groupBy(['artist_id', 'library_id']),
);
const mostUsedName = prepared<{ vb: number; artist_id: number }, { name: string }>((db, param) =>
  db
    .selectFrom('artist_track')
    .select('name')
    .where('vb', '=', param('vb'))
    .where('artist_id', '=', param('artist_id'))
    .groupBy('name')
    .orderBy(({ fn }) => fn.countAll(), 'desc')
    .orderBy('name')
    .limit(1),
);
const mostUsedAlbumName = prepared<{ vb: number; artist_id: number }, { name: string }>((db, param) =>
  db
    .selectFrom('artist_album')
    .select('name')
    .where('vb', '=', param('vb'))
    .where('artist_id', '=', param('artist_id'))
    .where('is_album_artist', '=', 1)
    .groupBy('name')
    .orderBy(({ fn }) => fn.countAll(), 'desc')
    .orderBy('name')
    .limit(1),
);
const firstAlbums = prepared<{ vb: number; artist_id: number }, { album_id: number }>((db, param) =>
  db
    .selectFrom('artist_album')
    .select('album_id')
    .where('vb', '=', param('vb'))
    .where('artist_id', '=', param('artist_id'))
    .where('is_album_artist', '=', 1)
    .orderBy('album_id')
    .limit(MAX_COVER_ALBUMS),
);
/** The columns that an artist has from credits; these values without any. */
export const emptyArtist = {
  name: '',
  album_count: 0,
  roles: '[]',
  libraries: '[]',
  cover_asset_id: null,
} as const satisfies Partial<ArtistRow>;

type ArtistSums = Pick<ArtistRow, keyof typeof emptyArtist>;

interface ArtistChange {
  readonly before: ArtistRow;
  readonly after: ArtistRow;
}

/**
 * Brings the rows of artists, their albums and their lines in lists up to the credits. Answers the rows before and
 * after, without those that are not known (yet).
 */
export async function sumUpArtists(
  tx: CatalogTransaction,
  touched: Touched,
  save: (row: ArtistRow) => Promise<void>,
): Promise<ArtistChange[]> {
  const ids = [...touched.artists.keys()];
  await tx.rows.load(
    'artist',
    ids.map((id) => ({ vb: bucketOf(id), id })),
  );
  await sumUpParts(tx, touched);
  const libraries = Map.groupBy(await tx.list(librarySums, ids, {}), ({ artist_id }) => artist_id);
  await tx.rows.load(
    'library_artist',
    [...libraries].flatMap(([artist_id, sums]) =>
      sums.map(({ library_id }) => ({ vb: libraryBucket(library_id), library_id, artist_id })),
    ),
  );
  const changes: ArtistChange[] = [];
  for (const [id, scope] of touched.artists) {
    const before = await tx.rows.get('artist', { vb: bucketOf(id), id });
    if (!before) continue;
    const sums = await sumsOf(tx, id, libraries.get(id) ?? []);
    const isChanged = Object.entries(sums).some(
      ([column, value]) => before[column as keyof ArtistSums] !== value,
    );
    const after = isChanged ? { ...before, ...sums } : before;
    if (isChanged) await save(after);
    replaceLibraryLines(tx, after, libraries.get(id) ?? [], scope.libraries);
    changes.push({ before, after });
  }
  return changes;
}

/** What each artist does on each album. */
async function sumUpParts(tx: CatalogTransaction, touched: Touched): Promise<void> {
  const parts = Array.from(touched.artists, ([artist_id, { albums }]) =>
    Array.from(albums, (album_id) => ({ artist_id, album_id })),
  ).flat();
  const nameOf = ({ artist_id, album_id }: Part) => `${artist_id} ${album_id}`;
  const counts = Map.groupBy(await tx.list(roleCounts, parts, {}), nameOf);
  await tx.rows.load(
    'album',
    parts.map(({ album_id: id }) => ({ vb: bucketOf(id), id })),
  );
  await tx.rows.load(
    'artist_album',
    parts.map((part) => ({ ...part, vb: bucketOf(part.artist_id) })),
  );
  for (const part of parts) await sumUpPart(tx, part, counts.get(nameOf(part)) ?? []);
}

async function sumUpPart(
  { rows }: CatalogTransaction,
  { artist_id, album_id }: Part,
  counts: readonly RoleCount[],
): Promise<void> {
  const vb = bucketOf(artist_id);
  const countOf = (role: number) =>
    counts.reduce((total, { roles, track_count }) => total + (roles & role ? track_count : 0), 0);
  const album = await rows.get('album', { vb: bucketOf(album_id), id: album_id });
  const credit = album && creditsFromJson(album.artists).find(({ id }) => id === artist_id);
  const libraryId = counts[0]?.library_id ?? (credit && album.library_id);
  if (libraryId === undefined) {
    rows.delete('artist_album', { vb, artist_id, album_id });
    return;
  }
  rows.write('artist_album', {
    vb,
    artist_id,
    album_id,
    library_id: libraryId,
    is_album_artist: credit ? 1 : 0,
    name: credit?.name ?? '',
    track_count: countOf(ROLE_ARTIST),
    composer_count: countOf(ROLE_COMPOSER),
  });
}

function replaceLibraryLines(
  { rows }: CatalogTransaction,
  { id, name, sort_name }: ArtistRow,
  libraries: readonly LibrarySums[],
  touched: ReadonlySet<string>,
): void {
  const name_key = sortKey(name, sort_name);
  for (const { library_id, album_count } of libraries) {
    const vb = libraryBucket(library_id);
    rows.write('library_artist', { vb, library_id, artist_id: id, name_key, album_count });
  }
  const present = new Set(libraries.map(({ library_id }) => library_id));
  for (const library_id of touched.difference(present)) {
    rows.delete('library_artist', { vb: libraryBucket(library_id), library_id, artist_id: id });
  }
}

async function sumsOf(
  tx: CatalogTransaction,
  id: number,
  libraries: readonly LibrarySums[],
): Promise<ArtistSums> {
  if (libraries.length === 0) return emptyArtist;
  const total = (column: 'album_count' | 'track_count' | 'composer_count') =>
    libraries.reduce((sum, one) => sum + one[column], 0);
  const albumCount = total('album_count');
  const key = { vb: bucketOf(id), artist_id: id };
  const name = (await tx.first(mostUsedName, key)) ?? (await tx.first(mostUsedAlbumName, key));
  const roles = [
    ...(total('track_count') > 0 ? ['artist'] : []),
    ...(albumCount > 0 ? ['albumartist'] : []),
    ...(total('composer_count') > 0 ? ['composer'] : []),
  ];
  return {
    name: name?.name ?? '',
    album_count: albumCount,
    roles: JSON.stringify(roles),
    libraries: JSON.stringify(libraries.map(({ library_id }) => library_id).sort()),
    cover_asset_id: albumCount > 0 ? await coverOf(tx, key) : null,
  };
}

async function coverOf(
  tx: CatalogTransaction,
  artist: { readonly vb: number; readonly artist_id: number },
): Promise<string | null> {
  for (const { album_id } of await tx.all(firstAlbums, artist)) {
    const cover = (await tx.rows.get('album', { vb: bucketOf(album_id), id: album_id }))?.cover_asset_id;
    if (cover) return cover;
  }
  return null;
}
