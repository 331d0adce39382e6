import { importedTracks } from '../../bench/catalog/imported-tracks.ts';
import { createSqlCatalog, Database } from '../../src/catalog/sql/index.ts';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/address.ts';
import type { LibraryId } from '../../src/core/index.ts';
import { importAtOnce } from './import-at-once.ts';

// A process of its own that imports generated tracks until it is killed, and says on its output how many were
// acknowledged, one number a line. What it needs comes as JSON.

interface Order {
  readonly address: MysqlAddress;
  readonly libraryId: LibraryId;
  readonly sourceId: number;
  /** Of the whole collection. */
  readonly count: number;
  readonly seed: number;
  readonly atOnce: number;
}

const order = JSON.parse(process.argv[2] ?? '') as Order;
await using database = await Database.connect(order.address);
const catalog = createSqlCatalog(database);
let acknowledged = 0;
await importAtOnce(importedTracks(order.count, order, order.seed), order.atOnce, async (track) => {
  await catalog.importTrack(track);
  process.stdout.write(`${++acknowledged}\n`);
});
