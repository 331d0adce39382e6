import type { Upload as WireUpload } from '../../../api/index.ts';
import type { CatalogReader, TrackView } from '../../../catalog/index.ts';
import { type TrackId, type UserId, wireId } from '../../../core/index.ts';
import type { Upload } from '../../../uploads/index.ts';

/** With the tracks that they became, as the viewer sees them. */
export async function wireUploads(
  catalog: Pick<CatalogReader, 'tracks'>,
  viewer: UserId,
  uploads: readonly Upload[],
): Promise<WireUpload[]> {
  const ids = uploads.flatMap(({ outcome }) => (outcome && 'trackId' in outcome ? [outcome.trackId] : []));
  const tracks = ids.length === 0 ? [] : await catalog.tracks(ids, viewer);
  const byId = new Map(tracks.map((track) => [track.id, track]));
  return uploads.map((upload) => wireUpload(upload, byId));
}

function wireUpload(upload: Upload, tracks: ReadonlyMap<TrackId, TrackView>): WireUpload {
  const { id, name, lengthBytes, modifiedMs, receivedBytes, outcome, fault } = upload;
  return {
    id,
    name,
    lengthBytes,
    modifiedMs,
    receivedBytes,
    ...(outcome && { outcome: wireOutcome(outcome, tracks) }),
    ...(fault && { fault: { code: fault.code, reason: fault.reason } }),
  };
}

function wireOutcome(
  outcome: NonNullable<Upload['outcome']>,
  tracks: ReadonlyMap<TrackId, TrackView>,
): NonNullable<WireUpload['outcome']> {
  if (outcome.kind === 'refused') {
    return { kind: 'refused', code: outcome.code, reason: outcome.reason };
  }
  const track = tracks.get(outcome.trackId);
  if (!track) return { kind: outcome.kind };
  return {
    kind: outcome.kind,
    trackId: wireId('tr', track.id),
    albumId: wireId('al', track.albumId),
    title: track.title,
  };
}
