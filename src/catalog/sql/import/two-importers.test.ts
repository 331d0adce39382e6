import { describe, expect, it } from 'vitest';
import { importedTrack } from '../../../../test/support/catalog-tracks.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { leaseDatabase } from '../../../../test/support/shared-mariadb.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';
import type { LibraryId } from '../../../core/index.ts';
import type { ImportedTrack } from '../../port.ts';
import { createSqlCatalog, Database } from '../index.ts';
import { tableNames } from '../primary-keys.ts';

const LIBRARY = '0123456789abcdef0123456789abcdef' as LibraryId;
const ALBUMS = 5;
const TRACKS = 8;

/** Names no id, which depend on who comes first. */
const LISTED = {
  album: ['title', 'display_artist', 'track_count', 'duration_ms', 'genres', 'year'],
  artist: ['name', 'album_count', 'roles'],
  album_track: ['title', 'disc_order', 'number_order'],
  source_file: ['path_key', 'gone'],
  tally: ['kind', 'name', 'total'],
  genre: ['genre_key', 'name', 'track_count'],
} as const;

describe.skipIf(isAbsent(MARIADBD))('two importers over one catalogue', () => {
  it('make of what overlaps what one of them would, with no row lost or doubled', async () => {
    await using stack = new AsyncDisposableStack();
    const { address } = stack.use(await leaseDatabase());
    const one = stack.use(await Database.connect(address));
    const other = stack.use(await Database.connect(address));
    await importAll([one, other], (source) => [tracksOf(source, 0), tracksOf(source, 1)]);
    const alone = stack.use(await Database.open({ file: ':memory:' }));
    await importAll([alone], (source) => [[...tracksOf(source, 0), ...tracksOf(source, 1)]]);
    const found = await listed(one);
    expect(found).toEqual(await listed(alone));
    expect(found['album']).toHaveLength(ALBUMS);
    expect(await rowsOf(one)).toEqual(await rowsOf(alone));
  }, 120_000);
});

async function importAll(
  databases: readonly Database[],
  batches: (source: { readonly id: number; readonly libraryId: LibraryId }) => readonly ImportedTrack[][],
): Promise<void> {
  const catalogs = databases.map((database) => createSqlCatalog(database));
  const [first] = catalogs;
  if (!first) throw new Error('nobody imports');
  await first.ensureLibrary(LIBRARY, 'Music');
  const source = await first.ensureSource(LIBRARY, '/music');
  await Promise.all(
    batches(source).flatMap((tracks, at) => tracks.map(async (track) => catalogs[at]?.importTrack(track))),
  );
}

/** Half of each album's tracks are both importers', half are one's alone; artists and genres are shared by all albums. */
function tracksOf(
  source: { readonly id: number; readonly libraryId: LibraryId },
  importer: number,
): ImportedTrack[] {
  return Array.from({ length: ALBUMS * TRACKS }, (_, at) => {
    const album = Math.floor(at / TRACKS);
    const number = at % TRACKS;
    const isShared = number % 2 === 0;
    const path = isShared ? `${album}/${number}` : `${album}/${number} ${importer}`;
    return importedTrack(source, path, {
      cover: `cover ${album}`,
      tags: {
        title: path,
        album: `Album ${album}`,
        albumArtists: ['Band'],
        artists: ['Band', `Guest ${number % 3}`],
        genres: ['Rock', `Genre ${album % 2}`],
        trackNumber: number,
        year: 2_000 + album,
      },
    });
  });
}

async function listed({ db }: Database): Promise<Readonly<Record<string, readonly string[]>>> {
  const lists = Object.entries(LISTED).map(async ([table, columns]) => {
    const rows = await db
      .selectFrom(table as 'album')
      .select(columns as never)
      .execute();
    return [table, rows.map((row) => JSON.stringify(row)).sort()] as const;
  });
  return Object.fromEntries(await Promise.all(lists));
}

/** How many there are of each table, but for those that tell how the rows came there. */
async function rowsOf({ db }: Database): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const table of tableNames) {
    if (['outbox_entry', 'outbox_lane', 'id_sequence'].includes(table)) continue;
    const [row] = await db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .execute();
    counts[table] = row?.count ?? 0;
  }
  return counts;
}
