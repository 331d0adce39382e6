import { describe, expect, test } from 'vitest';
import type { Companion, CompanionKind } from '../../../src/catalog/index.ts';
import type { AssetId } from '../../../src/core/index.ts';
import { importedTrack, labelId, storedAsset } from '../../support/catalog-tracks.ts';
import { type CatalogFactory, stage } from './harness.ts';

const assetOf = (label: string): AssetId => labelId<AssetId>(`asset ${label}`);

export function describeCompanions(factory: CatalogFactory): void {
  describe('companions', () => {
    const on = stage(factory);

    function companion(parent: string, kind: CompanionKind, label = `${kind} of ${parent}`): Companion {
      return {
        parentId: assetOf(parent),
        kind,
        asset: storedAsset(label, { libraryId: on.libraryId, mediaType: 'audio/flac' }),
      };
    }

    async function orphans(): Promise<AssetId[]> {
      const assets = await Array.fromAsync(on.catalog.orphanedAssets(on.nowMs + 1));
      return assets.map(({ assetId }) => assetId).sort();
    }

    async function lacking(kind: CompanionKind): Promise<AssetId[]> {
      const assets = await Array.fromAsync(on.catalog.originalsWithout(kind));
      return assets.map(({ assetId }) => assetId).sort();
    }

    test('a companion is found by its parent and kind', async () => {
      await on.add('a');
      const table = companion('a', 'packet-table');
      expect(await on.catalog.companion(table.parentId, 'packet-table')).toBeUndefined();
      expect(await on.catalog.addCompanion(table)).toBe(true);
      expect(await on.catalog.companion(table.parentId, 'packet-table')).toEqual(table);
      expect(await on.catalog.companion(table.parentId, 'flac')).toBeUndefined();
      expect(await orphans()).toEqual([]);
    });

    test('a companion comes in with its track, in one transaction', async () => {
      const table = companion('a', 'packet-table');
      await on.catalog.importTrack({ ...importedTrack(on.source, 'a'), companions: [table] });
      expect(await on.catalog.companion(table.parentId, 'packet-table')).toEqual(table);
      expect(await orphans()).toEqual([]);
      expect(await lacking('packet-table')).toEqual([]);
    });

    test('the first companion of a kind stays, and a later one is an orphan', async () => {
      await on.add('a');
      const first = companion('a', 'flac');
      const second = companion('a', 'flac', 'later');
      await on.catalog.addCompanion(first);
      expect(await on.catalog.addCompanion(second)).toBe(false);
      expect(await on.catalog.addCompanion({ parentId: first.parentId, kind: 'flac' })).toBe(false);
      expect(await on.catalog.companion(first.parentId, 'flac')).toEqual(first);
      expect(await orphans()).toEqual([assetOf('later')]);
    });

    test('that none can be made is remembered until one is made after all', async () => {
      await on.add('a');
      const none = { parentId: assetOf('a'), kind: 'flac' } as const;
      expect(await on.catalog.addCompanion(none)).toBe(true);
      expect(await on.catalog.companion(none.parentId, 'flac')).toEqual(none);
      expect(await lacking('flac')).toEqual([]);
      const made = companion('a', 'flac');
      expect(await on.catalog.addCompanion(made)).toBe(true);
      expect(await on.catalog.companion(none.parentId, 'flac')).toEqual(made);
    });

    test('originals without a companion of a kind are listed once each, as many as there are', async () => {
      const labels = Array.from({ length: 520 }, (_, index) => String(index));
      await Promise.all(labels.map((label) => on.add(label, { cover: 'x' })));
      expect(await lacking('packet-table')).toEqual(labels.map(assetOf).sort());
      await on.catalog.addCompanion(companion('7', 'packet-table'));
      await on.catalog.addCompanion({ parentId: assetOf('8'), kind: 'packet-table' });
      expect(await lacking('packet-table')).toHaveLength(518);
      expect(await lacking('opus')).toHaveLength(520);
    });

    test('companions go with a removed track, and those of a rendition with it', async () => {
      const id = await on.add('a');
      await on.catalog.addCompanion(companion('a', 'packet-table'));
      await on.catalog.addCompanion(companion('a', 'flac'));
      await on.catalog.addCompanion(companion('flac of a', 'packet-table', 'its table'));
      const { assets } = await on.catalog.removeTrack(id);
      const all = ['a', 'packet-table of a', 'flac of a', 'its table'].map(assetOf).sort();
      expect([...assets].sort()).toEqual(all);
      expect(await orphans()).toEqual(all);
    });

    test('companions of bytes that were replaced become orphans with them', async () => {
      const id = await on.add('a');
      await on.catalog.addCompanion(companion('a', 'packet-table'));
      await on.add('a', { tags: { title: 'same bytes' }, keepTrackId: id });
      expect(await orphans()).toEqual([]);
      await on.add('a', { content: 'edited', keepTrackId: id });
      expect(await orphans()).toEqual(['a', 'packet-table of a'].map(assetOf).sort());
      expect(await lacking('packet-table')).toEqual([assetOf('edited')]);
    });

    test('a companion in use is referenced, and cannot be forgotten', async () => {
      await on.add('a');
      await on.catalog.addCompanion(companion('a', 'flac'));
      const references = await Array.fromAsync(on.catalog.assetReferences());
      expect(references.filter(({ isReferenced }) => isReferenced)).toHaveLength(2);
      const forgetting = on.catalog.forgetAsset(assetOf('flac of a'));
      await expect(forgetting).rejects.toMatchObject({ code: 'catalog-conflict' });
    });

    test('a forgotten parent leaves no word of its companions, in whatever order they go', async () => {
      const id = await on.add('a');
      await on.catalog.addCompanion(companion('a', 'packet-table'));
      await on.catalog.addCompanion({ parentId: assetOf('a'), kind: 'opus' });
      for (const asset of (await on.catalog.removeTrack(id)).assets) await on.catalog.forgetAsset(asset);
      expect(await Array.fromAsync(on.catalog.assetReferences())).toEqual([]);
      expect(await on.catalog.companion(assetOf('a'), 'packet-table')).toBeUndefined();
      expect(await on.catalog.companion(assetOf('a'), 'opus')).toBeUndefined();
      expect(await on.catalog.addCompanion(companion('a', 'packet-table'))).toBe(false);
    });

    test('one whose parent is unknown, or out of use, is known and an orphan', async () => {
      expect(await on.catalog.addCompanion(companion('nothing', 'flac'))).toBe(false);
      await on.catalog.removeTrack(await on.add('a'));
      await on.catalog.addCompanion(companion('a', 'flac'));
      expect(await orphans()).toEqual(['a', 'flac of a', 'flac of nothing'].map(assetOf).sort());
    });

    test('companions come back with the log, in whatever order it arrives', async () => {
      const id = await on.add('a');
      await on.catalog.addCompanion(companion('a', 'flac'));
      await on.catalog.addCompanion(companion('flac of a', 'packet-table', 'its table'));
      const changes = await on.catalog.changesAfter(0, 1_000);
      for (const order of [changes, changes.toReversed()]) {
        const other = await on.harness.another();
        await other.apply(order);
        expect(await other.companion(assetOf('a'), 'flac')).toEqual(companion('a', 'flac'));
        expect([...(await other.removeTrack(id)).assets].sort()).toEqual(
          ['a', 'flac of a', 'its table'].map(assetOf).sort(),
        );
      }
    });
  });
}
