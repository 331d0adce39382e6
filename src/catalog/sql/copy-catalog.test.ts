import { describe, expect, it } from 'vitest';
import { addUser } from '../../../test/support/catalog-user.ts';
import { importedTrack, labelId } from '../../../test/support/catalog-tracks.ts';
import { isAbsent } from '../../../test/support/debian.ts';
import { openMariadb } from '../../../test/support/shared-mariadb.ts';
import { MARIADBD } from '../../../test/support/start-mariadb.ts';
import type { LibraryId } from '../../core/index.ts';
import { copyCatalog, createSqlCatalog, Database } from './index.ts';

const TRACKS = 60;

async function fill(database: Database): Promise<void> {
  const catalog = createSqlCatalog(database);
  const library = labelId<LibraryId>('library');
  await catalog.ensureLibrary(library, 'Music');
  const source = await catalog.ensureSource(library, '/music');
  const user = await addUser(database, 'Ünal ');
  const ids = await Promise.all(
    Array.from({ length: TRACKS }, (_, i) =>
      catalog.importTrack(
        importedTrack(source, `${i}`, {
          tags: { album: `Album ${i % 7}`, artists: ['音楽', `Ann ${i % 5}`], genres: ['Rock', 'rock '] },
        }),
      ),
    ),
  );
  await catalog.star(
    user,
    ids.slice(0, 3).map((id) => ({ kind: 'track', id })),
  );
  await catalog.createPlaylist(user, 'List', ids);
}

const untold = { signal: new AbortController().signal, onProgress: () => undefined };

async function* changesOf(database: Database) {
  // Each copy counts its changes for itself.
  for await (const { seq: _, ...change } of createSqlCatalog(database).snapshot()) yield change;
}

describe.skipIf(isAbsent(MARIADBD))('a catalogue that is copied', () => {
  it('is the same in MariaDB, and again where it is copied back, and goes on there', async () => {
    await using stack = new AsyncDisposableStack();
    const file = stack.use(await Database.open({ file: ':memory:' }));
    await fill(file);
    const server = await openMariadb(stack);
    const back = stack.use(await Database.open({ file: ':memory:' }));
    const rows = await copyCatalog(file, server, untold);
    expect(rows).toBeGreaterThan(TRACKS * 10);
    expect(await copyCatalog(server, back, untold)).toBe(rows);
    const expected = await Array.fromAsync(changesOf(file));
    for (const copy of [server, back]) {
      expect(await Array.fromAsync(changesOf(copy))).toEqual(expected);
      expect(await createSqlCatalog(copy).catalogId()).not.toBe(await createSqlCatalog(file).catalogId());
      expect(await createSqlCatalog(copy).counts()).toEqual(await createSqlCatalog(file).counts());
    }
    const lastSeq = await createSqlCatalog(server).lastSeq();
    await addUser(server, 'next');
    expect(await createSqlCatalog(server).lastSeq()).toBeGreaterThan(lastSeq);
  });

  it('goes on where it was broken off, and is none until it is whole', async () => {
    await using stack = new AsyncDisposableStack();
    const file = stack.use(await Database.open({ file: ':memory:' }));
    await fill(file);
    const server = await openMariadb(stack);
    const stopping = new AbortController();
    const attempt = copyCatalog(file, server, {
      signal: stopping.signal,
      onProgress: ({ done }) => {
        if (done > TRACKS * 3) stopping.abort(new Error('stopped'));
      },
    });
    await expect(attempt).rejects.toThrow('stopped');
    expect(await createSqlCatalog(server).libraries()).toEqual([]);
    await copyCatalog(file, server, untold);
    expect(await Array.fromAsync(changesOf(server))).toEqual(await Array.fromAsync(changesOf(file)));
  });

  it('is refused over another, and where a row came out as another', async () => {
    await using stack = new AsyncDisposableStack();
    const file = stack.use(await Database.open({ file: ':memory:' }));
    await fill(file);
    await expect(copyCatalog(file, file, untold)).rejects.toMatchObject({ code: 'data-invalid' });
    const server = await openMariadb(stack);
    await addUser(server, 'Stranger');
    await expect(copyCatalog(file, server, untold)).rejects.toMatchObject({ code: 'data-invalid' });
    expect(await createSqlCatalog(server).libraries()).toEqual([]);
  });
});
