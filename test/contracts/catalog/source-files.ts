import { describe, expect, test } from 'vitest';
import type { SourceFile } from '../../../src/catalog/index.ts';
import type { TrackId } from '../../../src/core/index.ts';
import { importedTrack, labelHash } from '../../support/catalog-tracks.ts';
import { type CatalogFactory, NOBODY, stage } from './harness.ts';

export function describeSourceFiles(factory: CatalogFactory): void {
  describe('source files', () => {
    const on = stage(factory);

    async function files(): Promise<SourceFile[]> {
      return Array.fromAsync(on.catalog.sourceFiles(on.source.id));
    }

    async function fileAt(path: string): Promise<SourceFile> {
      const file = await on.catalog.fileAt(on.source.id, path);
      if (!file) throw new Error('the file is there');
      return file;
    }

    async function missingSince(id: TrackId) {
      return (await on.catalog.tracks([id], NOBODY))[0]?.sourceMissingSinceMs;
    }

    test('libraries and sources are made once', async () => {
      await on.catalog.ensureLibrary(on.libraryId, 'Renamed');
      expect(await on.catalog.libraries()).toMatchObject([{ name: 'Renamed', number: 1 }]);
      expect(await on.catalog.ensureSource(on.libraryId, '/music')).toEqual(on.source);
      const second = await on.catalog.ensureSource(on.libraryId, '/more');
      expect(second.id).not.toBe(on.source.id);
      expect(await on.catalog.sources()).toHaveLength(2);
    });

    test('files are listed in the order of their paths’ bytes', async () => {
      const paths = ['b', 'a/2', 'a/1', 'B', 'é', '\u{1f3b5}', '\uffee'];
      for (const path of paths) await on.add(path);
      const listed = (await files()).map(({ pathKey }) => pathKey);
      expect(listed).toEqual(['B', 'a/1', 'a/2', 'b', 'é', '\uffee', '\u{1f3b5}']);
    });

    test('a file is found by path, inode and content', async () => {
      const track = importedTrack(on.source, 'a');
      const trackId = await on.catalog.importTrack(track);
      const file = { ...track.file, trackId };
      expect(await on.catalog.fileAt(on.source.id, 'a')).toEqual(file);
      expect(await on.catalog.fileByInode(on.source.id, track.file.deviceAndInode)).toEqual([file]);
      expect(await on.catalog.fileByInode(on.source.id, '')).toEqual([]);
      expect(await on.catalog.fileByHash(on.libraryId, track.file.contentHash)).toEqual([file]);
      expect(await on.catalog.fileAt(on.source.id, 'b')).toBeUndefined();
      expect(await on.catalog.fileByHash(on.libraryId, labelHash('other'))).toEqual([]);
    });

    test('a moved file keeps its track, and the old path is free', async () => {
      const id = await on.add('old');
      const { trackId, contentHash, ...file } = await fileAt('old');
      await on.catalog.moveFile({ ...file, trackId, contentHash }, { ...file, pathKey: 'new' });
      expect((await files()).map(({ pathKey }) => pathKey)).toEqual(['new']);
      expect(await fileAt('new')).toMatchObject({ trackId: id, contentHash });
      const other = await on.add('old', { content: 'other' });
      expect(other).not.toBe(id);
      expect(await files()).toHaveLength(2);
    });

    test('a file moves away and back again', async () => {
      const id = await on.add('a');
      const at = async (from: string, to: string) => {
        const file = await fileAt(from);
        await on.catalog.moveFile(file, { ...file, pathKey: to });
      };
      await at('a', 'b');
      await at('b', 'a');
      await at('a', 'b');
      expect(await files()).toMatchObject([{ pathKey: 'b', trackId: id }]);
    });

    test('a file does not move onto another', async () => {
      await on.add('a');
      const id = await on.add('b');
      const file = await fileAt('a');
      const attempt = on.catalog.moveFile(file, { ...file, pathKey: 'b' });
      await expect(attempt).rejects.toMatchObject({ code: 'catalog-conflict' });
      expect(await fileAt('b')).toMatchObject({ trackId: id });
      expect(await files()).toHaveLength(2);
    });

    test('a file that was moved by someone else is not moved again', async () => {
      await on.add('a');
      const file = await fileAt('a');
      await on.catalog.moveFile(file, { ...file, pathKey: 'b' });
      const attempt = on.catalog.moveFile(file, { ...file, pathKey: 'c' });
      await expect(attempt).rejects.toMatchObject({ code: 'catalog-conflict' });
    });

    test('a new stamp is noted without moving', async () => {
      await on.add('a');
      const file = await fileAt('a');
      await on.catalog.moveFile(file, { ...file, modifiedNs: '42', sidecars: 'cover' });
      expect(await files()).toEqual([{ ...file, modifiedNs: '42', sidecars: 'cover' }]);
    });

    test('a file may move to another source of its library', async () => {
      const id = await on.add('a');
      const other = await on.catalog.ensureSource(on.libraryId, '/more');
      const file = await fileAt('a');
      await on.catalog.moveFile(file, { ...file, sourceId: other.id });
      expect(await files()).toEqual([]);
      expect(await on.catalog.fileAt(other.id, 'a')).toMatchObject({ trackId: id });
    });

    test('a track is missing while all its files are', async () => {
      const id = await on.add('a');
      const file = await fileAt('a');
      await on.catalog.addDuplicate({ ...file, pathKey: 'copy' });
      expect(await on.catalog.fileByHash(on.libraryId, file.contentHash)).toHaveLength(2);
      await on.catalog.markMissing([file], 500);
      expect(await missingSince(id)).toBeUndefined();
      expect(await fileAt('a')).toMatchObject({ missingSinceMs: 500 });
      await on.catalog.markMissing([await fileAt('copy')], 700);
      expect(await missingSince(id)).toBe(700);
      await on.catalog.markPresent([await fileAt('a')]);
      expect(await missingSince(id)).toBeUndefined();
    });

    test('a missing file that is found elsewhere is missing no more', async () => {
      const id = await on.add('a');
      await on.catalog.markMissing([await fileAt('a')], 500);
      const { missingSinceMs, ...file } = await fileAt('a');
      expect(missingSinceMs).toBe(500);
      await on.catalog.moveFile({ ...file, missingSinceMs: 500 }, { ...file, pathKey: 'b' });
      expect(await missingSince(id)).toBeUndefined();
      expect(await fileAt('b')).not.toHaveProperty('missingSinceMs');
    });

    test('the newest import has the path, and the track it displaced has lost its source', async () => {
      const old = await on.add('a');
      const id = await on.add('a', { content: 'other' });
      expect(id).not.toBe(old);
      expect(await files()).toMatchObject([{ trackId: id }]);
      expect(await missingSince(old)).toBe(on.nowMs);
      expect(await missingSince(id)).toBeUndefined();
    });

    test('tracks of one album share a cover, and new bytes of a track leave the old ones unused', async () => {
      const id = await on.add('1', { cover: 'x' });
      await on.add('2', { cover: 'x' });
      const cover = await on.catalog.coverByHash(on.libraryId, labelHash('cover x'));
      expect(cover).toMatchObject({ mediaType: 'image/jpeg' });
      expect(await on.catalog.coverByHash(on.libraryId, labelHash('cover y'))).toBeUndefined();
      const before = await on.catalog.originalOf(id);
      await on.add('1', { content: 'new bytes', keepTrackId: id });
      const after = await on.catalog.originalOf(id);
      expect(after?.assetId).not.toBe(before?.assetId);
      const orphans = await Array.fromAsync(on.catalog.orphanedAssets(on.nowMs + 1));
      expect(orphans.map(({ assetId }) => assetId)).toEqual([before?.assetId]);
    });
  });
}
