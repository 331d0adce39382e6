import { cp, mkdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { importedTrack, labelId } from '../../../../test/support/catalog-tracks.ts';
import { addUser } from '../../../../test/support/catalog-user.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { temporaryFolder } from '../../../../test/support/clef-process.ts';
import { MARIADBD, startMariadb } from '../../../../test/support/start-mariadb.ts';
import type { LibraryId, TrackId } from '../../../core/index.ts';
import { createSqlCatalog, Database, KeptPlays } from '../index.ts';

const UNKNOWN = 999_424 as TrackId;

describe.skipIf(isAbsent(MARIADBD))('plays while the database is away', () => {
  it('are kept, also by a server that is killed, and counted once when it is back', async () => {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await startMariadb({ isDurable: true }));
    const { path } = stack.use(await temporaryFolder('kept-plays'));
    await mkdir(`${path}/now`);
    const database = stack.use(await Database.connect(await server.newDatabase()));
    const failures: unknown[] = [];
    const options = {
      file: `${path}/now/plays.sqlite`,
      database,
      onFailure: (error: unknown) => failures.push(error),
      most: 6,
      intervalMs: 3_600_000,
    };
    const kept = stack.use(new KeptPlays(options));
    const catalog = createSqlCatalog(database, { keptPlays: kept });
    const ann = await addUser(database, 'ann');
    const libraryId = labelId<LibraryId>('library');
    await catalog.ensureLibrary(libraryId, 'Music');
    const source = await catalog.ensureSource(libraryId, '/music');
    const tags = { album: 'X', artists: ['A'] };
    const one = await catalog.importTrack(importedTrack(source, '1', { tags }));
    const two = await catalog.importTrack(importedTrack(source, '2', { tags }));
    const counts = async () => (await catalog.tracks([one, two], ann)).map(({ playCount }) => playCount ?? 0);

    await Promise.all([1, 2, 3].map((atMs) => catalog.recordPlay(ann, one, atMs)));
    await expect(
      Promise.allSettled([one, UNKNOWN, two].map((track) => catalog.recordPlay(ann, track, 4))),
    ).resolves.toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'not-found' } },
      { status: 'fulfilled' },
    ]);
    expect(await counts()).toEqual([4, 1]);
    expect(kept.count).toBe(0);

    await server.kill();
    // The first was counted already.
    await Promise.all([3, 5, 5].map((atMs) => catalog.recordPlay(ann, one, atMs)));
    await Promise.all([two, UNKNOWN].map((track) => catalog.recordPlay(ann, track, 5)));
    expect(kept.count).toBe(4);
    await kept.write();
    expect(kept.count).toBe(4);
    // Two have room.
    await expect(
      Promise.allSettled([6, 7, 8].map((atMs) => catalog.recordPlay(ann, one, atMs))),
    ).resolves.toMatchObject([
      { status: 'fulfilled' },
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'catalog-offline' } },
    ]);

    await server.start();
    // As a process that is killed leaves it.
    await cp(`${path}/now`, `${path}/left`, { recursive: true });
    await using found = new KeptPlays({ ...options, file: `${path}/left/plays.sqlite` });
    await found.write();
    expect(found.count).toBe(0);
    expect(await counts()).toEqual([7, 2]);
    const [track] = await catalog.tracks([one], ann);
    expect(await catalog.albums(track ? [track.albumId] : [], ann)).toMatchObject([{ playCount: 9 }]);
    expect(failures).toEqual([]);
  });
});
