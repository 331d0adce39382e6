import { LRUCache } from 'lru-cache';
import {
  type AssetId,
  bucketOf,
  ClefError,
  type PlaylistId,
  type TrackId,
  type UserId,
} from '../../core/index.ts';
import type { CatalogAnnotations, CatalogReader, PlaylistChange, PlaylistView } from '../port.ts';
import type { ViewCaches } from './caches.ts';
import { idsFromJson } from './credits.ts';
import type { Database } from './database.ts';
import { selectFromList, tupleIn } from './dialect.ts';
import { PUBLIC_BUCKET, putPublicLine } from './listings/public-playlists.ts';
import { type Executor, prepared, preparedList } from './prepared.ts';
import { rowStatements } from './row-statements.ts';
import type { PlaylistRow } from './schema.ts';
import { rowKey } from './views.ts';

/** Longer lists would make every change of them a large row. */
const MAX_PLAYLIST_TRACKS = 50_000;
/** Playlists whose sums are kept. */
const MAX_SUMS = 1_024;

type NoParams = Readonly<Record<string, never>>;
type Head = Omit<PlaylistRow, 'track_ids' | 'row_version'>;

const headColumns = [
  'vb',
  'id',
  'owner_id',
  'name',
  'comment',
  'is_public',
  'created_at_ms',
  'changed_at_ms',
] as const;

const ownHeads = prepared<{ vb: number; owner_id: number }, Head>((db, param) =>
  db
    .selectFrom('playlist')
    .select(headColumns)
    .where('vb', '=', param('vb'))
    .where('owner_id', '=', param('owner_id')),
);
const publicIds = prepared<{ vb: number }, { playlist_id: number }>((db, param) =>
  db.selectFrom('public_playlist').select('playlist_id').where('vb', '=', param('vb')),
);
const headsByIds = preparedList<number, NoParams, Head>(
  (id) => [bucketOf(id), id],
  (db, tuples) =>
    selectFromList(db, 'playlist')
      .select(headColumns)
      .where(tupleIn(db, ['vb', 'id'], tuples)),
);
const ownerName = prepared<{ vb: number; id: number }, { name: string }>((db, param) =>
  db.selectFrom('user').select('name').where('vb', '=', param('vb')).where('id', '=', param('id')),
);

interface TrackSum {
  readonly id: number;
  readonly duration_ms: number;
  readonly cover_asset_id: string | null;
}

const trackSums = preparedList<number, NoParams, TrackSum>(
  (id) => [bucketOf(id), id],
  (db, tuples) =>
    selectFromList(db, 'track')
      .select(['id', 'duration_ms', 'cover_asset_id'])
      .where(tupleIn(db, ['vb', 'id'], tuples)),
);

/** What a playlist holds that is still there, and what that amounts to. */
interface Contents {
  readonly changedAtMs: number;
  readonly alteredTracks: number;
  readonly trackIds: readonly TrackId[];
  readonly durationMs: number;
  readonly coverAssetId: string | undefined;
}

/**
 * A playlist's row holds its tracks in order. Removed tracks stay in it and are left out of every view, so that
 * indexes always mean what a client has seen; the next change of the list drops them.
 */
export class Playlists
  implements
    Pick<CatalogReader, 'playlists' | 'playlist'>,
    Pick<CatalogAnnotations, 'createPlaylist' | 'updatePlaylist' | 'deletePlaylist'>
{
  readonly #database: Database;
  readonly #caches: ViewCaches;
  readonly #now: () => number;
  readonly #contents = new LRUCache<number, Contents>({ max: MAX_SUMS });

  constructor(database: Database, caches: ViewCaches, now: () => number) {
    this.#database = database;
    this.#caches = caches;
    this.#now = now;
  }

  async playlists(viewer: UserId): Promise<readonly PlaylistView[]> {
    const own = await this.#database.all(ownHeads, { vb: bucketOf(viewer), owner_id: viewer });
    const listed = await this.#database.all(publicIds, { vb: PUBLIC_BUCKET });
    const foreign = listed
      .map(({ playlist_id }) => playlist_id)
      .filter((id) => !own.some((one) => one.id === id));
    const others = await this.#database.list(headsByIds, foreign, {});
    const heads = [...own, ...others].sort((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id,
    );
    const views: PlaylistView[] = [];
    for (const head of heads) {
      const contents = await this.#contentsOf(head);
      if (contents) views.push(await this.#view(head, contents));
    }
    return views;
  }

  async playlist(
    id: PlaylistId,
    viewer: UserId,
  ): Promise<{ readonly view: PlaylistView; readonly trackIds: readonly TrackId[] } | undefined> {
    const row = await this.#database.first(rowStatements('playlist').get, rowKey(id));
    if (!row || (row.owner_id !== viewer && row.is_public === 0)) return undefined;
    const contents = await this.#contentsOf(row);
    return contents && { view: await this.#view(row, contents), trackIds: contents.trackIds };
  }

  async createPlaylist(user: UserId, name: string, tracks: readonly TrackId[]): Promise<PlaylistId> {
    const nowMs = this.#now();
    checkLength(tracks);
    if ((await gone(this.#database, tracks)).size > 0) throw unknownTrack();
    return this.#database.transact(async (tx) => {
      const id = await tx.nextId<PlaylistId>(bucketOf(user));
      await tx.put('playlist', {
        ...rowKey(id),
        owner_id: user,
        name,
        comment: '',
        is_public: 0,
        created_at_ms: nowMs,
        changed_at_ms: nowMs,
        track_ids: JSON.stringify(tracks),
      });
      return id;
    });
  }

  async updatePlaylist(user: UserId, id: PlaylistId, change: PlaylistChange): Promise<void> {
    const nowMs = this.#now();
    const { addTrackIds = [], replaceTrackIds = [] } = change;
    const seen = idsFromJson<TrackId>((await ownPlaylist(this.#database, user, id)).track_ids);
    checkLength([...replaceTrackIds, ...addTrackIds]);
    // Asked before the transaction, which then keeps to the listener's bucket: what somebody adds meanwhile was looked at by them.
    const missing = await gone(this.#database, [...seen, ...replaceTrackIds, ...addTrackIds]);
    await this.#database.transact(async (tx) => {
      const row = await ownPlaylist(tx, user, id);
      const before = idsFromJson<TrackId>(row.track_ids).filter((track) => !missing.has(track));
      const after = changedTracks(before, change);
      if (after.some((track) => missing.has(track))) throw unknownTrack();
      const isPublic = change.isPublic === undefined ? row.is_public : change.isPublic ? 1 : 0;
      await tx.put('playlist', {
        ...row,
        name: change.name ?? row.name,
        comment: change.comment ?? row.comment,
        is_public: isPublic,
        // Later than before in any case, since what was summed up is told by it.
        changed_at_ms: Math.max(nowMs, row.changed_at_ms + 1),
        track_ids: JSON.stringify(after),
      });
      if (isPublic !== row.is_public) putPublicLine(tx, id, isPublic === 1);
    });
  }

  async deletePlaylist(user: UserId, id: PlaylistId): Promise<void> {
    await this.#database.transact(async (tx) => {
      await ownPlaylist(tx, user, id);
      await tx.remove('playlist', rowKey(id));
      putPublicLine(tx, id, false);
    });
  }

  async #contentsOf(head: Head): Promise<Contents | undefined> {
    const known = this.#contents.get(head.id);
    const { alteredTracks } = this.#caches;
    const isCurrent = known?.changedAtMs === head.changed_at_ms && known.alteredTracks === alteredTracks;
    if (known && isCurrent) return known;
    const row = await this.#database.first(rowStatements('playlist').get, rowKey(head.id));
    if (!row) return undefined;
    const ids = idsFromJson<TrackId>(row.track_ids);
    const sums = await this.#database.list(trackSums, [...new Set(ids)], {});
    const byId = new Map(sums.map((sum) => [sum.id, sum]));
    const present = ids.flatMap((id) => byId.get(id) ?? []);
    const contents: Contents = {
      changedAtMs: row.changed_at_ms,
      alteredTracks,
      trackIds: present.map(({ id }) => id as TrackId),
      durationMs: present.reduce((total, { duration_ms }) => total + duration_ms, 0),
      coverAssetId:
        present.find(({ cover_asset_id }) => cover_asset_id !== null)?.cover_asset_id ?? undefined,
    };
    this.#contents.set(head.id, contents);
    return contents;
  }

  async #view(head: Head, contents: Contents): Promise<PlaylistView> {
    const owner = await this.#database.first(ownerName, rowKey(head.owner_id));
    const cover = contents.coverAssetId;
    return {
      id: head.id as PlaylistId,
      ownerId: head.owner_id as UserId,
      ownerName: owner?.name ?? '',
      name: head.name,
      comment: head.comment,
      isPublic: head.is_public === 1,
      trackCount: contents.trackIds.length,
      durationMs: contents.durationMs,
      createdAtMs: head.created_at_ms,
      changedAtMs: head.changed_at_ms,
      ...(cover === undefined ? {} : { coverAssetId: cover as AssetId }),
    };
  }
}

async function ownPlaylist(tx: Executor, user: UserId, id: PlaylistId): Promise<PlaylistRow> {
  const row = await tx.first(rowStatements('playlist').get, rowKey(id));
  if (!row) throw new ClefError('not-found', 'no playlist has this id');
  if (row.owner_id !== user) throw new ClefError('not-allowed', 'only its owner changes a playlist');
  return row;
}

/** Those of the tracks that are still there, in order. */
export async function living(from: Executor, ids: readonly TrackId[]): Promise<TrackId[]> {
  const missing = await gone(from, ids);
  return ids.filter((id) => !missing.has(id));
}

async function gone(from: Executor, ids: readonly TrackId[]): Promise<ReadonlySet<number>> {
  const asked = new Set<number>(ids);
  return asked.difference(new Set((await from.list(trackSums, [...asked], {})).map(({ id }) => id)));
}

function unknownTrack(): ClefError {
  return new ClefError('not-found', 'no track has this id');
}

/** `bad-request` on a list too long for one row. */
export function checkLength(ids: readonly TrackId[]): void {
  if (ids.length <= MAX_PLAYLIST_TRACKS) return;
  throw new ClefError('bad-request', `a list holds up to ${MAX_PLAYLIST_TRACKS} tracks, got ${ids.length}`);
}

function changedTracks(
  before: readonly TrackId[],
  { addTrackIds = [], removeIndexes = [], replaceTrackIds }: PlaylistChange,
): readonly TrackId[] {
  const removed = new Set(removeIndexes);
  for (const index of removed) {
    if (!Number.isSafeInteger(index) || index < 0 || index >= before.length) {
      throw new ClefError('bad-request', `the playlist has ${before.length} tracks, none at ${index}`);
    }
  }
  const kept = replaceTrackIds ?? before.filter((_, index) => !removed.has(index));
  const after = [...kept, ...addTrackIds];
  checkLength(after);
  return after;
}
