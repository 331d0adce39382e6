import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSqlCatalog, Database } from '../../catalog/sql/index.ts';
import type { LibraryId, NodeId, ServerId } from '../../core/index.ts';
import { describeColumnRegister } from '../../../test/contracts/column-register.ts';
import { importedTrack, labelId, storedAsset } from '../../../test/support/catalog-tracks.ts';
import { MemoryColumns } from '../../../test/support/memory-columns.ts';
import { columnRegister } from './column-register.ts';

const serverId = labelId<ServerId>('server');

describeColumnRegister('memory', async () => {
  const register = new MemoryColumns();
  const asset = storedAsset('one', { libraryId: labelId<LibraryId>('library') });
  register.put(asset);
  return {
    register,
    asset,
    async restart() {
      register.endAll();
      return register;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
});

async function openCatalog() {
  const folder = await mkdtemp(join(tmpdir(), 'clef-register-'));
  const file = join(folder, 'catalog.sqlite');
  let database = await Database.open({ file });
  const catalog = createSqlCatalog(database);
  const libraryId = labelId<LibraryId>('library');
  await catalog.ensureLibrary(libraryId, 'Music');
  const track = importedTrack(await catalog.ensureSource(libraryId, '/music'), 'one');
  await catalog.importTrack(track);
  return {
    catalog,
    register: columnRegister(catalog, serverId),
    asset: track.original,
    async restart() {
      await database[Symbol.asyncDispose]();
      database = await Database.open({ file });
      return columnRegister(createSqlCatalog(database), serverId);
    },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

describeColumnRegister('the catalogue', openCatalog);

test("a repair never names a copy that somebody is about to erase, and another server's claims stay its own", async () => {
  await using world = await openCatalog();
  const { asset, catalog } = world;
  const going = labelId<NodeId>('node 9');
  const other = columnRegister(catalog, labelId<ServerId>('another server'));
  {
    using worker = other.enter();
    const { assetId, layoutId } = asset;
    await worker.claim([{ assetId, layoutId, column: 0, nodeId: going }]);
  }
  const before = asset.columnNodes;
  await catalog.setColumnNodes({ ...asset, before, columnNodes: before.with(0, going), degraded: false });
  expect((await catalog.asset(asset.assetId))?.columnNodes).toEqual(asset.columnNodes);
  using mine = world.register.enter();
  expect(await mine.inherit()).toEqual([]);
});

test('a repair never names a copy that was moved and erased since it looked', async () => {
  await using world = await openCatalog();
  const { catalog, register, asset } = world;
  const { assetId, layoutId, columnNodes: before } = asset;
  const [from, to] = [before[0] as NodeId, labelId<NodeId>('node 9')];
  using worker = register.enter();
  await worker.claim([{ assetId, layoutId, column: 0, nodeId: to }]);
  await worker.move({ assetId, layoutId, column: 0 }, from, to);
  await worker.release([{ assetId, layoutId, column: 0, nodeId: from }]);
  const restored = labelId<NodeId>('node 8');
  await catalog.setColumnNodes({
    ...asset,
    before,
    columnNodes: [from, restored, undefined],
    degraded: false,
  });
  expect((await catalog.asset(assetId))?.columnNodes).toEqual([to, restored, undefined]);
});
