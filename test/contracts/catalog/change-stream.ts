import { describe, expect, test } from 'vitest';
import type { Change } from '../../../src/catalog/index.ts';
import type { AlbumId, TrackId } from '../../../src/core/index.ts';
import { importedTrack } from '../../support/catalog-tracks.ts';
import { type CatalogFactory, type CatalogUnderTest, NOBODY, stage } from './harness.ts';

const EVERYTHING = { offset: 0, count: 100 };

export function describeChangeStream(factory: CatalogFactory): void {
  describe('the change stream', () => {
    const on = stage(factory);

    async function changes(after = 0): Promise<readonly Change[]> {
      return on.catalog.changesAfter(after, 10_000);
    }

    /** What people would notice of two catalogues being unlike. */
    async function contents(catalog: CatalogUnderTest, viewer = NOBODY) {
      return {
        libraries: await catalog.libraries(),
        tracks: await catalog.everyTrack(EVERYTHING, viewer),
        albums: await catalog.everyAlbum(EVERYTHING, viewer),
        artists: await catalog.everyArtist(EVERYTHING, viewer),
        genres: await catalog.genres(),
        starred: await catalog.starred(viewer),
        playlists: await catalog.playlists(viewer),
        queue: await catalog.playQueue(viewer),
        counts: await catalog.counts(),
        files: await Array.fromAsync(catalog.sourceFiles(on.source.id)),
      };
    }

    test('a commit appends what it changed, each row once, with growing versions', async () => {
      const before = await on.catalog.lastSeq();
      const id = await on.add('1', { tags: { album: 'X', artists: ['A'] } });
      const imported = await changes(before);
      const names = imported.map(({ table, key }) => `${table} ${key.join(' ')}`);
      expect(new Set(names).size).toBe(names.length);
      expect(imported.find(({ table }) => table === 'track')).toMatchObject({
        key: [id % 1_024, id],
        rowVersion: 1,
        row: { id, title: '1' },
      });
      const seqs = imported.map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
      const middle = await on.catalog.lastSeq();
      await on.add('1', { tags: { album: 'X', artists: ['A'], title: 'new' }, keepTrackId: id });
      const track = (await changes(middle)).find(({ table }) => table === 'track');
      expect(track).toMatchObject({ rowVersion: 2, row: { title: 'new' } });
    });

    test('a deletion is a change without a row', async () => {
      const id = await on.add('1');
      const seq = await on.catalog.lastSeq();
      await on.catalog.removeTrack(id);
      const gone = (await changes(seq)).find(({ table }) => table === 'track');
      expect(gone).toMatchObject({ key: [id % 1_024, id], rowVersion: 2 });
      expect(gone).not.toHaveProperty('row');
    });

    test('what fails leaves no change', async () => {
      const user = await on.harness.addUser('ann');
      const seq = await on.catalog.lastSeq();
      await expect(on.catalog.createPlaylist(user, 'x', [5 as TrackId])).rejects.toThrow();
      expect(await on.catalog.lastSeq()).toBe(seq);
    });

    test('listeners hear of each commit that changed something and of which tables, until they unsubscribe', async () => {
      let heard = 0;
      let changed: ReadonlySet<string> = new Set();
      const stop = on.catalog.onCommit((tables) => {
        heard++;
        changed = tables;
      });
      await on.add('1');
      expect(heard).toBe(1);
      expect([...changed]).toEqual(expect.arrayContaining(['track', 'album']));
      expect([...changed]).not.toContain('playlist');
      await on.catalog.ensureSource(on.libraryId, '/music');
      expect(heard).toBe(1);
      stop();
      await on.add('2');
      expect(heard).toBe(1);
    });

    test('trimmed changes are forgotten, and no seq is given twice', async () => {
      await on.add('1');
      const last = await on.catalog.lastSeq();
      expect(await on.catalog.trimmedUpTo()).toBe(0);
      await on.catalog.trim(last + 1_000);
      expect(await on.catalog.trimmedUpTo()).toBe(last);
      expect(await on.catalog.lastSeq()).toBe(last);
      expect(await changes()).toEqual([]);
      await on.add('2');
      expect((await changes())[0]?.seq).toBeGreaterThan(last);
      await on.catalog.trim(1);
      expect(await on.catalog.trimmedUpTo()).toBe(last);
    });

    test('changes come in pages', async () => {
      await on.add('1');
      const all = await changes();
      const paged: Change[] = [];
      for (let page = await on.catalog.changesAfter(0, 3); page.length > 0; ) {
        paged.push(...page);
        page = await on.catalog.changesAfter(page.at(-1)?.seq ?? 0, 3);
      }
      expect(paged).toEqual(all);
    });

    async function live(): Promise<{ user: Awaited<ReturnType<typeof on.harness.addUser>>; ids: TrackId[] }> {
      const user = await on.harness.addUser('Ann');
      const ids = [];
      for (const [index, album] of ['X', 'X', 'Y', 'Z'].entries()) {
        const tags = { album, artists: ['A', `B${index}`], genres: ['Rock'], year: 2000 + index };
        ids.push(await on.add(`${index}`, { tags, cover: album }));
      }
      const [one, two, three, four] = ids;
      if (one === undefined || two === undefined || three === undefined || four === undefined)
        throw new Error();
      const [track] = await on.catalog.tracks([one], user);
      await on.catalog.star(user, [
        { kind: 'track', id: one },
        { kind: 'album', id: track?.albumId as AlbumId },
      ]);
      await on.catalog.unstar(user, [{ kind: 'track', id: one }]);
      await on.catalog.rate(user, { kind: 'track', id: two }, 4);
      await on.catalog.recordPlay(user, two, 77);
      const list = await on.catalog.createPlaylist(user, 'list', [four, two, one]);
      await on.catalog.updatePlaylist(user, list, { isPublic: true, removeIndexes: [1] });
      await on.catalog.deletePlaylist(user, await on.catalog.createPlaylist(user, 'gone', []));
      const queue = { trackIds: [one, two], currentIndex: 1, positionMs: 9, changedBy: 'x' };
      await on.catalog.savePlayQueue(user, queue);
      await on.add('1', { tags: { album: 'Moved', artists: ['C'], genres: ['Pop'] }, keepTrackId: two });
      await on.catalog.removeTrack(three);
      const file = await on.catalog.fileAt(on.source.id, '0');
      if (file) await on.catalog.moveFile(file, { ...file, pathKey: 'elsewhere' });
      return { user, ids };
    }

    test('a replayed stream gives the same catalogue, with the same ids', async () => {
      const { user } = await live();
      const copy = await on.harness.another();
      await copy.apply(await changes());
      expect(await contents(copy, user)).toEqual(await contents(on.catalog, user));
    });

    test('a snapshot gives the same catalogue', async () => {
      const { user } = await live();
      const snapshot = await Array.fromAsync(on.catalog.snapshot());
      const copy = await on.harness.another();
      await copy.apply(snapshot);
      expect(await contents(copy, user)).toEqual(await contents(on.catalog, user));
    });

    test('backwards, twice and in pieces, a stream gives the same', async () => {
      const { user } = await live();
      const all = await changes();
      const copy = await on.harness.another();
      for (const change of all.toReversed()) await copy.apply([change]);
      await copy.apply(all);
      expect(await contents(copy, user)).toEqual(await contents(on.catalog, user));
    });

    test('what was removed does not come back with an older state', async () => {
      const { ids } = await live();
      const older = (await changes()).filter(({ row }) => row !== undefined);
      const snapshot = await Array.fromAsync(on.catalog.snapshot());
      const copy = await on.harness.another();
      await copy.apply(snapshot);
      await copy.apply(older);
      expect(await copy.tracks([ids[2] as TrackId], NOBODY)).toEqual([]);
    });

    test('after a log no id is given that it, or its lost end, may have given', async () => {
      const { ids } = await live();
      const copy = await on.harness.another();
      const all = await changes();
      await copy.apply(all.slice(0, all.length - 20));
      const lost = new Set<number>(ids);
      for (const { key, table } of all) if (table !== 'id_sequence') lost.add(Number(key[1]));
      const source = (await copy.sources())[0];
      if (!source) throw new Error('the source is there');
      for (let index = 0; index < 40; index++) {
        const track = importedTrack(source, `new ${index}`, {
          tags: { album: `${index}`, artists: [`${index}`] },
        });
        const id = await copy.importTrack(track);
        const [view] = await copy.tracks([id], NOBODY);
        expect(lost.has(id)).toBe(false);
        expect(lost.has(view?.albumId ?? 0)).toBe(false);
      }
    });

    test('a catalogue restored from a backup gives other ids than it did after the backup', async () => {
      await live();
      const backup = await Array.fromAsync(on.catalog.snapshot());
      const restored = await on.harness.another();
      await restored.apply(backup);
      const given = async (catalog: CatalogUnderTest) => {
        const ids = new Set<number>();
        for (let index = 0; index < 30; index++) {
          ids.add(await catalog.createPlaylist(NOBODY, `${index}`, []));
        }
        return ids;
      };
      const after = await given(restored);
      await on.catalog.skipIds();
      await on.catalog.skipIds();
      expect((await given(on.catalog)).intersection(after).size).toBe(0);
      expect((await changes()).filter(({ table }) => table === 'id_sequence').length).toBeGreaterThan(1_023);
    });

    test('applying is heard by nobody and renames the catalogue, so that followers start anew', async () => {
      await live();
      const copy = await on.harness.another();
      let heard = 0;
      copy.onCommit(() => {
        heard++;
      });
      const name = await copy.catalogId();
      const seq = await copy.lastSeq();
      await copy.apply(await changes());
      expect(heard).toBe(0);
      expect(await copy.lastSeq()).toBe(seq);
      expect(await copy.catalogId()).not.toBe(name);
    });

    test('what is applied shows at once where it was read before', async () => {
      const id = await on.add('1', { tags: { title: 'old' } });
      const copy = await on.harness.another();
      await copy.apply(await changes());
      expect(await copy.tracks([id], NOBODY)).toMatchObject([{ title: 'old' }]);
      await on.add('1', { tags: { title: 'new' }, keepTrackId: id });
      await copy.apply(await changes());
      expect(await copy.tracks([id], NOBODY)).toMatchObject([{ title: 'new' }]);
    });

    test('a log of a newer Clef is not applied in part', async () => {
      const copy = await on.harness.another();
      const unknown = { code: 'unsupported-format' };
      const [change] = await changes();
      if (!change) throw new Error('there are changes');
      const table = { ...change, table: 'podcast' };
      const column = { ...change, row: { ...change.row, colour: 'red' } };
      const value = { ...change, row: { ...change.row, name: 7 } };
      for (const one of [table, column, value]) {
        await expect(copy.apply([change, one])).rejects.toMatchObject(unknown);
      }
      expect(await copy.libraries()).toEqual([]);
    });
  });
}
