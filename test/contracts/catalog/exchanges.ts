import { describe, expect, test } from 'vitest';
import type { Companion, CompanionKind, StoredAsset } from '../../../src/catalog/index.ts';
import type { AssetId } from '../../../src/core/index.ts';
import { labelHash, labelId, storedAsset } from '../../support/catalog-tracks.ts';
import { type CatalogFactory, NOBODY, stage } from './harness.ts';

const assetOf = (label: string): AssetId => labelId<AssetId>(`asset ${label}`);

export function describeExchanges(factory: CatalogFactory): void {
  describe('exchanges of assets', () => {
    const on = stage(factory);

    const anew = (label: string): StoredAsset =>
      storedAsset(`${label} anew`, { libraryId: on.libraryId, epoch: 2 });
    const companion = (parent: string, kind: CompanionKind, label = `${kind} of ${parent}`): Companion => ({
      parentId: assetOf(parent),
      kind,
      asset: storedAsset(label, { libraryId: on.libraryId }),
    });
    const ids = (assets: readonly { readonly assetId: AssetId }[]): AssetId[] =>
      assets.map(({ assetId }) => assetId).sort();
    const ofEpochs = async (...epochs: number[]) =>
      ids(await Array.fromAsync(on.catalog.assetsOfEpochs(new Set(epochs))));

    test('an original keeps its track, which plays the new one, and its companions are the new ones', async () => {
      const id = await on.add('a', { cover: 'x' });
      await on.catalog.addCompanion(companion('a', 'packet-table'));
      await on.catalog.addCompanion(companion('a', 'flac'));
      await on.catalog.addCompanion(companion('flac of a', 'packet-table', 'its table'));
      const before = await on.catalog.tracks([id], NOBODY);
      const companions: Companion[] = [
        companion('a anew', 'flac'),
        companion('flac of a anew', 'packet-table', 'its new table'),
        companion('a anew', 'packet-table'),
        { parentId: assetOf('a anew'), kind: 'opus' },
      ];
      const gone = await on.catalog.exchangeAsset({
        kind: 'original',
        from: assetOf('a'),
        to: anew('a'),
        companions,
      });
      expect([...gone].sort()).toEqual(
        ['a', 'packet-table of a', 'flac of a', 'its table'].map(assetOf).sort(),
      );
      expect(await on.catalog.originalOf(id)).toEqual(anew('a'));
      expect(await on.catalog.tracks([id], NOBODY)).toEqual(before);
      for (const one of companions) {
        expect(await on.catalog.companion(one.parentId, one.kind)).toEqual(one);
        if (one.asset) expect(await on.catalog.assetInUse(one.asset.assetId)).toEqual(one.asset);
      }
      // What is still being read is known until it is buried.
      expect(await on.catalog.asset(assetOf('a'))).toBeDefined();
      expect(await on.catalog.assetInUse(assetOf('a'))).toBeUndefined();
    });

    test('a cover is exchanged on every track, its album and for imports to come', async () => {
      const paths = Array.from({ length: 320 }, (_, at) => String(at));
      await Promise.all(paths.map((path) => on.add(path, { cover: 'x', tags: { album: 'One' } })));
      const gone = await on.catalog.exchangeAsset({
        kind: 'cover',
        from: assetOf('cover x'),
        to: anew('cover x'),
        coverHash: labelHash('cover x'),
      });
      expect(gone).toEqual([assetOf('cover x')]);
      const cover = assetOf('cover x anew');
      const tracks = await on.catalog.everyTrack({ offset: 0, count: 500 }, NOBODY);
      expect(new Set(tracks.map(({ coverAssetId }) => coverAssetId))).toEqual(new Set([cover]));
      const [album] = await on.catalog.listAlbums({ kind: 'by-name' }, { offset: 0, count: 1 }, NOBODY);
      expect(album?.coverAssetId).toBe(cover);
      const known = await on.catalog.coverByHash(on.libraryId, labelHash('cover x'));
      expect(known?.assetId).toBe(cover);
    });

    test('a cover that was exchanged while a track was read is on it as what took its place', async () => {
      await on.add('a', { cover: 'x' });
      const exchange = { kind: 'cover', from: assetOf('cover x'), coverHash: labelHash('cover x') } as const;
      await on.catalog.exchangeAsset({ ...exchange, to: anew('cover x') });
      const coverOf = async (path: string) =>
        (await on.catalog.tracks([await on.add(path, { cover: 'x' })], NOBODY))[0]?.coverAssetId;
      const cover = assetOf('cover x anew');
      expect(await coverOf('b')).toBe(cover);
      await on.catalog.forgetAsset(assetOf('cover x'));
      expect(await coverOf('c')).toBe(cover);
      expect((await on.catalog.coverByHash(on.libraryId, labelHash('cover x')))?.assetId).toBe(cover);
      expect(await on.catalog.asset(assetOf('cover x'))).toBeUndefined();
    });

    test('a companion alone is exchanged with what was made from it', async () => {
      await on.add('a');
      await on.catalog.addCompanion(companion('a', 'opus'));
      await on.catalog.addCompanion(companion('opus of a', 'packet-table', 'its table'));
      const table = companion('opus of a anew', 'packet-table', 'its new table');
      const gone = await on.catalog.exchangeAsset({
        kind: 'companion',
        from: assetOf('opus of a'),
        to: anew('opus of a'),
        of: assetOf('a'),
        as: 'opus',
        companions: [table],
      });
      expect([...gone].sort()).toEqual(['opus of a', 'its table'].map(assetOf).sort());
      expect((await on.catalog.companion(assetOf('a'), 'opus'))?.asset).toEqual(anew('opus of a'));
      expect(await on.catalog.companion(table.parentId, 'packet-table')).toEqual(table);
    });

    test('with an asset that nothing refers to by then changes nothing, and leaves the new one an orphan', async () => {
      const id = await on.add('a');
      await on.add('a', { content: 'edited', keepTrackId: id });
      const gone = await on.catalog.exchangeAsset({
        kind: 'original',
        from: assetOf('a'),
        to: anew('a'),
        companions: [companion('a anew', 'packet-table')],
      });
      expect([...gone].sort()).toEqual([assetOf('a anew'), assetOf('packet-table of a anew')].sort());
      expect((await on.catalog.originalOf(id))?.assetId).toBe(assetOf('edited'));
    });

    test('assets are listed by the epochs that they are sealed under', async () => {
      await on.add('a');
      await on.add('b', { cover: 'x' });
      await on.catalog.exchangeAsset({ kind: 'original', from: assetOf('a'), to: anew('a'), companions: [] });
      expect(await ofEpochs(1)).toEqual(['a', 'b', 'cover x'].map(assetOf).sort());
      expect(await ofEpochs(2)).toEqual([assetOf('a anew')]);
      expect(await ofEpochs(3)).toEqual([]);
    });

    test('come with the log, in whatever order it arrives', async () => {
      const id = await on.add('a', { cover: 'x' });
      const exchange = { kind: 'original', from: assetOf('a'), to: anew('a') } as const;
      await on.catalog.exchangeAsset({ ...exchange, companions: [companion('a anew', 'packet-table')] });
      const changes = await on.catalog.changesAfter(0, 1_000);
      for (const order of [changes, changes.toReversed()]) {
        const other = await on.harness.another();
        await other.apply(order);
        expect(await other.originalOf(id)).toEqual(anew('a'));
        expect(await other.assetInUse(assetOf('packet-table of a anew'))).toBeDefined();
        expect(await other.assetInUse(assetOf('a'))).toBeUndefined();
      }
    });

    test('an orphan that is noted is buried as others are', async () => {
      await on.catalog.addOrphan(anew('lost'));
      on.nowMs += 1;
      expect(ids(await Array.fromAsync(on.catalog.orphanedAssets(on.nowMs)))).toEqual([assetOf('lost anew')]);
    });
  });
}
