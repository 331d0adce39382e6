import { bucketOf, ClefError, equalBytes, type TrackId, toHex } from '../../../core/index.ts';
import { taggedCredits } from '../../identity.ts';
import type { ImportedTrack, StoredAsset } from '../../port.ts';
import { addAsset, assetView, findAsset, isForgotten } from '../assets.ts';
import { addCompanion } from '../companions.ts';
import { digestOf } from '../ids.ts';
import type { Listings } from '../listings/listings.ts';
import type { TrackState } from '../listings/track-lines.ts';
import type { Executor } from '../prepared.ts';
import { rowStatements } from '../row-statements.ts';
import type { CoverRow, SourceFileRow } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';
import { fileRow, findFile, noteMissing } from './files.ts';
import { Resolver } from './resolve.ts';
import { trackRow } from './track-row.ts';

type TrackContent = Omit<ImportedTrack, 'file'>;

/** Where the cover with this keyed hash is looked up. */
export function coverKey(libraryId: string, coverHash: Uint8Array): Pick<CoverRow, 'vb' | 'cover_hash'> {
  const hash = toHex(coverHash);
  return { vb: digestOf(`cover\0${libraryId}\0${hash}`).vb, cover_hash: hash };
}

/** Undefined for one that nothing uses any more: it may be on its way out of the vault. */
export async function findCover(
  from: Executor,
  libraryId: string,
  coverHash: Uint8Array,
): Promise<StoredAsset | undefined> {
  const cover = await from.first(rowStatements('cover').get, coverKey(libraryId, coverHash));
  if (cover?.library_id !== libraryId) return undefined;
  const row = await findAsset(from, cover.asset_id);
  return row && row.orphaned_at_ms === null ? assetView(row) : undefined;
}

/** Writes a track with all that it brings; its lists are summed up by the caller, once for a whole batch. */
export async function writeTrack(
  tx: CatalogTransaction,
  listings: Listings,
  content: TrackContent,
): Promise<TrackId> {
  const { tags, original } = content;
  const tagged = taggedCredits(tags);
  const resolver = new Resolver(tx, original.libraryId, original.createdAtMs);
  const albumId = await resolver.album(tags, tagged.albumArtists);
  const before = await keptTrack(tx, content);
  await addAsset(tx, original);
  const id = (before?.id as TrackId | undefined) ?? (await tx.nextId<TrackId>(digestOf(original.assetId).vb));
  const after = trackRow({
    ...content,
    id,
    albumId,
    tagged,
    artists: await resolver.credits(tagged.artists),
    albumArtists: await resolver.credits(tagged.albumArtists),
    composers: await resolver.credits(tagged.composers),
    coverAssetId: await addCover(tx, content),
    createdAtMs: before?.created_at_ms ?? original.createdAtMs,
  });
  await writeLyrics(tx, before, after, tags.lyrics);
  if (!before || !isSame(before, after)) {
    await tx.put('track', after);
    await listings.replaceTrack(before, after);
  }
  for (const companion of content.companions ?? []) {
    await addCompanion(tx, listings, companion, original.createdAtMs);
  }
  return id;
}

/**
 * Writes a track and the file that it came from, which takes its path from whatever had it. Where a person removed
 * the track while its file was looked at, the file alone: known, so that it stays out.
 */
export async function importTrack(
  tx: CatalogTransaction,
  listings: Listings,
  imported: ImportedTrack,
  nowMs: number,
): Promise<TrackId> {
  const { file, original } = imported;
  const replaced = await findFile(tx, file.sourceId, file.pathKey);
  const track = await asBefore(tx, imported, replaced);
  const removed = await removedMeanwhile(tx, track);
  const id = removed ?? (await writeTrack(tx, listings, track));
  const row = fileRow(original.libraryId, { ...file, trackId: id });
  if (!replaced || !isSame(replaced, row)) await tx.put('source_file', row);
  if (replaced && replaced.track_id !== id) await noteMissing(tx, listings, replaced.track_id, nowMs);
  return id;
}

/** An import comes again where its answer was lost: what is sealed but once is the track that it became. */
async function asBefore(
  tx: CatalogTransaction,
  track: ImportedTrack,
  file: SourceFileRow | undefined,
): Promise<ImportedTrack> {
  if (track.keepTrackId !== undefined || !file) return track;
  const keepTrackId = file.track_id as TrackId;
  const known = await tx.rows.get('track', { vb: bucketOf(keepTrackId), id: keepTrackId });
  return known?.original_asset_id === track.original.assetId ? { ...track, keepTrackId } : track;
}

/** The id of a track that is gone, if what it played is known: then those bytes are on their way out, or gone. */
async function removedMeanwhile(tx: Executor, track: ImportedTrack): Promise<TrackId | undefined> {
  const { keepTrackId, original } = track;
  if (keepTrackId === undefined || (await keptTrack(tx, track))) return undefined;
  const isKnown = (await findAsset(tx, original.assetId)) ?? (await isForgotten(tx, original.assetId));
  return isKnown ? keepTrackId : undefined;
}

/** The track whose id is to stay; a removed one does not come back. */
async function keptTrack(
  tx: Executor,
  { keepTrackId, original }: TrackContent,
): Promise<TrackState | undefined> {
  if (keepTrackId === undefined) return undefined;
  const before = await tx.first(rowStatements('track').get, { vb: bucketOf(keepTrackId), id: keepTrackId });
  if (before && before.library_id !== original.libraryId) {
    throw new ClefError('bad-request', 'a track cannot move to another library');
  }
  return before;
}

async function addCover(tx: CatalogTransaction, { cover, coverHash }: TrackContent): Promise<string | null> {
  if (!cover) return null;
  const key = coverHash && coverKey(cover.libraryId, coverHash);
  const known = key && (await tx.first(rowStatements('cover').get, key));
  const given = await findAsset(tx, cover.assetId);
  const isLeaving = given ? given.orphaned_at_ms !== null : await isForgotten(tx, cover.assetId);
  // Whoever read the picture may remember an asset that was removed with its last track since, or that another was
  // sealed in place of: then it is on its way out of the vault, and what took its place shows the same picture.
  if (isLeaving && (!given || (known && known.asset_id !== cover.assetId))) {
    return (coverHash && (await findCover(tx, cover.libraryId, coverHash))?.assetId) ?? null;
  }
  await addAsset(tx, cover);
  if (key) {
    if (known?.asset_id !== cover.assetId) {
      await tx.put('cover', { ...key, library_id: cover.libraryId, asset_id: cover.assetId });
    }
  }
  return cover.assetId;
}

async function writeLyrics(
  tx: CatalogTransaction,
  before: TrackState | undefined,
  after: TrackState,
  lyrics: ImportedTrack['tags']['lyrics'],
): Promise<void> {
  if (!before?.has_lyrics && !after.has_lyrics) return;
  await tx.put('lyrics', {
    vb: after.vb,
    track_id: after.id,
    library_id: after.library_id,
    entries: JSON.stringify(lyrics),
  });
}

function isSame<Row extends object>(before: Row, after: Row): boolean {
  return Object.entries(after).every(([column, value]) => {
    const old: unknown = before[column as keyof Row];
    if (old instanceof Uint8Array && value instanceof Uint8Array) return equalBytes(old, value);
    return old === value;
  });
}
