import { bucketOf } from '../../../core/index.ts';
import { sortKey } from '../../names.ts';
import { creditsFromJson } from '../credits.ts';
import { libraryBucket } from '../ids.ts';
import { type Executor, prepared } from '../prepared.ts';
import type { AlbumRow, ArtistAlbumRow, ArtistRow, LibraryArtistRow } from '../schema.ts';
import { ROLE_ARTIST, ROLE_COMPOSER } from '../schema.ts';
import { albumById } from './album-sums.ts';
import type { Touched } from './touched.ts';

/** Albums whose covers are looked at for an artist's. */
const MAX_COVER_ALBUMS = 8;

export const artistById = prepared<{ vb: number; id: number }, ArtistRow>((db, param) =>
  db.selectFrom('artist').selectAll().where('vb', '=', param('vb')).where('id', '=', param('id')),
);

const roleCounts = prepared<
  { vb: number; artist_id: number; album_id: number },
  { roles: number; library_id: string; track_count: number }
>((db, param) =>
  db
    .selectFrom('artist_track')
    .select(['roles', 'library_id'])
    .select(({ fn }) => fn.countAll<number>().as('track_count'))
    .where('vb', '=', param('vb'))
    .where('artist_id', '=', param('artist_id'))
    .where('album_id', '=', param('album_id'))
    .groupBy(['roles', 'library_id']),
);
const putArtistAlbum = prepared<ArtistAlbumRow, unknown>((db, param) =>
  db.replaceInto('artist_album').values({
    vb: param('vb'),
    artist_id: param('artist_id'),
    album_id: param('album_id'),
    library_id: param('library_id'),
    is_album_artist: param('is_album_artist'),
    name: param('name'),
    track_count: param('track_count'),
    composer_count: param('composer_count'),
  }),
);
const deleteArtistAlbum = prepared<Pick<ArtistAlbumRow, 'vb' | 'artist_id' | 'album_id'>, unknown>(
  (db, param) =>
    db
      .deleteFrom('artist_album')
      .where('vb', '=', param('vb'))
      .where('artist_id', '=', param('artist_id'))
      .where('album_id', '=', param('album_id')),
);

interface LibrarySums {
  readonly library_id: string;
  readonly album_count: number;
  readonly track_count: number;
  readonly composer_count: number;
}

const librarySums = prepared<{ vb: number; artist_id: number }, LibrarySums>((db, param) =>
  db
    .selectFrom('artist_album')
    .select('library_id')
    .select(({ fn }) => [
      fn.sum<number>('is_album_artist').as('album_count'),
      fn.sum<number>('track_count').as('track_count'),
      fn.sum<number>('composer_count').as('composer_count'),
    ])
    .where('vb', '=', param('vb'))
    .where('artist_id', '=', param('artist_id'))
    .groupBy('library_id'),
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
const putLibraryArtist = prepared<LibraryArtistRow, unknown>((db, param) =>
  db.replaceInto('library_artist').values({
    vb: param('vb'),
    library_id: param('library_id'),
    artist_id: param('artist_id'),
    name_key: param('name_key'),
    album_count: param('album_count'),
  }),
);
const deleteLibraryArtist = prepared<Pick<LibraryArtistRow, 'vb' | 'library_id' | 'artist_id'>, unknown>(
  (db, param) =>
    db
      .deleteFrom('library_artist')
      .where('vb', '=', param('vb'))
      .where('library_id', '=', param('library_id'))
      .where('artist_id', '=', param('artist_id')),
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

async function albumAfter(tx: Executor, touched: Touched, id: number): Promise<AlbumRow | undefined> {
  if (!touched.summedAlbums.has(id)) {
    touched.summedAlbums.set(id, await tx.first(albumById, { vb: bucketOf(id), id }));
  }
  return touched.summedAlbums.get(id);
}

async function sumUpPart(tx: Executor, touched: Touched, artistId: number, albumId: number): Promise<void> {
  const vb = bucketOf(artistId);
  const counts = await tx.all(roleCounts, { vb, artist_id: artistId, album_id: albumId });
  const countOf = (role: number) =>
    counts.reduce((total, { roles, track_count }) => total + (roles & role ? track_count : 0), 0);
  const album = await albumAfter(tx, touched, albumId);
  const credit = album && creditsFromJson(album.artists).find(({ id }) => id === artistId);
  const libraryId = counts[0]?.library_id ?? (credit && album.library_id);
  if (libraryId === undefined) {
    await tx.run(deleteArtistAlbum, { vb, artist_id: artistId, album_id: albumId });
    return;
  }
  await tx.run(putArtistAlbum, {
    vb,
    artist_id: artistId,
    album_id: albumId,
    library_id: libraryId,
    is_album_artist: credit ? 1 : 0,
    name: credit?.name ?? '',
    track_count: countOf(ROLE_ARTIST),
    composer_count: countOf(ROLE_COMPOSER),
  });
}

/**
 * Brings an artist's row, albums and lines in lists up to the credits. Answers the row before and after, or
 * undefined where the artist's own row is not known (yet).
 */
export async function sumUpArtist(
  tx: Executor,
  touched: Touched,
  id: number,
  scope: { readonly albums: ReadonlySet<number>; readonly libraries: ReadonlySet<string> },
  save: (row: ArtistRow) => Promise<void>,
): Promise<{ readonly before: ArtistRow; readonly after: ArtistRow } | undefined> {
  for (const album of scope.albums) await sumUpPart(tx, touched, id, album);
  const vb = bucketOf(id);
  const before = await tx.first(artistById, { vb, id });
  if (!before) return undefined;
  const libraries = await tx.all(librarySums, { vb, artist_id: id });
  const sums = await sumsOf(tx, touched, id, libraries);
  const isChanged = Object.entries(sums).some(
    ([column, value]) => before[column as keyof ArtistSums] !== value,
  );
  const after = isChanged ? { ...before, ...sums } : before;
  if (isChanged) await save(after);
  const name_key = sortKey(after.name, after.sort_name);
  for (const { library_id, album_count } of libraries) {
    await tx.run(putLibraryArtist, {
      vb: libraryBucket(library_id),
      library_id,
      artist_id: id,
      name_key,
      album_count,
    });
  }
  const present = new Set(libraries.map(({ library_id }) => library_id));
  for (const library_id of scope.libraries) {
    if (present.has(library_id)) continue;
    await tx.run(deleteLibraryArtist, { vb: libraryBucket(library_id), library_id, artist_id: id });
  }
  return { before, after };
}

async function sumsOf(
  tx: Executor,
  touched: Touched,
  id: number,
  libraries: readonly LibrarySums[],
): Promise<ArtistSums> {
  if (libraries.length === 0) return emptyArtist;
  const total = (column: Exclude<keyof LibrarySums, 'library_id'>) =>
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
    cover_asset_id: albumCount > 0 ? await coverOf(tx, touched, key) : null,
  };
}

async function coverOf(
  tx: Executor,
  touched: Touched,
  artist: { readonly vb: number; readonly artist_id: number },
): Promise<string | null> {
  for (const { album_id } of await tx.all(firstAlbums, artist)) {
    const cover = (await albumAfter(tx, touched, album_id))?.cover_asset_id;
    if (cover) return cover;
  }
  return null;
}
