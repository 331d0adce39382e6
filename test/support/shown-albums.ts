import { createSqlCatalog, type Database, type SqlCatalog } from '../../src/catalog/sql/index.ts';
import { libraryBucket } from '../../src/catalog/sql/ids.ts';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/address.ts';
import type { LibraryId, UserId } from '../../src/core/index.ts';
import { importedTrack, labelId } from './catalog-tracks.ts';
import { StatementLog } from './statement-log.ts';
import { waitFor } from './wait-for.ts';

const VIEWER = 1 as UserId;
/** Lists of a library lie where its bucket does. */
const FIRST_HALF = 512;
const ASKS = 4;

/** Albums that are written one by one, and listed. */
export interface ShownAlbums {
  readonly catalog: SqlCatalog;
  /** As many as were written. */
  readonly written: number;
  /** By this server, or by another. */
  write(count: number, by?: SqlCatalog): Promise<void>;
  /** As many as a list of the newest shows. */
  listed(): Promise<number>;
  /** Lists, until only the first of two servers is asked. */
  untilListedBy(asked: MysqlAddress, other: MysqlAddress): Promise<void>;
}

/** Their list is in the first half of all buckets. */
export async function showAlbums(database: Database): Promise<ShownAlbums> {
  const catalog = createSqlCatalog(database);
  const libraryId = idInFirstHalf();
  await catalog.ensureLibrary(libraryId, 'Music');
  const source = await catalog.ensureSource(libraryId, '/music');
  let written = 0;
  const listed = async () =>
    (await catalog.listAlbums({ kind: 'newest' }, { offset: 0, count: 500 }, VIEWER)).length;
  return {
    catalog,
    get written() {
      return written;
    },
    async write(count, by = catalog) {
      for (let at = 0; at < count; at++) {
        const tags = { album: `Album ${written}`, artists: ['Artist'], albumArtists: ['Artist'] };
        await by.importTrack(importedTrack(source, `${written}.flac`, { tags }));
        written++;
      }
    },
    listed,
    async untilListedBy(asked, other) {
      await using log = await StatementLog.open([asked, other]);
      await waitFor('the other server', async () => {
        await log.take();
        for (let count = 0; count < ASKS; count++) await listed();
        const [ours, others] = (await log.take()).map((heard) =>
          heard.some(({ text }) => text.includes('library_album')),
        );
        return (ours === true && others === false) || undefined;
      });
    },
  };
}

function idInFirstHalf(): LibraryId {
  for (let at = 0; ; at++) {
    const id = labelId<LibraryId>(`library ${at}`);
    if (libraryBucket(id) < FIRST_HALF) return id;
  }
}
