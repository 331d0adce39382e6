import { expect, test } from 'vitest';
import { createSqlCatalog, Database } from '../../catalog/sql/index.ts';
import { CHUNK_BYTES } from '../../crypto/index.ts';
import { columnObjectName } from '../../vault/index.ts';
import { importedTrack } from '../../../test/support/catalog-tracks.ts';
import {
  createTestVault,
  memoryNodes,
  patternBytes,
  repairOf,
  writeBytes,
} from '../../../test/support/vault.ts';
import { repairDegraded } from './repairs.ts';

test('what can be restored is repaired before what is lost, however much of that there is', async () => {
  await using database = await Database.open({ file: ':memory:' });
  const catalog = createSqlCatalog(database);
  const vault = await createTestVault(memoryNodes(3), { policy: { k: 2, m: 1 }, padding: 'none' });
  const { library } = vault;
  await catalog.ensureLibrary(library.libraryId, 'Music');
  const source = await catalog.ensureSource(library.libraryId, '/music');
  const lostColumns = [[0, 1], [0, 1], [0, 1], [2], [0, 1, 2]];
  for (const [i, lost] of lostColumns.entries()) {
    const { trackKey: _, ...asset } = await writeBytes(vault.vault, patternBytes(40 * CHUNK_BYTES, i + 1));
    for (const column of lost) {
      const home = vault.nodes.find(({ id }) => id === asset.columnNodes[column]);
      await home?.delete(columnObjectName(asset, column));
    }
    const columnNodes = asset.columnNodes.map((id, column) => (lost.includes(column) ? undefined : id));
    const stored = { ...asset, columnNodes, degraded: true, mediaType: 'audio/flac', createdAtMs: i };
    await catalog.importTrack({ ...importedTrack(source, `track ${i}`), original: stored });
  }
  expect(await repairDegraded({ catalog }, repairOf(vault), 2)).toBe(1);
});
