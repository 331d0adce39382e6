import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { useCatalogOfTests } from '../../../test/support/catalog-place.ts';
import {
  importedTrack,
  labelId,
  storedAsset,
  type TrackChanges,
} from '../../../test/support/catalog-tracks.ts';
import { type AssetId, ClefError, type LibraryId, type TrackId, type UserId } from '../../core/index.ts';
import type { ChangeStream, MusicSource, PlayReader, StoredAsset } from '../port.ts';
import type { ProjectionFeed } from '../projection/index.ts';
import { createSqlCatalog, type Database, type SqlCatalog } from '../sql/index.ts';
import { createPlayReader, type PlayFile, playedTables, startPlayFeed, Unfollowed } from './index.ts';
import { openPlayFile } from './sqlite/index.ts';

const libraryId = labelId<LibraryId>('library');
const UNKNOWN = 1_023 as TrackId;

let stack: AsyncDisposableStack;
let path: string;
let database: Database;
let catalog: SqlCatalog;
let source: MusicSource;
let file: PlayFile;
let failures: unknown[];

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'clef-play-file-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  path = join(folder, 'play-file.sqlite');
  database = await useCatalogOfTests(stack);
  catalog = createSqlCatalog(database);
  await catalog.ensureLibrary(libraryId, 'Music');
  source = await catalog.ensureSource(libraryId, '/music');
  file = openPlayFile({ path });
  stack.defer(() => file[Symbol.asyncDispose]());
  failures = [];
});

afterEach(() => stack.disposeAsync());

function add(name: string, changes: TrackChanges = {}): Promise<TrackId> {
  return catalog.importTrack(importedTrack(source, name, changes));
}

function follow(stream: ChangeStream = catalog): ProjectionFeed {
  return stack.use(startPlayFeed({ file, stream, onFailure: (error) => failures.push(error) }));
}

async function originalOf(id: TrackId): Promise<StoredAsset> {
  const original = await catalog.originalOf(id);
  if (!original) throw new Error('no such track');
  return original;
}

describe('a play file', () => {
  test('knows of each track what the catalogue says of its asset, and what its file is called', async () => {
    const feed = follow();
    const before = await add('one', {
      tags: { title: 'Something', displayArtist: 'The Beatles' },
      cover: 'a',
    });
    await feed.caughtUp();
    const after = await add('two');
    await feed.caughtUp();
    for (const id of [before, after]) {
      const original = await originalOf(id);
      const { displayArtist, title, suffix } = (await catalog.fileNameOf(id)) ?? {};
      expect(file.track(id)).toEqual({ originalId: original.assetId, displayArtist, title, suffix });
      expect(file.asset(original.assetId)).toEqual(original);
    }
    const cover = storedAsset('cover a', { libraryId, mediaType: 'image/jpeg' });
    expect(file.asset(cover.assetId)).toEqual(cover);
    expect(file.track(UNKNOWN)).toBeUndefined();
    expect(failures).toEqual([]);
  });

  test('knows what was made of an asset, and what cannot be made', async () => {
    const feed = follow();
    const { assetId: parentId } = await originalOf(await add('one'));
    const table = storedAsset('table', { libraryId, mediaType: 'application/octet-stream' });
    await catalog.addCompanion({ parentId, kind: 'packet-table', asset: table });
    await catalog.addCompanion({ parentId, kind: 'flac' });
    await feed.caughtUp();
    expect(file.companion(parentId, 'packet-table')).toEqual({ assetId: table.assetId });
    expect(file.companion(parentId, 'flac')).toEqual({});
    expect(file.companion(parentId, 'opus')).toBeUndefined();
    expect(file.asset(table.assetId)).toEqual(table);
  });

  test('forgets a track that was removed, and an asset that was erased', async () => {
    const feed = follow();
    const id = await add('one');
    const { assetId } = await originalOf(id);
    await catalog.removeTrack(id);
    await feed.caughtUp();
    expect(file.track(id)).toBeUndefined();
    expect(file.asset(assetId)).toBeDefined();
    await catalog.forgetAsset(assetId);
    await feed.caughtUp();
    expect(file.asset(assetId)).toBeUndefined();
  });

  test('that was closed goes on from where it stood; one of another catalogue is made anew', async () => {
    const ids = [await add('one')];
    const first = follow();
    await first.caughtUp();
    await first[Symbol.asyncDispose]();
    await file[Symbol.asyncDispose]();
    file = openPlayFile({ path });
    const snapshots: unknown[] = [];
    const stream: ChangeStream = {
      ...catalog,
      snapshot: (tables) => {
        snapshots.push(tables);
        return catalog.snapshot(tables);
      },
    };
    ids.push(await add('two'));
    const second = follow(stream);
    await second.caughtUp();
    expect(ids.map((id) => file.track(id)?.title)).toEqual(['one', 'two']);
    expect(snapshots).toEqual([]);
    await second[Symbol.asyncDispose]();

    file.apply([{ kind: 'track', id: UNKNOWN, track: file.track(ids[0] as TrackId) }], {
      catalogId: 'another',
      seq: 1,
    });
    await follow(stream).caughtUp();
    expect(snapshots).toHaveLength(1);
    expect(file.track(UNKNOWN)).toBeUndefined();
    expect(ids.map((id) => file.track(id)?.title)).toEqual(['one', 'two']);
  });

  test('answers while it is rebuilt, and stays as it was where that fails', async () => {
    const id = await add('one');
    const feed = follow();
    await feed.caughtUp();
    await feed[Symbol.asyncDispose]();
    const position = file.position();
    const track = file.track(id);
    async function* broken() {
      yield { kind: 'track', id: UNKNOWN, track } as const;
      expect(file.track(id)).toEqual(track);
      throw new Error('the database went away');
    }
    const rebuilding = file.rebuild(broken(), { position: { catalogId: 'x', seq: 1 } });
    await expect(rebuilding).rejects.toThrow('went away');
    expect([file.position(), file.track(id), file.track(UNKNOWN)]).toEqual([position, track, undefined]);
  });

  test('that is damaged is empty until it is made anew', async () => {
    const ids: TrackId[] = [];
    for (let number = 0; number < 60; number++) ids.push(await add(`song ${number}`));
    const feed = follow();
    await feed.caughtUp();
    await feed[Symbol.asyncDispose]();
    await file[Symbol.asyncDispose]();
    writeFileSync(path, readFileSync(path).fill(0xa5, 4096));
    file = openPlayFile({ path });
    const again = follow();
    for (const id of ids) file.track(id);
    await again.caughtUp();
    expect(file.damaged).toBe(false);
    for (const id of ids) expect(file.track(id)?.originalId).toBe((await originalOf(id)).assetId);
  });
});

describe('playing', () => {
  /** What was asked of the database. */
  let asked: string[];
  let isAway: boolean;
  let stream: ChangeStream;
  let reader: PlayReader;
  let feed: ProjectionFeed;

  beforeEach(() => {
    asked = [];
    isAway = false;
    const ask = async <Answer>(name: string, answer: () => Promise<Answer>): Promise<Answer> => {
      asked.push(name);
      if (isAway) throw new ClefError('catalog-offline', 'away');
      return answer();
    };
    stream = { ...catalog, catalogId: () => ask('catalogId', () => catalog.catalogId()) };
    feed = follow(stream);
    reader = createPlayReader({
      file,
      unfollowed: new Unfollowed(feed, (listener) => database.follow(listener), playedTables),
      catalog: {
        originalOf: (id) => ask('originalOf', () => catalog.originalOf(id)),
        asset: (id) => ask('asset', () => catalog.asset(id)),
        companion: (parentId, kind) => ask('companion', () => catalog.companion(parentId, kind)),
        fileNameOf: (id) => ask('fileNameOf', () => catalog.fileNameOf(id)),
      },
    });
  });

  /** Everything that was changed so far is in the file, and known to be. */
  async function settle(): Promise<void> {
    await feed.nextCaughtUp();
    await feed.nextCaughtUp();
    asked.length = 0;
  }

  test('asks the database nothing for what is in step', async () => {
    const id = await add('one', { tags: { title: 'Something' } });
    const original = await originalOf(id);
    const { assetId: parentId } = original;
    const asset = storedAsset('table', { libraryId });
    await catalog.addCompanion({ parentId, kind: 'packet-table', asset });
    await settle();
    isAway = true;
    expect(await reader.originalOf(id)).toEqual(original);
    expect(await reader.asset(parentId)).toEqual(original);
    expect(await reader.companion(parentId, 'packet-table')).toEqual({
      parentId,
      kind: 'packet-table',
      asset,
    });
    expect(await reader.companion(parentId, 'flac')).toBeUndefined();
    expect(await reader.fileNameOf(id)).toMatchObject({ title: 'Something', suffix: 'flac' });
    expect(asked).toEqual([]);
  });

  test('sees at once what this server has just imported, changed and removed', async () => {
    const kept = await add('kept');
    await settle();
    const added = await add('added');
    expect(await reader.originalOf(added)).toEqual(await originalOf(added));
    expect(asked).toEqual(['originalOf']);
    const { assetId: parentId } = await originalOf(kept);
    await catalog.addCompanion({ parentId, kind: 'opus' });
    expect(await reader.companion(parentId, 'opus')).toEqual({ parentId, kind: 'opus' });
    await catalog.removeTrack(kept);
    expect(await reader.originalOf(kept)).toBeUndefined();
    await settle();
    expect(await reader.originalOf(added)).toEqual(await originalOf(added));
    expect(asked).toEqual([]);
  });

  test('plays nothing that was removed just before the database went away', async () => {
    const [kept, removed] = [await add('kept'), await add('removed')];
    await settle();
    await catalog.removeTrack(removed);
    isAway = true;
    await expect(reader.originalOf(removed)).rejects.toMatchObject({ code: 'catalog-offline' });
    expect(await reader.originalOf(kept)).toEqual(await originalOf(kept));
    isAway = false;
    await feed.caughtUp();
    expect(await reader.originalOf(removed)).toBeUndefined();
  });

  test('asks the database for what the file does not know, and says so where that is away', async () => {
    await add('one');
    await settle();
    expect(await reader.originalOf(UNKNOWN)).toBeUndefined();
    expect(asked).toEqual(['originalOf']);
    isAway = true;
    await expect(reader.originalOf(UNKNOWN)).rejects.toMatchObject({ code: 'catalog-offline' });
    await expect(reader.asset(labelId<AssetId>('unknown'))).rejects.toMatchObject({
      code: 'catalog-offline',
    });
  });

  test('asks the database once any row may have changed, and the file while that is away', async () => {
    const id = await add('one');
    const original = await originalOf(id);
    await settle();
    database.forgetEverything();
    expect(await reader.originalOf(id)).toEqual(original);
    expect(asked).toContain('originalOf');
    isAway = true;
    expect(await reader.originalOf(id)).toEqual(original);
    await expect(reader.originalOf(UNKNOWN)).rejects.toMatchObject({ code: 'catalog-offline' });
  });

  test('is not disturbed by what has no part in it', async () => {
    const id = await add('one');
    await settle();
    await catalog.recordPlay(1 as UserId, id, 1);
    await reader.originalOf(id);
    expect(asked.filter((name) => name !== 'catalogId')).toEqual([]);
  });
});
