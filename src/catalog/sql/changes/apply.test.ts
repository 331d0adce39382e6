import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../../../test/support/random.ts';
import { importedTrack, labelId, storedAsset } from '../../../../test/support/catalog-tracks.ts';
import type { LibraryId, TrackId, UserId } from '../../../core/index.ts';
import type { Change, MusicSource } from '../../port.ts';
import { createSqlCatalog, Database, type SqlCatalog, userBucket } from '../index.ts';
import type { Schema } from '../schema.ts';

// Logged and derived: what must be the same wherever the same changes were applied.
const TABLES = [
  'library',
  'source',
  'source_file',
  'asset',
  'cover',
  'companion',
  'track',
  'album',
  'artist',
  'identity',
  'redirect',
  'lyrics',
  'annotation',
  'play',
  'playlist',
  'play_queue',
  'tombstone',
  'album_track',
  'artist_track',
  'artist_album',
  'library_album',
  'library_artist',
  'library_track',
  'genre',
  'genre_track',
  'genre_album',
  'tally',
  'track_plays',
  'asset_use',
  'public_playlist',
] as const satisfies (keyof Schema)[];

async function contents(database: Database): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {};
  for (const table of TABLES) {
    const rows = await database.db.selectFrom(table).selectAll().execute();
    tables[table] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return tables;
}

const names = ['Ann', 'ann', 'Bob', 'Çelik'];
const genres = ['Rock', 'rock', 'Jazz'];

const tagsArbitrary = fc.record({
  title: fc.constantFrom('one', 'two'),
  album: fc.constantFrom('X', 'Y', 'Z'),
  artists: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }),
  albumArtists: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 2 }),
  composers: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 1 }),
  genres: fc.uniqueArray(fc.constantFrom(...genres), { maxLength: 3 }),
  year: fc.constantFrom(1999, 2000),
  trackNumber: fc.constantFrom(1, 2, 3),
});

const stepArbitrary = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('import' as const),
      path: fc.nat(5),
      content: fc.nat(1),
      cover: fc.option(fc.nat(2), { nil: undefined }),
      tags: tagsArbitrary,
    }),
  },
  fc.record({ kind: fc.constant('remove' as const), path: fc.nat(5) }),
  fc.record({ kind: fc.constant('forget' as const), path: fc.nat(5) }),
  fc.record({
    kind: fc.constant('companion' as const),
    path: fc.nat(5),
    form: fc.constantFrom('packet-table' as const, 'flac' as const),
    has: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('missing' as const), path: fc.nat(5) }),
  fc.record({ kind: fc.constant('move' as const), path: fc.nat(5), to: fc.nat(5) }),
  fc.record({ kind: fc.constant('star' as const), path: fc.nat(5), user: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ kind: fc.constant('unstar' as const), path: fc.nat(5), user: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ kind: fc.constant('play' as const), path: fc.nat(5), user: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ kind: fc.constant('playlist' as const), path: fc.nat(5), isPublic: fc.boolean() }),
);
type Step = typeof stepArbitrary extends fc.Arbitrary<infer S> ? S : never;

/** Does what people and scans do; steps that make no sense at their time are passed over. */
async function perform(catalog: SqlCatalog, source: MusicSource, steps: readonly Step[]): Promise<void> {
  let atMs = 0;
  // Sealed again, the same content is another asset: an id that was forgotten is never met again.
  let forgotten = 0;
  const trackAt = async (path: number): Promise<TrackId | undefined> => {
    const file = await catalog.fileAt(source.id, `${path}`);
    const [track] = file ? await catalog.tracks([file.trackId], 1 as UserId) : [];
    return track?.id;
  };
  for (const step of steps) {
    atMs++;
    const track = await trackAt(step.path);
    if (step.kind === 'import') {
      const { path, content, cover, tags } = step;
      const changes = {
        tags,
        content: `${path} ${content} ${forgotten}`,
        ...(cover === undefined ? {} : { cover: `${cover}` }),
        ...(track === undefined ? {} : { keepTrackId: track }),
      };
      await catalog.importTrack(importedTrack(source, `${path}`, changes));
      continue;
    }
    if (track === undefined) continue;
    const file = await catalog.fileAt(source.id, `${step.path}`);
    switch (step.kind) {
      case 'remove':
        await catalog.removeTrack(track);
        break;
      case 'forget':
        forgotten++;
        for (const asset of (await catalog.removeTrack(track)).assets) await catalog.forgetAsset(asset);
        break;
      case 'companion': {
        const original = await catalog.originalOf(track);
        if (!original) break;
        const { assetId, libraryId } = original;
        const rendition = await catalog.companion(assetId, 'flac');
        const parentId = step.form === 'packet-table' && rendition?.asset ? rendition.asset.assetId : assetId;
        const asset = storedAsset(`${step.form} of ${parentId}`, { libraryId });
        await catalog.addCompanion({ parentId, kind: step.form, ...(step.has ? { asset } : {}) });
        break;
      }
      case 'missing':
        if (file) await catalog.markMissing([file], atMs);
        break;
      case 'move':
        if (file && !(await catalog.fileAt(source.id, `${step.to}`))) {
          await catalog.moveFile(file, { ...file, pathKey: `${step.to}` });
        }
        break;
      case 'star': {
        const [view] = await catalog.tracks([track], 1 as UserId);
        const items = [
          { kind: 'track', id: track } as const,
          ...(view ? [{ kind: 'album', id: view.albumId } as const] : []),
        ];
        await catalog.star(step.user as UserId, items);
        break;
      }
      case 'unstar':
        await catalog.unstar(step.user as UserId, [{ kind: 'track', id: track }]);
        break;
      case 'play':
        await catalog.recordPlay(step.user as UserId, track, atMs);
        break;
      case 'playlist': {
        const id = await catalog.createPlaylist(1 as UserId, 'list', [track]);
        await catalog.updatePlaylist(1 as UserId, id, { isPublic: step.isPublic });
        if (atMs % 3 === 0) await catalog.deletePlaylist(1 as UserId, id);
        break;
      }
    }
  }
}

function shuffled(changes: readonly Change[], seed: number): Change[] {
  const random = seededRandom(seed);
  return changes
    .map((change) => ({ change, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ change }) => change);
}

async function applied(changes: readonly Change[], batch: number): Promise<Record<string, string[]>> {
  await using database = await Database.open({ file: ':memory:' });
  const catalog = createSqlCatalog(database);
  for (let start = 0; start < changes.length; start += batch) {
    await catalog.apply(changes.slice(start, start + batch));
  }
  return await contents(database);
}

test('a log leads to the catalogue that wrote it, in any order, however often, in any pieces', async () => {
  const history = fc.array(stepArbitrary, { minLength: 5, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.integer({ min: 1, max: 60 }), async (steps, seed, batch) => {
      await using database = await Database.open({ file: ':memory:' });
      let nowMs = 0;
      const catalog = createSqlCatalog(database, { now: () => ++nowMs });
      const libraryId = labelId<LibraryId>('library');
      await catalog.ensureLibrary(libraryId, 'Music');
      const source = await catalog.ensureSource(libraryId, '/music');
      await perform(catalog, source, steps);
      const changes = await catalog.changesAfter(0, 100_000);
      const expected = await contents(database);
      expect(await applied(changes, batch)).toEqual(expected);
      const repeated = [...changes, ...changes.slice(0, changes.length >> 1)];
      expect(await applied(shuffled(repeated, seed), batch)).toEqual(expected);
      const snapshot = await Array.fromAsync(catalog.snapshot());
      expect(await applied(shuffled(snapshot, seed), batch)).toEqual(expected);
    }),
    { numRuns: 25 },
  );
});

test('whatever part of a log arrives, its order does not matter', async () => {
  const history = fc.array(stepArbitrary, { minLength: 10, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(history, fc.nat(), async (steps, seed) => {
      await using database = await Database.open({ file: ':memory:' });
      const catalog = createSqlCatalog(database, { now: () => 1 });
      const libraryId = labelId<LibraryId>('library');
      await catalog.ensureLibrary(libraryId, 'Music');
      await perform(catalog, await catalog.ensureSource(libraryId, '/music'), steps);
      const part = shuffled(await catalog.changesAfter(0, 100_000), seed);
      part.length = Math.ceil(part.length / 2);
      expect(await applied(shuffled(part, seed + 1), 7)).toEqual(await applied(part, 1_000));
    }),
    { numRuns: 20 },
  );
});

function userChange(id: number, name: string, rowVersion = 1): Change {
  const vb = userBucket(name.toLowerCase());
  const key = [vb, id * 1_024 + vb];
  const row = {
    vb,
    id: id * 1_024 + vb,
    name,
    name_key: name.toLowerCase(),
    role: 'admin',
    password_hash: 'x',
    created_at_ms: 1,
    disabled_at_ms: null,
  };
  return { seq: 1, table: 'user', key, rowVersion, row };
}

test('of two people of one name the older id keeps it, whichever is applied first', async () => {
  const [older, newer] = [userChange(1, 'Admin'), userChange(2, 'admin')];
  const namesAfter = async (changes: readonly Change[]) => {
    await using database = await Database.open({ file: ':memory:' });
    const catalog = createSqlCatalog(database);
    for (const change of changes) await catalog.apply([change]);
    const rows = await database.db.selectFrom('user').select(['id', 'name']).orderBy('id').execute();
    return rows.map(({ name }) => name);
  };
  const first = await namesAfter([older, newer]);
  expect(first[0]).toBe('Admin');
  expect(first[1]).toMatch(/^admin~/);
  expect(await namesAfter([newer, older])).toEqual(first);
  expect(await namesAfter([newer, older, newer, older])).toEqual(first);
});

test('of two states of one version the same one wins everywhere', async () => {
  const states = ['a', 'b', 'c'].map((hash) => {
    const change = userChange(1, 'ann', 3);
    return { ...change, row: { ...change.row, password_hash: hash } };
  });
  const hashAfter = async (changes: readonly Change[]) => {
    await using database = await Database.open({ file: ':memory:' });
    await createSqlCatalog(database).apply(changes);
    return (await database.db.selectFrom('user').select('password_hash').executeTakeFirst())?.password_hash;
  };
  const winner = await hashAfter(states);
  expect(await hashAfter(states.toReversed())).toBe(winner);
  const newest = { ...userChange(1, 'ann', 4), row: { ...userChange(1, 'ann').row, password_hash: '0' } };
  expect(await hashAfter([newest, ...states])).toBe('0');
});

test('a deletion wins over any version of its row', async () => {
  const change = userChange(1, 'ann', 9);
  const { row: _, ...deletion } = { ...change, rowVersion: 2 };
  for (const changes of [
    [change, deletion],
    [deletion, change],
  ]) {
    await using database = await Database.open({ file: ':memory:' });
    await createSqlCatalog(database).apply(changes);
    expect(await database.db.selectFrom('user').selectAll().execute()).toEqual([]);
  }
});
