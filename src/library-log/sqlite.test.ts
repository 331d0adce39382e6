import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importedTrack } from '../../test/support/catalog-tracks.ts';
import { createLogBench, SERVER } from '../../test/support/library-log.ts';
import { memoryNodes } from '../../test/support/vault.ts';
import { createSqlCatalog, Database, type SqlCatalog } from '../catalog/sql/index.ts';
import type { LibraryId, ServerId, TrackId, UserId } from '../core/index.ts';
import { readLibraryLog } from './index.ts';

const LISTENER = 1024 as UserId;
const LIBRARY = '1b'.repeat(16) as LibraryId;

let stack: AsyncDisposableStack;
let folder: string;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  folder = await mkdtemp(join(tmpdir(), 'clef-log-'));
  stack.defer(() => rm(folder, { recursive: true }));
});
afterEach(() => stack.disposeAsync());

async function openCatalog(name: string): Promise<{ catalog: SqlCatalog; database: Database }> {
  const database = stack.use(await Database.open({ file: join(folder, name) }));
  return { catalog: createSqlCatalog(database, { now: () => 1_000 }), database };
}

async function fill(catalog: SqlCatalog, paths: readonly string[]): Promise<TrackId[]> {
  await catalog.ensureLibrary(LIBRARY, 'Music');
  const source = await catalog.ensureSource(LIBRARY, '/music');
  const ids: TrackId[] = [];
  for (const path of paths) ids.push(await catalog.importTrack(importedTrack(source, path)));
  return ids;
}

async function viewOf(catalog: SqlCatalog) {
  const page = { offset: 0, count: 100 };
  const tracks = await catalog.everyTrack(page, LISTENER);
  return {
    tracks,
    albums: await catalog.everyAlbum(page, LISTENER),
    artists: await catalog.everyArtist(page, LISTENER),
    originals: await Promise.all(tracks.map(({ id }) => catalog.originalOf(id))),
    starred: await catalog.starred(LISTENER),
    playlists: await Promise.all(
      (await catalog.playlists(LISTENER)).map(({ id }) => catalog.playlist(id, LISTENER)),
    ),
  };
}

describe('the library log of an SQLite catalogue', () => {
  it('brings back what listeners see, with the same ids, in an empty catalogue', async () => {
    const bench = await createLogBench(memoryNodes(3), 2);
    const { catalog } = await openCatalog('first.db');
    const log = await bench.open(catalog, { segmentsPerSnapshot: 2, segmentBytes: 10_000 });
    const ids = await fill(catalog, ['a/1.flac', 'a/2.flac', 'b/1.flac']);
    await log.flush();
    const [first, second, third] = ids as [TrackId, TrackId, TrackId];
    await catalog.star(LISTENER, [
      { kind: 'track', id: first },
      { kind: 'track', id: second },
    ]);
    await log.flush();
    await catalog.unstar(LISTENER, [{ kind: 'track', id: second }]);
    await catalog.rate(LISTENER, { kind: 'track', id: third }, 4);
    await catalog.recordPlay(LISTENER, first, 500);
    await log.tend();
    await catalog.trim(log.head.position);
    const kept = await catalog.createPlaylist(LISTENER, 'Evening', [third, first]);
    const gone = await catalog.createPlaylist(LISTENER, 'Morning', [second]);
    await log.flush();
    await catalog.deletePlaylist(LISTENER, gone);
    await catalog.removeTrack(second);
    await log.tend();
    await catalog.trim(log.head.position);

    const { catalog: recovered } = await openCatalog('recovered.db');
    const chains = await readLibraryLog(
      {
        libraryId: bench.library.libraryId,
        nodes: bench.set,
        trust: bench.library.trust,
        libraryKey: () => bench.libraryKey,
      },
      (changes) => recovered.apply(changes),
    );
    expect(chains).toMatchObject([{ missing: [], refused: 0 }]);
    expect(await viewOf(recovered)).toEqual(await viewOf(catalog));
    expect((await recovered.playlist(kept, LISTENER))?.trackIds).toEqual([third, first]);
    expect(await recovered.playlist(gone, LISTENER)).toBeUndefined();
    expect(await recovered.originalOf(second)).toBeUndefined();
  });

  it('is begun anew by a server that recovered, and then stands alone', async () => {
    const nodes = memoryNodes(2);
    const bench = await createLogBench(nodes, 1);
    const { catalog } = await openCatalog('first.db');
    const [first] = (await fill(catalog, ['a/1.flac', 'a/2.flac'])) as [TrackId];
    await (await bench.open(catalog)).flush();

    const { catalog: second } = await openCatalog('second.db');
    const options = {
      libraryId: bench.library.libraryId,
      nodes: bench.set,
      trust: bench.library.trust,
      libraryKey: () => bench.libraryKey,
    };
    await readLibraryLog(options, (changes) => second.apply(changes));
    const log = await bench.open(second, { serverId: '77'.repeat(16) as ServerId });
    await second.star(LISTENER, [{ kind: 'track', id: first }]);
    await log.flush();
    for (const node of nodes) {
      for await (const { name } of node.list('')) if (name.includes(SERVER)) await node.delete(name);
    }
    const { catalog: third } = await openCatalog('third.db');
    await readLibraryLog(options, (changes) => third.apply(changes));
    expect(await viewOf(third)).toEqual(await viewOf(second));
  });

  it('keeps what a restored data folder had forgotten', async () => {
    const bench = await createLogBench(memoryNodes(2), 1);
    const before = await openCatalog('live.db');
    const [first, second] = (await fill(before.catalog, ['a/1.flac', 'a/2.flac'])) as [TrackId, TrackId];
    await (await bench.open(before.catalog)).flush();
    await before.database[Symbol.asyncDispose]();
    await copyFile(join(folder, 'live.db'), join(folder, 'backup.db'));
    const { catalog: live } = await openCatalog('live.db');
    const lost = await live.createPlaylist(LISTENER, 'After the backup', [second]);
    await (await bench.open(live)).flush();

    const { catalog: restored } = await openCatalog('backup.db');
    await restored.star(LISTENER, [{ kind: 'track', id: first }]);
    const branch = await bench.open(restored);
    expect(branch.head.seq).toBe(0);
    await branch.flush();
    expect(await restored.playlist(lost, LISTENER)).toBeUndefined();

    const { catalog: merged } = await openCatalog('merged.db');
    const { libraryId, trust } = bench.library;
    const libraryKey = () => bench.libraryKey;
    await readLibraryLog({ libraryId, nodes: bench.set, trust, libraryKey }, (changes) =>
      merged.apply(changes),
    );
    expect((await merged.playlist(lost, LISTENER))?.trackIds).toEqual([second]);
    expect((await merged.starred(LISTENER)).tracks.map(({ id }) => id)).toEqual([first]);
  });
});
