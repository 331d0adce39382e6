import { bucketOf, type TrackId } from '../../../core/index.ts';
import type { UploadedTrack } from '../../port.ts';
import { addAsset } from '../assets.ts';
import type { Listings } from '../listings/listings.ts';
import { rowStatements } from '../row-statements.ts';
import type { CatalogTransaction } from '../transaction.ts';
import { fileRow, findContent, noSource } from './files.ts';
import { writeTrack } from './import-track.ts';

export async function addUpload(
  tx: CatalogTransaction,
  listings: Listings,
  { uploadId, contentHash, ...content }: UploadedTrack,
): Promise<{ trackId: TrackId; isNew: boolean }> {
  const { libraryId, assetId, lengthBytes } = content.original;
  const sourceId = noSource(libraryId);
  for (const { track_id: id, source_id: of, path_key: path } of await findContent(
    tx,
    libraryId,
    contentHash,
  )) {
    // Files of a removed track stay known, and keep scans from importing it again; a person who sends it may.
    if (!(await tx.first(rowStatements('track').get, { vb: bucketOf(id), id }))) continue;
    await addAsset(tx, content.original);
    listings.touched.asset(assetId);
    return { trackId: id as TrackId, isNew: of === sourceId && path === uploadId };
  }
  const trackId = await writeTrack(tx, listings, content);
  const file = { sourceId, pathKey: uploadId, trackId, contentHash, lengthBytes };
  await tx.put(
    'source_file',
    fileRow(libraryId, { ...file, modifiedNs: '0', deviceAndInode: '', sidecars: '' }),
  );
  return { trackId, isNew: true };
}
