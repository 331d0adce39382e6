import { expect, test } from 'vitest';
import { createSqlCatalog, Database } from '../../catalog/sql/index.ts';
import { tableErasureCode } from '../../vault/erasure/index.ts';
import { enumerateLayouts, type InspectedLayout, inspectLayout, relayout } from '../../vault/index.ts';
import { importedTrack } from '../../../test/support/catalog-tracks.ts';
import { createTestVault, memoryNodes, patternBytes, writeBytes } from '../../../test/support/vault.ts';
import type { ServerId } from '../../core/index.ts';
import { columnRegister } from './column-register.ts';
import { bestLayout, nameReadable } from './readable-layouts.ts';

test('after a recovery, an asset whose log is older than its last policy change is named as it can be read', async () => {
  const { vault, set, library, nodes } = await createTestVault(memoryNodes(4), { policy: { k: 2, m: 1 } });
  const { libraryId, trust, signer } = library;
  await using database = await Database.open({ file: ':memory:' });
  const catalog = createSqlCatalog(database);
  await catalog.ensureLibrary(libraryId, 'Music');
  const source = await catalog.ensureSource(libraryId, '/music');
  const written = await writeBytes(vault, patternBytes(400_000));
  const original = { ...written, mediaType: 'audio/wav', createdAtMs: 1 };
  await catalog.importTrack({ ...importedTrack(source, 'one'), original });
  const base = { nodes: set, libraryId, trust, now: () => 0, erasure: tableErasureCode };
  await relayout({
    ...base,
    register: columnRegister(catalog, '5'.repeat(32) as ServerId),
    signer,
    policy: () => ({ k: 1, m: 1 }),
    assets: catalog.storedAssets(),
  });
  const anew = await catalog.asset(written.assetId);

  // What the older log says.
  await using restored = await Database.open({ file: ':memory:' });
  const older = createSqlCatalog(restored);
  await older.ensureLibrary(libraryId, 'Music');
  const again = await older.ensureSource(libraryId, '/music');
  await older.importTrack({ ...importedTrack(again, 'one'), original });
  const layouts: InspectedLayout[] = [];
  const context = { trust, depth: 'head' as const, random: () => 0, pace: async () => undefined };
  for await (const part of enumerateLayouts({ nodes: set, libraryId })) {
    for (const found of part.layouts) layouts.push(await inspectLayout(found, context));
  }
  expect(bestLayout(layouts)?.name.layoutId).toBe(anew?.layoutId);
  expect(await nameReadable(older, layouts, 'recovery')).toBe(true);
  expect(await older.asset(written.assetId)).toMatchObject({
    layoutId: anew?.layoutId,
    policy: { k: 1, m: 1 },
    columnNodes: anew?.columnNodes,
  });
  expect(await nameReadable(older, layouts, 'recovery')).toBe(false);
  expect(nodes).toHaveLength(4);
});
