import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type AssetId,
  type Bytes,
  fromHex,
  type LayoutId,
  type LibraryId,
  type NodeId,
  toHex,
  type TrackId,
} from '../../../core/index.ts';
import type { CompanionKind, StoredAsset } from '../../port.ts';
import type { CatalogPosition } from '../../projection/index.ts';
import { firstRow, inTransaction, prepareChange, prepareRows } from '../../projection/sqlite/index.ts';
import type { PlayChange, PlayCompanion, PlayTrack } from '../port.ts';
import { Names } from './names.ts';

type TrackRow = [original: Bytes, artist: string, title: string, suffix: number];
type AssetRow = [
  library: number,
  layout: Bytes,
  dataColumns: number,
  parityColumns: number,
  header: Bytes,
  columnNodes: string,
  wrappedKey: Bytes,
  epoch: number,
  lengthBytes: number,
  storedBytes: number,
  degraded: number,
  mediaType: number,
  createdAtMs: number,
];

const ASSET_COLUMNS = `library, layout, data_columns, parity_columns, header, column_nodes, wrapped_key, epoch,
  length_bytes, stored_bytes, degraded, media_type, created_at_ms`;
/** In place of a name's number. */
const NO_NODE = 0;

/** Reads and writes the tables of one open file. */
export class PlayTables {
  readonly #database: DatabaseSync;
  readonly #names: Names;
  readonly #position: StatementSync;
  readonly #setPosition: StatementSync;
  readonly #track: StatementSync;
  readonly #putTrack: StatementSync;
  readonly #removeTrack: StatementSync;
  readonly #asset: StatementSync;
  readonly #putAsset: StatementSync;
  readonly #removeAsset: StatementSync;
  readonly #companion: StatementSync;
  readonly #putCompanion: StatementSync;
  readonly #removeCompanion: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#names = new Names(database);
    this.#position = prepareRows(database, 'SELECT catalog_id, seq FROM followed');
    this.#setPosition = prepareChange(database, 'UPDATE followed SET catalog_id = ?, seq = ?');
    this.#track = prepareRows(database, 'SELECT original, artist, title, suffix FROM track WHERE id = ?');
    this.#putTrack = prepareChange(
      database,
      'REPLACE INTO track (id, original, artist, title, suffix) VALUES (?, ?, ?, ?, ?)',
    );
    this.#removeTrack = prepareChange(database, 'DELETE FROM track WHERE id = ?');
    this.#asset = prepareRows(database, `SELECT ${ASSET_COLUMNS} FROM asset WHERE id = ?`);
    this.#putAsset = prepareChange(
      database,
      `REPLACE INTO asset (id, ${ASSET_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#removeAsset = prepareChange(database, 'DELETE FROM asset WHERE id = ?');
    this.#companion = prepareRows(database, 'SELECT asset FROM companion WHERE parent = ? AND kind = ?');
    this.#putCompanion = prepareChange(
      database,
      'REPLACE INTO companion (parent, kind, asset) VALUES (?, ?, ?)',
    );
    this.#removeCompanion = prepareChange(database, 'DELETE FROM companion WHERE parent = ? AND kind = ?');
  }

  position(): CatalogPosition | undefined {
    const [catalogId, seq] = firstRow<[string | null, number | null]>(this.#position) ?? [null, null];
    return catalogId === null || seq === null ? undefined : { catalogId, seq };
  }

  track(id: TrackId): PlayTrack | undefined {
    const row = firstRow<TrackRow>(this.#track, id);
    if (!row) return undefined;
    const [original, displayArtist, title, suffix] = row;
    return {
      originalId: toHex(original) as AssetId,
      displayArtist,
      title,
      suffix: this.#names.textOf(suffix),
    };
  }

  asset(id: AssetId): StoredAsset | undefined {
    const row = firstRow<AssetRow>(this.#asset, fromHex(id));
    return row && this.#assetOf(id, row);
  }

  companion(parentId: AssetId, kind: CompanionKind): PlayCompanion | undefined {
    const row = firstRow<[Bytes | null]>(this.#companion, fromHex(parentId), kind);
    if (!row) return undefined;
    const [asset] = row;
    return asset === null ? {} : { assetId: toHex(asset) as AssetId };
  }

  /** One transaction. Without a position the file stays one that has followed nothing. */
  apply(changes: readonly PlayChange[], position?: CatalogPosition): void {
    try {
      inTransaction(this.#database, () => {
        for (const change of changes) this.#write(change);
        if (position) this.#setPosition.run(position.catalogId, position.seq);
      });
    } catch (error) {
      this.#names.reload();
      throw error;
    }
  }

  #write(change: PlayChange): void {
    switch (change.kind) {
      case 'track':
        this.#writeTrack(change.id, change.track);
        break;
      case 'asset':
        if (change.asset) this.#writeAsset(change.asset);
        else this.#removeAsset.run(fromHex(change.id));
        break;
      case 'companion':
        this.#writeCompanion(change.parentId, change.as, change.companion);
    }
  }

  #writeTrack(id: TrackId, track: PlayTrack | undefined): void {
    if (!track) {
      this.#removeTrack.run(id);
      return;
    }
    const { originalId, displayArtist, title, suffix } = track;
    this.#putTrack.run(id, fromHex(originalId), displayArtist, title, this.#names.numberOf(suffix));
  }

  #writeAsset(asset: StoredAsset): void {
    const names = this.#names;
    const columnNodes = Array.from(asset.columnNodes, (node) =>
      node === undefined ? NO_NODE : names.numberOf(node),
    );
    this.#putAsset.run(
      fromHex(asset.assetId),
      names.numberOf(asset.libraryId),
      fromHex(asset.layoutId),
      asset.policy.k,
      asset.policy.m,
      asset.header,
      columnNodes.join(' '),
      asset.wrappedKey,
      asset.epoch,
      asset.lengthBytes,
      asset.storedBytes,
      asset.degraded ? 1 : 0,
      names.numberOf(asset.mediaType),
      asset.createdAtMs,
    );
  }

  #writeCompanion(parentId: AssetId, kind: CompanionKind, companion: PlayCompanion | undefined): void {
    if (!companion) {
      this.#removeCompanion.run(fromHex(parentId), kind);
      return;
    }
    const { assetId } = companion;
    this.#putCompanion.run(fromHex(parentId), kind, assetId === undefined ? null : fromHex(assetId));
  }

  #assetOf(assetId: AssetId, row: AssetRow): StoredAsset {
    const [
      library,
      layout,
      k,
      m,
      header,
      columnNodes,
      wrappedKey,
      epoch,
      lengthBytes,
      storedBytes,
      degraded,
      mediaType,
      createdAtMs,
    ] = row;
    const names = this.#names;
    return {
      libraryId: names.textOf(library) as LibraryId,
      assetId,
      layoutId: toHex(layout) as LayoutId,
      policy: { k, m },
      header,
      columnNodes: columnNodes
        .split(' ')
        .map((number) => (Number(number) === NO_NODE ? undefined : (names.textOf(Number(number)) as NodeId))),
      wrappedKey,
      epoch,
      lengthBytes,
      storedBytes,
      degraded: degraded === 1,
      mediaType: names.textOf(mediaType),
      createdAtMs,
    };
  }
}
