import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importedTracks } from '../../../../bench/catalog/imported-tracks.ts';
import { describeChangeStream } from '../../../../test/contracts/catalog/change-stream.ts';
import { labelId } from '../../../../test/support/catalog-tracks.ts';
import { addUser } from '../../../../test/support/catalog-user.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { importAtOnce } from '../../../../test/support/import-at-once.ts';
import { clientAddress, type ShardWorld, startShards } from '../../../../test/support/shard-world.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';
import type { LibraryId } from '../../../core/index.ts';
import { tableWalk } from '../changes/walk.ts';
import { assetBucket } from '../ids.ts';
import { createSqlCatalog, Database } from '../index.ts';

/** More than two pages of a walk. */
const TRACKS = 1_100;

describe.skipIf(isAbsent(MARIADBD))('over shards', () => {
  let world: ShardWorld;
  beforeAll(async () => {
    world = await startShards({ nodes: 2, spiders: 1 });
  }, 60_000);
  afterAll(() => world[Symbol.asyncDispose]());

  async function open(stack: AsyncDisposableStack): Promise<Database> {
    const { servers } = stack.use(await world.lease());
    return stack.use(await Database.connect(clientAddress(servers)));
  }

  // The whole contract is kept over shards with CLEF_TEST_CATALOG=spider, as the proof of dialects does.
  describeChangeStream(async (settings) => {
    await using stack = new AsyncDisposableStack();
    const database = await open(stack);
    const owned = stack.move();
    return {
      catalog: createSqlCatalog(database, settings),
      addUser: (name) => addUser(database, name),
      another: async () => createSqlCatalog(await open(owned), settings),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  });

  it('names every item of a walk once, and in order, over as many pages and shards as there are', async () => {
    await using stack = new AsyncDisposableStack();
    const database = await open(stack);
    const catalog = createSqlCatalog(database);
    const libraryId = labelId<LibraryId>('library');
    await catalog.ensureLibrary(libraryId, 'Music');
    const { id: sourceId } = await catalog.ensureSource(libraryId, '/music');
    await importAtOnce(importedTracks(TRACKS, { libraryId, sourceId }, 1), TRACKS, (track) =>
      catalog.importTrack(track),
    );
    const tracks = await database.db
      .selectFrom('track')
      .select(['vb', 'id', 'original_asset_id'])
      .orderBy('vb')
      .orderBy('id')
      .execute();
    expect(tracks.length).toBe(TRACKS);
    const originals = await Array.fromAsync(catalog.originalsWithout('flac'));
    expect(originals.map(({ assetId }) => assetId)).toEqual(
      tracks.map(({ original_asset_id }) => original_asset_id),
    );

    // The first ones last, and some at the same time.
    const since = (at: number) => 1 + ((TRACKS - at) >> 1);
    const degraded = originals.map(({ assetId }, at) => ({ vb: assetBucket(assetId), id: assetId, at }));
    await database.transact(async (tx) => {
      for (const { vb, id, at } of degraded)
        await tx.query((db) =>
          db
            .updateTable('asset')
            .set({ degraded_since_ms: since(at) })
            .where('vb', '=', vb)
            .where('id', '=', id),
        );
    });
    const walk = tableWalk('asset', ['degraded_since_ms', 'vb', 'id']);
    const walked = await Array.fromAsync(walk.rows(database, [-1, -1]));
    const expected = degraded.toSorted(
      (a, b) => since(a.at) - since(b.at) || a.vb - b.vb || (a.id < b.id ? -1 : 1),
    );
    expect(walked.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
  });
});
