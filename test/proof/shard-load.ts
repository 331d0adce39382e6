import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openSearchIndex } from '../../src/catalog/search/sqlite/index.ts';
import type { ProjectionFeed } from '../../src/catalog/projection/index.ts';
import { type SearchIndex, startSearchFeed } from '../../src/catalog/search/index.ts';
import type { MusicSource } from '../../src/catalog/index.ts';
import { createSqlCatalog, Database, type SqlCatalog } from '../../src/catalog/sql/index.ts';
import { applyShards, type ShardServers } from '../../src/catalog/sql/shards/index.ts';
import { BUCKET_COUNT, bucketOf, isClefError, type LibraryId, type UserId } from '../../src/core/index.ts';
import { importedTrack, labelId } from '../support/catalog-tracks.ts';
import { addUser } from '../support/catalog-user.ts';
import type { CommitCutter } from '../support/commit-cutter.ts';
import { clientAddress, overCutters, type ShardWorld, startShards } from '../support/shard-world.ts';

export const NODES = 4;
const SPIDERS = 2;
/** What every search is asked for. */
const KNOWN = 'overture';
const READ_EVERY_MS = 25;
const SEARCH_EVERY_MS = 25;

/** One Clef at each Spider node. */
export interface ClefOnShards {
  readonly database: Database;
  readonly catalog: SqlCatalog;
  readonly index: SearchIndex;
  readonly feed: ProjectionFeed;
}

export interface ShardLoadWorld {
  readonly world: ShardWorld;
  readonly servers: ShardServers;
  readonly cutters: readonly CommitCutter[];
  readonly clefs: readonly ClefOnShards[];
  readonly source: MusicSource;
  /** One in the buckets of each data node. */
  readonly users: readonly UserId[];
}

export interface ShardLoadOptions {
  /** Of the first data nodes; default none. */
  readonly replicas?: number;
  /** As in earnest, which takes its time; default true. */
  readonly isDurable?: boolean;
  /** Commits pass where they can be held. */
  readonly hasCutters?: boolean;
}

/** Search indexes lie in the folder. */
export async function openShardLoad(
  stack: AsyncDisposableStack,
  folder: string,
  { replicas = 0, hasCutters = false, isDurable = true }: ShardLoadOptions = {},
): Promise<ShardLoadWorld> {
  const counts = { nodes: NODES, replicas, spiders: SPIDERS };
  const world = stack.use(await startShards(counts, { isDurable }));
  const listed = world.newServers();
  const { servers, cutters } = hasCutters
    ? await overCutters(listed, stack)
    : { servers: listed, cutters: [] };
  await applyShards(servers, { signal: AbortSignal.timeout(600_000), onProgress: () => undefined });
  const clefs: ClefOnShards[] = [];
  for (let at = 0; at < SPIDERS; at++) {
    const database = stack.use(await Database.connect(clientAddress(servers, at)));
    const catalog = createSqlCatalog(database);
    const index = stack.use(openSearchIndex({ path: join(folder, `${at}.sqlite`) }));
    const feed = stack.use(startSearchFeed({ index, stream: catalog, onFailure: () => undefined }));
    clefs.push({ database, catalog, index, feed });
  }
  const [{ catalog, database }] = clefs as [ClefOnShards];
  const libraryId = labelId<LibraryId>('library');
  await catalog.ensureLibrary(libraryId, 'Music');
  const source = await catalog.ensureSource(libraryId, '/music');
  await catalog.importTrack(importedTrack(source, KNOWN, { tags: { title: KNOWN } }));
  const users: UserId[] = [];
  for (let nr = 0; users.filter((user) => user !== undefined).length < NODES; nr++) {
    const user = await addUser(database, `listener ${nr}`);
    users[nodeOf(user)] ??= user;
  }
  // A Spider node opens tables only while all data nodes are there.
  for (const { catalog: each, feed } of clefs) {
    for (const user of users) await each.createPlaylist(user, `first of ${user}`, []);
    await feed.caughtUp();
  }
  return { world, servers, cutters, clefs, source, users };
}

/** By the even split of a new catalogue. */
export function nodeOf(user: UserId): number {
  return Math.floor((bucketOf(user) * NODES) / BUCKET_COUNT);
}

export interface Read {
  readonly node: number;
  readonly atMs: number;
  readonly tookMs: number;
  /** `done`, or the code of the failure. */
  readonly told: string;
}

/** A listener of one data node, who asks for a row of their own again and again. */
export async function read(
  { database }: ClefOnShards,
  user: UserId,
  signal: AbortSignal,
  record: (read: Read) => void,
): Promise<void> {
  while (!signal.aborted) {
    const atMs = performance.now();
    let told = 'done';
    try {
      const row = await database.db
        .selectFrom('user')
        .select('name')
        .where('vb', '=', bucketOf(user))
        .where('id', '=', user)
        .executeTakeFirst();
      if (!row) told = 'nothing';
    } catch (error) {
      told = isClefError(error) ? error.code : String(error);
    }
    record({ node: nodeOf(user), atMs, tookMs: performance.now() - atMs, told });
    await wait(READ_EVERY_MS);
  }
}

/** Somebody who searches, whatever else happens. */
export async function search(
  { index }: ClefOnShards,
  signal: AbortSignal,
  record: (tookMs: number, isAnswered: boolean) => void,
): Promise<void> {
  while (!signal.aborted) {
    const atMs = performance.now();
    const found = findTitle(index, KNOWN);
    record(performance.now() - atMs, found.length > 0);
    await wait(SEARCH_EVERY_MS);
  }
}

export function findTitle(index: SearchIndex, text: string) {
  const page = { offset: 0, count: 5 };
  return index.search({ text, tracks: page, albums: page, artists: page }).trackIds;
}
