import { bucketOf } from '../../../core/index.ts';
import { albumIdentities, artistIdentities, taggedCredits } from '../../identity.ts';
import type { ImportedTrack } from '../../port.ts';
import { assetTombstone } from '../assets.ts';
import { assetBucket, type Digest, digestOf } from '../ids.ts';
import type { CatalogTransaction } from '../transaction.ts';
import { fileKey } from './files.ts';
import { coverKey } from './import-track.ts';

/**
 * Reads together what the imports of a batch are going to ask for one by one, since a database on a server takes longer to
 * be asked than to answer. What is left out here is read when it is needed.
 */
export async function loadBatch(tx: CatalogTransaction, tracks: readonly ImportedTrack[]): Promise<void> {
  const identities = [...new Set(tracks.flatMap(identitiesOf))].map(digestOf);
  const assets = [...new Set(tracks.flatMap(assetsOf))];
  const { rows } = tx;
  await rows.load('identity', identities);
  await loadItems(tx, identities);
  await rows.load(
    'asset',
    assets.map((id) => ({ vb: assetBucket(id), id })),
  );
  await rows.load('tombstone', assets.map(assetTombstone));
  await rows.loadAll(
    'companion',
    assets.map((id) => ({ vb: assetBucket(id), parent_asset_id: id })),
  );
  await rows.loadAll(
    'asset_use',
    tracks.flatMap(({ companions = [] }) =>
      companions.map(({ parentId }) => ({ vb: assetBucket(parentId), asset_id: parentId })),
    ),
  );
  await rows.load(
    'cover',
    tracks.flatMap(({ cover, coverHash }) =>
      cover && coverHash ? [coverKey(cover.libraryId, coverHash)] : [],
    ),
  );
  await rows.load(
    'source_file',
    tracks.map(({ file }) => fileKey(file.sourceId, file.pathKey)),
  );
  await loadTracks(tx, tracks);
  await tx.loadSequences([
    ...tracks.map(({ original }) => digestOf(original.assetId).vb),
    ...identities.map(({ vb }) => vb),
  ]);
}

/** The albums and artists that are known by these. */
async function loadItems({ rows }: CatalogTransaction, identities: readonly Digest[]): Promise<void> {
  const items = { album: new Set<number>(), artist: new Set<number>() };
  for (const digest of identities) {
    const known = await rows.get('identity', digest);
    if (known) items[known.kind].add(known.item_id);
  }
  for (const kind of ['album', 'artist'] as const) {
    await rows.load(
      kind,
      Array.from(items[kind], (id) => ({ vb: bucketOf(id), id })),
    );
  }
}

/** Those that are to keep their ids, and those that the files were. */
async function loadTracks({ rows }: CatalogTransaction, tracks: readonly ImportedTrack[]): Promise<void> {
  const ids = new Set<number>();
  for (const { file, keepTrackId } of tracks) {
    const known = await rows.get('source_file', fileKey(file.sourceId, file.pathKey));
    if (known) ids.add(known.track_id);
    if (keepTrackId !== undefined) ids.add(keepTrackId);
  }
  await rows.load(
    'track',
    Array.from(ids, (id) => ({ vb: bucketOf(id), id })),
  );
}

function identitiesOf({ tags, original }: ImportedTrack): readonly string[] {
  const { artists, albumArtists, composers } = taggedCredits(tags);
  return [
    ...albumIdentities(original.libraryId, tags, albumArtists),
    ...[...artists, ...albumArtists, ...composers].flatMap(artistIdentities),
  ];
}

function assetsOf({ original, cover, companions = [] }: ImportedTrack): readonly string[] {
  const made = companions.flatMap(({ asset }) => asset?.assetId ?? []);
  return [original.assetId, ...(cover ? [cover.assetId] : []), ...made];
}
