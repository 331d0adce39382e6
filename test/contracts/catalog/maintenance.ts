import { describe, expect, test } from 'vitest';
import type { AdoptedTrack, UploadedTrack } from '../../../src/catalog/index.ts';
import type { AssetId, LayoutId, NodeId, TrackId, UploadId } from '../../../src/core/index.ts';
import {
  importedTrack,
  labelHash,
  labelId,
  storedAsset,
  type TrackChanges,
} from '../../support/catalog-tracks.ts';
import { type CatalogFactory, NOBODY, stage } from './harness.ts';

export function describeMaintenance(factory: CatalogFactory): void {
  describe('maintenance', () => {
    const on = stage(factory);

    function adopted(label: string, changes: TrackChanges = {}): AdoptedTrack {
      const { file, ...track } = importedTrack(on.source, label, changes);
      return { ...track, contentHash: file.contentHash };
    }

    function uploaded(label: string, changes: TrackChanges = {}): UploadedTrack {
      return { ...adopted(label, changes), uploadId: labelId<UploadId>(`upload ${label}`) };
    }

    async function orphans(beforeMs = on.nowMs + 1) {
      const assets = await Array.fromAsync(on.catalog.orphanedAssets(beforeMs));
      return assets.map(({ assetId }) => assetId).sort();
    }

    test('an asset reads back as it was written', async () => {
      const id = await on.add('a');
      const asset = storedAsset('a', { libraryId: on.libraryId });
      expect(await on.catalog.originalOf(id)).toEqual(asset);
      expect(await on.catalog.asset(asset.assetId)).toEqual(asset);
      expect(await on.catalog.asset(labelId<AssetId>('no asset'))).toBeUndefined();
    });

    test('a removed track is gone, and names the assets that nothing uses any more', async () => {
      const [one, two] = [await on.add('1', { cover: 'x' }), await on.add('2', { cover: 'x' })];
      expect(await on.catalog.removeTrack(one)).toEqual({ assets: [labelId('asset 1')] });
      expect(await on.catalog.tracks([one], NOBODY)).toEqual([]);
      expect(await on.catalog.originalOf(one)).toBeUndefined();
      const last = await on.catalog.removeTrack(two);
      expect([...last.assets].sort()).toEqual([labelId('asset 2'), labelId('asset cover x')].sort());
      await expect(on.catalog.removeTrack(one)).rejects.toMatchObject({ code: 'not-found' });
      expect(await orphans(on.nowMs)).toEqual([]);
      expect(await orphans()).toHaveLength(3);
    });

    test('the file of a removed track stays known, and changed tags make a new track of it', async () => {
      const id = await on.add('a');
      await on.catalog.removeTrack(id);
      expect(await on.catalog.fileAt(on.source.id, 'a')).toMatchObject({ trackId: id });
      const again = await on.add('a', { content: 'new', keepTrackId: id });
      expect(again).not.toBe(id);
      expect(await on.catalog.tracks([id, again], NOBODY)).toMatchObject([{ id: again }]);
    });

    test('a track that is removed while its file is looked at stays out, and what it used is not used again', async () => {
      const id = await on.add('a', { cover: 'x' });
      for (const asset of (await on.catalog.removeTrack(id)).assets) await on.catalog.forgetAsset(asset);
      // The same bytes beside changed lyrics, read before the removal.
      await on.add('a', { keepTrackId: id, cover: 'x' });
      expect(await on.catalog.counts()).toMatchObject({ tracks: 0 });
      expect(await on.catalog.fileAt(on.source.id, 'a')).toMatchObject({ trackId: id });
      const other = await on.add('b', { cover: 'x' });
      expect(await on.catalog.asset(labelId<AssetId>('asset cover x'))).toBeUndefined();
      expect(await on.catalog.originalOf(other)).toBeDefined();
    });

    test('an asset that is used again is no orphan', async () => {
      const one = await on.add('1', { cover: 'x' });
      await on.catalog.removeTrack(one);
      expect(await on.catalog.coverByHash(on.libraryId, labelHash('cover x'))).toBeUndefined();
      await on.add('2', { cover: 'x' });
      expect(await orphans()).toEqual([labelId('asset 1')]);
      const inUse = await Array.fromAsync(on.catalog.assetsInUse());
      expect(inUse.map(({ assetId }) => assetId).sort()).toEqual(
        [labelId('asset 2'), labelId('asset cover x')].sort(),
      );
    });

    test('a forgotten asset is gone, one in use is not forgotten', async () => {
      const [one, two] = [await on.add('1'), await on.add('2')];
      await on.catalog.removeTrack(one);
      await on.catalog.forgetAsset(labelId<AssetId>('asset 1'));
      expect(await on.catalog.asset(labelId<AssetId>('asset 1'))).toBeUndefined();
      expect(await orphans()).toEqual([]);
      const used = (await on.catalog.originalOf(two))?.assetId as AssetId;
      await expect(on.catalog.forgetAsset(used)).rejects.toMatchObject({ code: 'catalog-conflict' });
    });

    test('every asset is listed once with whether it is used', async () => {
      const one = await on.add('1', { cover: 'x' });
      await on.add('2', { cover: 'x' });
      await on.catalog.removeTrack(one);
      const references = await Array.fromAsync(on.catalog.assetReferences());
      const used = new Map(references.map(({ assetId, isReferenced }) => [assetId, isReferenced]));
      expect(references).toHaveLength(3);
      expect(used.get(labelId<AssetId>('asset 1'))).toBe(false);
      expect(used.get(labelId<AssetId>('asset 2'))).toBe(true);
      expect(used.get(labelId<AssetId>('asset cover x'))).toBe(true);
    });

    test('degraded assets wait in line until their columns are whole', async () => {
      const track = importedTrack(on.source, 'a');
      const later = importedTrack(on.source, 'b');
      await on.catalog.importTrack({
        ...later,
        original: { ...later.original, degraded: true, createdAtMs: 9 },
      });
      await on.catalog.importTrack({
        ...track,
        original: { ...track.original, degraded: true, createdAtMs: 5 },
      });
      await on.add('whole');
      const waiting = await Array.fromAsync(on.catalog.degradedAssets());
      expect(waiting.map(({ assetId }) => assetId)).toEqual([track.original.assetId, later.original.assetId]);
      const columnNodes = [labelId<NodeId>('x'), labelId<NodeId>('y'), labelId<NodeId>('z')];
      const { assetId, layoutId } = track.original;
      const before = track.original.columnNodes;
      const whole = { assetId, layoutId, before, columnNodes, degraded: false };
      expect(await on.catalog.setColumnNodes(whole)).toBe(true);
      expect(await on.catalog.asset(assetId)).toMatchObject({ columnNodes, degraded: false });
      expect(await Array.fromAsync(on.catalog.degradedAssets())).toHaveLength(1);
      const otherLayout = labelId<LayoutId>('another layout');
      const stale = { assetId, layoutId: otherLayout, before: columnNodes, columnNodes: [], degraded: true };
      expect(await on.catalog.setColumnNodes(stale)).toBe(false);
      expect(await on.catalog.asset(assetId)).toMatchObject({ columnNodes });
    });

    test('a column that is named otherwise than before a repair looked stays so, and what was short stays short', async () => {
      await on.add('a');
      const asset = storedAsset('a', { libraryId: on.libraryId });
      const { assetId, columnNodes: before } = asset;
      const [x, y, z] = [labelId<NodeId>('x'), labelId<NodeId>('y'), labelId<NodeId>('z')];
      // Another forgot a node that is gone for good, and named a column elsewhere.
      const meanwhile = [undefined, x, undefined];
      await on.catalog.setColumnNodes({ ...asset, before, columnNodes: meanwhile, degraded: true });
      expect(await on.catalog.asset(assetId)).toMatchObject({ columnNodes: meanwhile, degraded: true });
      const found = [before[0], y, z];
      expect(await on.catalog.setColumnNodes({ ...asset, before, columnNodes: found, degraded: false })).toBe(
        true,
      );
      expect(await on.catalog.asset(assetId)).toMatchObject({
        columnNodes: [undefined, x, z],
        degraded: true,
      });
      await on.catalog.setColumnNodes({ ...asset, before: [undefined, x, z], columnNodes: [y, x, z] });
      expect(await on.catalog.asset(assetId)).toMatchObject({ columnNodes: [y, x, z], degraded: false });
    });

    test('a repair survives the import of new tags over the same bytes', async () => {
      const id = await on.add('a');
      const asset = storedAsset('a', { libraryId: on.libraryId });
      const columnNodes = [labelId<NodeId>('x')];
      await on.catalog.setColumnNodes({ ...asset, before: asset.columnNodes, columnNodes });
      await on.add('a', { tags: { title: 'new' }, keepTrackId: id });
      expect(await on.catalog.originalOf(id)).toMatchObject({ columnNodes });
    });

    test('an adopted asset is a track without a source, once', async () => {
      const track = adopted('lost', { tags: { title: 'Lost', album: 'X' } });
      const id = (await on.catalog.adoptTrack(track)) as TrackId;
      expect(await on.catalog.tracks([id], NOBODY)).toMatchObject([{ title: 'Lost' }]);
      expect((await on.catalog.tracks([id], NOBODY))[0]).not.toHaveProperty('sourceMissingSinceMs');
      expect(await on.catalog.adoptTrack(track)).toBe(id);
      expect(await on.catalog.counts()).toMatchObject({ tracks: 1 });
      expect(await Array.fromAsync(on.catalog.sourceFiles(on.source.id))).toEqual([]);
    });

    test('the file of an adopted track is known for a duplicate when a scan meets it', async () => {
      const track = adopted('lost');
      const id = (await on.catalog.adoptTrack(track)) as TrackId;
      const [known] = await on.catalog.fileByHash(on.libraryId, track.contentHash);
      expect(known).toMatchObject({ trackId: id });
      const { file } = importedTrack(on.source, 'found');
      await on.catalog.addDuplicate({ ...file, contentHash: track.contentHash, trackId: id });
      const found = await on.catalog.fileAt(on.source.id, 'found');
      expect(found).toMatchObject({ trackId: id });
      if (found) await on.catalog.markMissing([found], 77);
      expect(await on.catalog.tracks([id], NOBODY)).toMatchObject([{ sourceMissingSinceMs: 77 }]);
    });

    test('an asset whose content has a track already is known, and orphaned', async () => {
      await on.add('a');
      const track = adopted('a');
      const twin = { ...track, original: storedAsset('twin', { libraryId: on.libraryId }) };
      expect(await on.catalog.adoptTrack(twin)).toBeUndefined();
      expect(await orphans()).toEqual([labelId('asset twin')]);
      expect(await on.catalog.counts()).toMatchObject({ tracks: 1 });
    });

    test('an upload is a track without a source, once for each content', async () => {
      const track = uploaded('sent', { tags: { title: 'Sent' } });
      const { trackId, isNew } = await on.catalog.addUpload(track);
      expect(isNew).toBe(true);
      const [view] = await on.catalog.tracks([trackId], NOBODY);
      expect(view).toMatchObject({ title: 'Sent' });
      expect(view).not.toHaveProperty('sourceMissingSinceMs');
      // Run again after a kill, with what it had sealed anew.
      const again = { ...track, original: storedAsset('again', { libraryId: on.libraryId }) };
      expect(await on.catalog.addUpload(again)).toEqual({ trackId, isNew: true });
      const other = { ...again, uploadId: labelId<UploadId>('another upload') };
      expect(await on.catalog.addUpload(other)).toEqual({ trackId, isNew: false });
      expect(await orphans()).toEqual([labelId('asset again')]);
      expect(await on.catalog.counts()).toMatchObject({ tracks: 1 });
      const [known] = await on.catalog.fileByHash(on.libraryId, track.contentHash);
      expect(known).toMatchObject({ trackId, pathKey: track.uploadId });
    });

    test('an upload of what a source has is that track, and of what a person removed a new one', async () => {
      const id = await on.add('a');
      expect(await on.catalog.addUpload(uploaded('a'))).toEqual({ trackId: id, isNew: false });
      await on.catalog.removeTrack(id);
      const original = storedAsset('sent again', { libraryId: on.libraryId });
      const back = await on.catalog.addUpload({ ...uploaded('a'), original });
      expect(back).toMatchObject({ isNew: true });
      expect(back.trackId).not.toBe(id);
      expect(await on.catalog.originalOf(back.trackId)).toEqual(original);
    });

    test('what a person removed is not adopted', async () => {
      const id = await on.add('a');
      await on.catalog.removeTrack(id);
      expect(await on.catalog.adoptTrack(adopted('a'))).toBeUndefined();
      await on.catalog.forgetAsset(labelId<AssetId>('asset a'));
      expect(await on.catalog.adoptTrack(adopted('a'))).toBeUndefined();
      expect(await on.catalog.counts()).toMatchObject({ tracks: 0 });
    });
  });
}
