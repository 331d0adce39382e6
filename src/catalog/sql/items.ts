import {
  type AlbumId,
  type ArtistId,
  type AssetId,
  bucketOf,
  type TrackId,
  type UserId,
} from '../../core/index.ts';
import type { LRUCache } from 'lru-cache';
import type { AlbumView, Annotations, ArtistView, StoredAsset, TrackView } from '../port.ts';
import { assetView, findAsset } from './assets.ts';
import type { KnownAnnotation, ViewCaches } from './caches.ts';
import { selectFromList, tupleIn } from './dialect.ts';
import { type Executor, type PreparedList, prepared, preparedList } from './prepared.ts';
import type { AlbumRow, AnnotationRow, ArtistRow, TrackRow } from './schema.ts';
import { albumView, annotationsOf, artistView, rowKey, trackView } from './views.ts';

/** Hops that are followed from an item that was merged into another; more would be a circle. */
const MAX_REDIRECTS = 8;

type NoParams = Readonly<Record<string, never>>;

function keyOf(id: number): readonly number[] {
  return [bucketOf(id), id];
}

const tracksByIds = preparedList<number, NoParams, TrackRow>(keyOf, (db, tuples) =>
  selectFromList(db, 'track')
    .selectAll()
    .where(tupleIn(db, ['vb', 'id'], tuples)),
);
const albumsByIds = preparedList<number, NoParams, AlbumRow>(keyOf, (db, tuples) =>
  selectFromList(db, 'album')
    .selectAll()
    .where(tupleIn(db, ['vb', 'id'], tuples)),
);
const artistsByIds = preparedList<number, NoParams, ArtistRow>(keyOf, (db, tuples) =>
  selectFromList(db, 'artist')
    .selectAll()
    .where(tupleIn(db, ['vb', 'id'], tuples)),
);
const redirectsByIds = preparedList<number, NoParams, { from_id: number; to_id: number | null }>(
  keyOf,
  (db, tuples) =>
    selectFromList(db, 'redirect')
      .select(['from_id', 'to_id'])
      .where(tupleIn(db, ['vb', 'from_id'], tuples)),
);
const annotationsByItems = preparedList<number, { vb: number; user_id: number }, AnnotationRow>(
  (id) => [id],
  (db, tuples, param) =>
    db
      .selectFrom('annotation')
      .selectAll()
      .where('vb', '=', param('vb'))
      .where('user_id', '=', param('user_id'))
      .where(tupleIn(db, ['item_id'], tuples)),
);
const originalAssetOf = prepared<{ vb: number; id: number }, { original_asset_id: string }>((db, param) =>
  db
    .selectFrom('track')
    .select('original_asset_id')
    .where('vb', '=', param('vb'))
    .where('id', '=', param('id')),
);

/** Reads by id, through the caches: what every list ends in. */
export class Items {
  readonly #from: Executor;
  readonly #caches: ViewCaches;

  constructor(from: Executor, caches: ViewCaches) {
    this.#from = from;
    this.#caches = caches;
  }

  async tracks(ids: readonly TrackId[], viewer: UserId): Promise<readonly TrackView[]> {
    const found = await this.plainTracks(ids);
    return this.#annotated(inOrder(ids, found), viewer);
  }

  async albums(ids: readonly AlbumId[], viewer: UserId): Promise<readonly AlbumView[]> {
    const found = await this.plainAlbums(ids);
    return this.#annotated(inOrder(ids, found), viewer);
  }

  async artists(ids: readonly ArtistId[], viewer: UserId): Promise<readonly ArtistView[]> {
    const found = await this.plainArtists(ids);
    return this.#annotated(inOrder(ids, found), viewer);
  }

  /** Adds what the viewer did to views that others have read already. */
  annotated<View extends Annotations & { readonly id: number }>(
    views: readonly View[],
    viewer: UserId,
  ): Promise<readonly View[]> {
    return this.#annotated(views, viewer);
  }

  plainTracks(ids: readonly number[]): Promise<Map<number, TrackView>> {
    return this.#views(ids, this.#caches.tracks, tracksByIds, (row) => trackView(row.id, row));
  }

  /** Without hidden ones; one that was emptied by new tags answers with where it went. */
  plainAlbums(ids: readonly number[]): Promise<Map<number, AlbumView>> {
    return this.#followed(ids, (wanted) =>
      this.#views(wanted, this.#caches.albums, albumsByIds, (row) =>
        row.track_count > 0 ? albumView(row) : undefined,
      ),
    );
  }

  plainArtists(ids: readonly number[]): Promise<Map<number, ArtistView>> {
    return this.#followed(ids, (wanted) =>
      this.#views(wanted, this.#caches.artists, artistsByIds, (row) =>
        row.roles === '[]' ? undefined : artistView(row),
      ),
    );
  }

  async originalOf(id: TrackId): Promise<StoredAsset | undefined> {
    let assetId = this.#caches.originals.get(id);
    if (assetId === undefined) {
      const { generation } = this.#caches;
      assetId = (await this.#from.first(originalAssetOf, rowKey(id)))?.original_asset_id;
      if (assetId === undefined) return undefined;
      if (generation === this.#caches.generation) this.#caches.originals.set(id, assetId);
    }
    return this.asset(assetId as AssetId);
  }

  async asset(id: AssetId): Promise<StoredAsset | undefined> {
    const known = this.#caches.assets.get(id);
    if (known) return known;
    const { generation } = this.#caches;
    const row = await findAsset(this.#from, id);
    if (!row) return undefined;
    const view = Object.freeze(assetView(row));
    if (generation === this.#caches.generation) this.#caches.assets.set(id, view);
    return view;
  }

  async #views<Row extends { readonly id: number }, View extends object>(
    ids: readonly number[],
    cache: LRUCache<number, View>,
    query: PreparedList<number, NoParams, Row>,
    viewOf: (row: Row) => View | undefined,
  ): Promise<Map<number, View>> {
    const found = new Map<number, View>();
    const missing: number[] = [];
    for (const id of ids) {
      const known = cache.get(id);
      if (known) found.set(id, known);
      else missing.push(id);
    }
    if (missing.length === 0) return found;
    const { generation } = this.#caches;
    const rows = await this.#from.list(query, missing, {});
    for (const row of rows) {
      const view = viewOf(row);
      if (!view) continue;
      found.set(row.id, view);
      if (generation === this.#caches.generation) cache.set(row.id, view);
    }
    return found;
  }

  async #followed<View>(
    ids: readonly number[],
    read: (ids: readonly number[]) => Promise<Map<number, View>>,
  ): Promise<Map<number, View>> {
    const found = await read(ids);
    let lost = new Map<number, number>(ids.filter((id) => !found.has(id)).map((id) => [id, id]));
    for (let hop = 0; lost.size > 0 && hop < MAX_REDIRECTS; hop++) {
      const redirects = await this.#from.list(redirectsByIds, [...new Set(lost.values())], {});
      const targets = new Map(redirects.map(({ from_id, to_id }) => [from_id, to_id]));
      const views = await read([...targets.values()].filter((id) => id !== null));
      const next = new Map<number, number>();
      for (const [id, at] of lost) {
        const target = targets.get(at) ?? undefined;
        const view = target === undefined ? undefined : views.get(target);
        if (view) found.set(id, view);
        else if (target !== undefined) next.set(id, target);
      }
      lost = next;
    }
    return found;
  }

  async #annotated<View extends Annotations & { readonly id: number }>(
    views: readonly View[],
    viewer: UserId,
  ): Promise<readonly View[]> {
    if (views.length === 0) return views;
    const cache = this.#caches.annotations(viewer);
    const known = new Map<number, KnownAnnotation>();
    const missing: number[] = [];
    for (const { id } of views) {
      const annotation = cache.get(id);
      if (annotation) known.set(id, annotation);
      else missing.push(id);
    }
    if (missing.length > 0) await this.#readAnnotations(missing, viewer, known);
    return views.map((view) => {
      const annotations = known.get(view.id)?.annotations;
      return annotations ? { ...view, ...annotations } : view;
    });
  }

  async #readAnnotations(
    items: readonly number[],
    viewer: UserId,
    into: Map<number, KnownAnnotation>,
  ): Promise<void> {
    const { generation } = this.#caches;
    const rows = await this.#from.list(annotationsByItems, items, {
      vb: bucketOf(viewer),
      user_id: viewer,
    });
    for (const id of items) into.set(id, { annotations: undefined });
    for (const row of rows) into.set(row.item_id, { annotations: annotationsOf(row) });
    if (generation !== this.#caches.generation) return;
    const cache = this.#caches.annotations(viewer);
    for (const id of items) cache.set(id, into.get(id) ?? { annotations: undefined });
  }
}

function inOrder<View>(ids: readonly number[], found: ReadonlyMap<number, View>): View[] {
  const views: View[] = [];
  for (const id of ids) {
    const view = found.get(id);
    if (view) views.push(view);
  }
  return views;
}
