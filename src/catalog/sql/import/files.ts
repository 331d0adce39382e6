import { asBytes, bucketOf, catalogId, ClefError, type TrackId } from '../../../core/index.ts';
import type { SourceFile } from '../../port.ts';
import type { NewRow } from '../dialect.ts';
import { digestOf, libraryBucket } from '../ids.ts';
import type { Listings } from '../listings/listings.ts';
import { type Executor, prepared } from '../prepared.ts';
import { rowStatements } from '../row-statements.ts';
import type { SourceFileRow } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';

// A source's id is of its library's bucket, so it says where its files lie; sequence 0, which no source has,
// stands for "none": the rows of adopted tracks.

/** Below every source of the library. */
export function noSource(libraryId: string): number {
  return catalogId<number>(0, libraryBucket(libraryId));
}

const filesOfTrack = prepared<{ vb: number; track_id: number }, SourceFileRow>((db, param) =>
  db
    .selectFrom('source_file')
    .selectAll()
    .where('vb', '=', param('vb'))
    .where('track_id', '=', param('track_id'))
    .where('gone', '=', 0),
);

const filesByHash = prepared<{ vb: number; library_id: string; content_hash: Uint8Array }, SourceFileRow>(
  (db, param) =>
    db
      .selectFrom('source_file')
      .selectAll()
      .where('vb', '=', param('vb'))
      .where('library_id', '=', param('library_id'))
      .where('content_hash', '=', param('content_hash'))
      .where('gone', '=', 0)
      .orderBy('source_id')
      .orderBy('path_hash'),
);

export function fileView(row: SourceFileRow): SourceFile {
  return {
    sourceId: row.source_id,
    pathKey: row.path_key,
    trackId: row.track_id as TrackId,
    contentHash: asBytes(row.content_hash),
    lengthBytes: row.length_bytes,
    modifiedNs: row.modified_ns,
    deviceAndInode: row.device_inode,
    sidecars: row.sidecars,
    ...(row.missing_since_ms === null ? {} : { missingSinceMs: row.missing_since_ms }),
  };
}

export function fileRow(libraryId: string, file: SourceFile): NewRow<'source_file'> {
  return {
    vb: bucketOf(file.sourceId),
    source_id: file.sourceId,
    path_hash: digestOf(file.pathKey).digest,
    library_id: libraryId,
    path_key: file.pathKey,
    track_id: file.trackId,
    content_hash: file.contentHash,
    length_bytes: file.lengthBytes,
    modified_ns: file.modifiedNs,
    device_inode: file.deviceAndInode,
    sidecars: file.sidecars,
    missing_since_ms: file.missingSinceMs ?? null,
    gone: 0,
  };
}

export function fileKey(sourceId: number, pathKey: string) {
  return { vb: bucketOf(sourceId), source_id: sourceId, path_hash: digestOf(pathKey).digest };
}

/** Undefined for a path that has nothing, or had something that moved away. */
export async function findFile(
  from: Executor,
  sourceId: number,
  pathKey: string,
): Promise<SourceFileRow | undefined> {
  const row = await from.first(rowStatements('source_file').get, fileKey(sourceId, pathKey));
  return row?.gone === 0 ? row : undefined;
}

/** Every file of this content, in whichever source of the library. */
export async function findContent(
  from: Executor,
  libraryId: string,
  contentHash: Uint8Array,
): Promise<readonly SourceFileRow[]> {
  return from.all(filesByHash, {
    vb: libraryBucket(libraryId),
    library_id: libraryId,
    content_hash: contentHash,
  });
}

/** What a call was told of a file, as it is now; `catalog-conflict` where it went elsewhere in between. */
export async function currentFile(tx: Executor, file: SourceFile): Promise<SourceFileRow> {
  const row = await findFile(tx, file.sourceId, file.pathKey);
  if (row?.track_id === file.trackId) return row;
  throw new ClefError('catalog-conflict', 'a source file was moved or exchanged while it was looked at');
}

/**
 * A track is missing while each of its files is, since the last of them vanished; one whose files went to
 * other tracks, since now; one that was adopted without a file, not until it had one.
 */
export async function noteMissing(
  tx: CatalogTransaction,
  listings: Listings,
  trackId: number,
  nowMs: number,
): Promise<void> {
  const before = await tx.first(rowStatements('track').get, { vb: bucketOf(trackId), id: trackId });
  if (!before) return;
  const rows = await tx.all(filesOfTrack, { vb: libraryBucket(before.library_id), track_id: trackId });
  const since = missingSince(rows, noSource(before.library_id), before.source_missing_since_ms ?? nowMs);
  if (before.source_missing_since_ms === since) return;
  const after = { ...before, source_missing_since_ms: since };
  await tx.put('track', after);
  await listings.replaceTrack(before, after);
}

function missingSince(rows: readonly SourceFileRow[], none: number, otherwise: number): number | null {
  if (rows.length === 0) return otherwise;
  const files = rows.filter(({ source_id }) => source_id !== none);
  const times = files.map(({ missing_since_ms }) => missing_since_ms);
  return files.length === 0 || times.includes(null) ? null : Math.max(...times.map((time) => time ?? 0));
}
