import { describe, expect, test } from 'vitest';
import type { PlaylistId, TrackId, UserId } from '../../../src/core/index.ts';
import { type CatalogFactory, stage } from './harness.ts';

export function describeListeners(factory: CatalogFactory): void {
  describe('what listeners do', () => {
    const on = stage(factory);
    const unknown = 987_654_321 as TrackId;

    async function view(id: TrackId, viewer: UserId) {
      return (await on.catalog.tracks([id], viewer))[0];
    }

    test('a star is the listener’s own, dates from the first time, and goes', async () => {
      const [ann, bob] = [await on.harness.addUser('ann'), await on.harness.addUser('bob')];
      const id = await on.add('1');
      await on.catalog.star(ann, [{ kind: 'track', id }]);
      const firstMs = on.nowMs;
      on.nowMs += 5;
      await on.catalog.star(ann, [{ kind: 'track', id }]);
      expect(await view(id, ann)).toMatchObject({ starredAtMs: firstMs });
      expect(await view(id, bob)).not.toHaveProperty('starredAtMs');
      await on.catalog.unstar(ann, [{ kind: 'track', id }]);
      expect(await view(id, ann)).not.toHaveProperty('starredAtMs');
      expect(await on.catalog.starred(ann)).toEqual({ tracks: [], albums: [], artists: [] });
      await on.catalog.star(ann, [{ kind: 'track', id }]);
      expect(await view(id, ann)).toMatchObject({ starredAtMs: on.nowMs });
    });

    test('starred items are listed by kind, the newest first', async () => {
      const ann = await on.harness.addUser('ann');
      const [one, two] = [
        await on.add('1', { tags: { album: 'X' } }),
        await on.add('2', { tags: { album: 'X' } }),
      ];
      const track = await view(one, ann);
      if (!track) throw new Error('the track is there');
      await on.catalog.star(ann, [{ kind: 'track', id: one }]);
      on.nowMs += 1;
      await on.catalog.star(ann, [
        { kind: 'track', id: two },
        { kind: 'album', id: track.albumId },
        ...track.artists.map(({ id }) => ({ kind: 'artist', id }) as const),
      ]);
      const starred = await on.catalog.starred(ann);
      expect(starred.tracks.map(({ id }) => id)).toEqual([two, one]);
      expect(starred.albums).toMatchObject([{ id: track.albumId, title: 'X' }]);
      expect(starred.artists).toMatchObject([{ id: track.artists[0]?.id }]);
      const other = await on.otherLibrary();
      expect(await on.catalog.starred(ann, other.libraryId)).toEqual({ tracks: [], albums: [], artists: [] });
      expect((await on.catalog.starred(ann, on.libraryId)).artists).toHaveLength(1);
    });

    test('of several stars none is given where one item is unknown', async () => {
      const ann = await on.harness.addUser('ann');
      const id = await on.add('1');
      const both = [{ kind: 'track', id } as const, { kind: 'track', id: unknown } as const];
      await expect(on.catalog.star(ann, both)).rejects.toMatchObject({ code: 'not-found' });
      expect(await view(id, ann)).not.toHaveProperty('starredAtMs');
    });

    test('a rating is set, changed and removed', async () => {
      const ann = await on.harness.addUser('ann');
      const id = await on.add('1');
      await on.catalog.rate(ann, { kind: 'track', id }, 4);
      expect(await view(id, ann)).toMatchObject({ rating: 4 });
      await on.catalog.rate(ann, { kind: 'track', id }, 0);
      expect(await view(id, ann)).not.toHaveProperty('rating');
    });

    test('a play counts for track, album and artist, and once however often it is reported', async () => {
      const ann = await on.harness.addUser('ann');
      const id = await on.add('1', { tags: { album: 'X', artists: ['A'] } });
      await on.catalog.recordPlay(ann, id, 5_000);
      await on.catalog.recordPlay(ann, id, 5_000);
      await on.catalog.recordPlay(ann, id, 3_000);
      const track = await view(id, ann);
      expect(track).toMatchObject({ playCount: 2, lastPlayedAtMs: 5_000 });
      if (!track) throw new Error('the track is there');
      expect(await on.catalog.albums([track.albumId], ann)).toMatchObject([{ playCount: 2 }]);
      expect(
        await on.catalog.artists(
          track.artists.map((a) => a.id),
          ann,
        ),
      ).toMatchObject([{ playCount: 2 }]);
      await expect(on.catalog.recordPlay(ann, unknown, 1)).rejects.toMatchObject({ code: 'not-found' });
    });

    test('a play queue is kept as it was saved, without tracks that are no more', async () => {
      const ann = await on.harness.addUser('ann');
      const [one, two] = [await on.add('1'), await on.add('2')];
      expect(await on.catalog.playQueue(ann)).toBeUndefined();
      const queue = { trackIds: [one, two, one], currentIndex: 1, positionMs: 1_234, changedBy: 'phone' };
      await on.catalog.savePlayQueue(ann, queue);
      expect(await on.catalog.playQueue(ann)).toEqual({ ...queue, changedAtMs: on.nowMs });
      await on.catalog.removeTrack(two);
      expect(await on.catalog.playQueue(ann)).toEqual({
        trackIds: [one, one],
        positionMs: 1_234,
        changedBy: 'phone',
        changedAtMs: on.nowMs,
      });
    });

    test('of a track that stands in a play queue twice, the right place is kept', async () => {
      const ann = await on.harness.addUser('ann');
      const [one, two] = [await on.add('1'), await on.add('2')];
      const queue = { trackIds: [two, one, one, two, one], positionMs: 0, changedBy: 'phone' };
      for (const currentIndex of [1, 2, 4]) {
        await on.catalog.savePlayQueue(ann, { ...queue, currentIndex });
        expect((await on.catalog.playQueue(ann))?.currentIndex).toBe(currentIndex);
      }
      await on.catalog.removeTrack(two);
      expect(await on.catalog.playQueue(ann)).toMatchObject({ trackIds: [one, one, one], currentIndex: 2 });
    });

    test('a playlist holds its tracks in order, and sums them up', async () => {
      const ann = await on.harness.addUser('Ann');
      const one = await on.add('1', { durationMs: 1_000 });
      const two = await on.add('2', { durationMs: 2_000, cover: 'two' });
      const id = await on.catalog.createPlaylist(ann, 'mine', [two, one, two]);
      const found = await on.catalog.playlist(id, ann);
      expect(found?.trackIds).toEqual([two, one, two]);
      expect(found?.view).toEqual({
        id,
        ownerId: ann,
        ownerName: 'Ann',
        name: 'mine',
        comment: '',
        isPublic: false,
        trackCount: 3,
        durationMs: 5_000,
        createdAtMs: on.nowMs,
        changedAtMs: on.nowMs,
        coverAssetId: (await view(two, ann))?.coverAssetId,
      });
      expect(await on.catalog.playlists(ann)).toEqual([found?.view]);
    });

    test('indexes to remove refer to the list before the call', async () => {
      const ann = await on.harness.addUser('ann');
      const [a, b, c, d] = [await on.add('a'), await on.add('b'), await on.add('c'), await on.add('d')];
      const id = await on.catalog.createPlaylist(ann, 'mine', [a, b, c]);
      on.nowMs += 1;
      await on.catalog.updatePlaylist(ann, id, {
        name: 'renamed',
        comment: 'text',
        removeIndexes: [0, 2, 0],
        addTrackIds: [d],
      });
      const found = await on.catalog.playlist(id, ann);
      expect(found?.trackIds).toEqual([b, d]);
      expect(found?.view).toMatchObject({ name: 'renamed', comment: 'text', changedAtMs: on.nowMs });
      const beyond = on.catalog.updatePlaylist(ann, id, { removeIndexes: [2] });
      await expect(beyond).rejects.toMatchObject({ code: 'bad-request' });
      await on.catalog.updatePlaylist(ann, id, { replaceTrackIds: [c, c] });
      expect((await on.catalog.playlist(id, ann))?.trackIds).toEqual([c, c]);
    });

    test('a removed track leaves playlists, and indexes go by what is left', async () => {
      const ann = await on.harness.addUser('ann');
      const [a, b, c] = [await on.add('a'), await on.add('b'), await on.add('c')];
      const id = await on.catalog.createPlaylist(ann, 'mine', [a, b, c]);
      expect((await on.catalog.playlist(id, ann))?.view.trackCount).toBe(3);
      await on.catalog.removeTrack(a);
      expect(await on.catalog.playlist(id, ann)).toMatchObject({ trackIds: [b, c], view: { trackCount: 2 } });
      expect(await on.catalog.playlists(ann)).toMatchObject([{ trackCount: 2 }]);
      await on.catalog.updatePlaylist(ann, id, { removeIndexes: [0] });
      expect((await on.catalog.playlist(id, ann))?.trackIds).toEqual([c]);
    });

    test('others see a playlist once it is public, and only its owner changes it', async () => {
      const [ann, bob] = [await on.harness.addUser('ann'), await on.harness.addUser('bob')];
      const id = await on.catalog.createPlaylist(ann, 'mine', [await on.add('1')]);
      expect(await on.catalog.playlists(bob)).toEqual([]);
      expect(await on.catalog.playlist(id, bob)).toBeUndefined();
      await on.catalog.updatePlaylist(ann, id, { isPublic: true });
      expect(await on.catalog.playlists(bob)).toMatchObject([{ id, ownerName: 'ann', isPublic: true }]);
      expect(await on.catalog.playlists(ann)).toHaveLength(1);
      const notAllowed = { code: 'not-allowed' };
      await expect(on.catalog.updatePlaylist(bob, id, { name: 'x' })).rejects.toMatchObject(notAllowed);
      await expect(on.catalog.deletePlaylist(bob, id)).rejects.toMatchObject(notAllowed);
      await on.catalog.updatePlaylist(ann, id, { isPublic: false });
      expect(await on.catalog.playlists(bob)).toEqual([]);
    });

    test('a deleted playlist is gone for everyone', async () => {
      const [ann, bob] = [await on.harness.addUser('ann'), await on.harness.addUser('bob')];
      const id = await on.catalog.createPlaylist(ann, 'mine', []);
      await on.catalog.updatePlaylist(ann, id, { isPublic: true });
      await on.catalog.deletePlaylist(ann, id);
      expect(await on.catalog.playlists(bob)).toEqual([]);
      expect(await on.catalog.playlist(id, ann)).toBeUndefined();
      await expect(on.catalog.deletePlaylist(ann, id)).rejects.toMatchObject({ code: 'not-found' });
      const unknownList = 4_242 as PlaylistId;
      await expect(on.catalog.updatePlaylist(ann, unknownList, {})).rejects.toMatchObject({
        code: 'not-found',
      });
    });

    test('a playlist of an unknown track is not made', async () => {
      const ann = await on.harness.addUser('ann');
      const attempt = on.catalog.createPlaylist(ann, 'mine', [unknown]);
      await expect(attempt).rejects.toMatchObject({ code: 'not-found' });
      expect(await on.catalog.playlists(ann)).toEqual([]);
    });
  });
}
